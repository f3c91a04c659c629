"""Check images, indexes and layers for contradictions: pkg/v1/validate.

The functions read all bytes, and compare hashes and sizes with those that the object names.
They use no layer cache.
"""

from __future__ import annotations

from pyggcr import limits
from pyggcr._layers.known_layers import ignore_layer_cache
from pyggcr.engine import select

TYPE_CHECKING = False
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
    """Check an image: layers, config and manifest (``validate.Image``).

    Args:
        image: any image; one of your own class is checked by the Python engine.
        fast: only check that the layers can be opened, without reading them; default false.
        engine: ``go`` or ``python``; default: the engine of the object.
        timeout: seconds after which the call is aborted; default: no limit.
        cancel: a token whose ``cancel()`` aborts the call; default none.
        progress: called now and then with the number of bytes read; default none.

    Raises:
        ValidationError: the object contradicts itself or cannot be read; the message has a line for
            each problem, in Go's words.
        UnsupportedOptionError: the engine is not one of ``go``, ``python`` and ``auto``, or cannot
            take the object.
        ClosedError: the object was closed.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.

    Examples:
        >>> from pyggcr import random
        >>> image(random.image(1024, 2))
    """
    with ignore_layer_cache(), limits.limit(timeout=timeout, cancel=cancel, progress=progress):
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
    """Check both hashes and the size of a layer (``validate.Layer``).

    Args:
        layer: any layer; one of your own class is checked by the Python engine.
        fast: only check that the layers can be opened, without reading them; default false.
        engine: ``go`` or ``python``; default: the engine of the object.
        timeout: seconds after which the call is aborted; default: no limit.
        cancel: a token whose ``cancel()`` aborts the call; default none.
        progress: called now and then with the number of bytes read; default none.

    Raises:
        ValidationError: the object contradicts itself or cannot be read; the message has a line for
            each problem, in Go's words.
        UnsupportedOptionError: the engine is not one of ``go``, ``python`` and ``auto``, or cannot
            take the object.
        ClosedError: the object was closed.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with ignore_layer_cache(), limits.limit(timeout=timeout, cancel=cancel, progress=progress):
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
    """Check an index and everything that it lists (``validate.Index``).

    Args:
        index: any index; one of your own class is checked by the Python engine.
        fast: only check that the layers can be opened, without reading them; default false.
        engine: ``go`` or ``python``; default: the engine of the object.
        timeout: seconds after which the call is aborted; default: no limit.
        cancel: a token whose ``cancel()`` aborts the call; default none.
        progress: called now and then with the number of bytes read; default none.

    Raises:
        ValidationError: the object contradicts itself or cannot be read; the message has a line for
            each problem, in Go's words.
        UnsupportedOptionError: the engine is not one of ``go``, ``python`` and ``auto``, or cannot
            take the object.
        ClosedError: the object was closed.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with ignore_layer_cache(), limits.limit(timeout=timeout, cancel=cancel, progress=progress):
        select(engine or index.engine).validate.index(index=index, fast=fast)
