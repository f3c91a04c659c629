"""Checks of images, indexes and layers: pkg/v1/validate through native/validate.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._go import call, values

if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["image", "index", "layer"]


def image(image: v1.Image, *, fast: bool) -> None:
    """Check that the image does not contradict itself (``validate.Image``).

    Raises:
        ValidationError: what is wrong with it.
    """
    _check(image, "validate_image", fast)


def layer(layer: v1.Layer, *, fast: bool) -> None:
    """Check that the layer is what it says (``validate.Layer``).

    Raises:
        ValidationError: what is wrong with it.
    """
    _check(layer, "validate_layer", fast)


def index(index: v1.ImageIndex, *, fast: bool) -> None:
    """Check an index and all that it lists (``validate.Index``).

    Raises:
        ValidationError: what is wrong with it.
    """
    _check(index, "validate_index", fast)


def _check(value: v1.Image | v1.ImageIndex | v1.Layer, door: str, fast: bool) -> None:
    with values.held(value) as (handle, files):
        call.ask(call.nothing, door, handle.number, int(fast), opener=files)
