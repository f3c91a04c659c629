"""Checks that images, indexes and layers do not contradict themselves: pkg/v1/validate.

Each reads all bytes and compares hashes and sizes with what the object says of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import limits
from pyggcr.engine import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr import v1

__all__ = ["image", "index", "layer"]


def image(
    image: v1.Image,
    *,
    fast: bool = False,
    engine: str | None = None,
    timeout: float | None = None,
    cancel: limits.CancelToken | None = None,
    progress: Callable[[limits.Progress], None] | None = None,
) -> None:
    """Check an image: layers, config, manifest (``validate.Image``).

    Args:
        image: any image; one of the user's own is checked by the Python engine.
        fast: only see whether the layers can be opened.
        engine: ``None`` for the engine that the image came from.
        timeout: seconds after which to give up.
        cancel: a token whose ``cancel()`` stops the work.
        progress: called now and then with the bytes read so far.

    Raises:
        ValidationError: all that is wrong, in Go's words.
        CancelledError: the token was used.
        DeadlineExceededError: the timeout has passed.
    """
    with limits.limit(timeout=timeout, cancel=cancel, progress=progress):
        select(engine or image.engine).validate.image(image=image, fast=fast)


def layer(
    layer: v1.Layer,
    *,
    fast: bool = False,
    engine: str | None = None,
    timeout: float | None = None,
    cancel: limits.CancelToken | None = None,
    progress: Callable[[limits.Progress], None] | None = None,
) -> None:
    """Check a layer: both hashes and the size (``validate.Layer``); arguments as for ``image``."""
    with limits.limit(timeout=timeout, cancel=cancel, progress=progress):
        select(engine or layer.engine).validate.layer(layer=layer, fast=fast)


def index(
    index: v1.ImageIndex,
    *,
    fast: bool = False,
    engine: str | None = None,
    timeout: float | None = None,
    cancel: limits.CancelToken | None = None,
    progress: Callable[[limits.Progress], None] | None = None,
) -> None:
    """Check an index and all that it lists (``validate.Index``); arguments as for ``image``."""
    with limits.limit(timeout=timeout, cancel=cancel, progress=progress):
        select(engine or index.engine).validate.index(index=index, fast=fast)
