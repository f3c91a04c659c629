"""Checks of images and layers: pkg/v1/validate through native/validate.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._go import call
from pyggcr._go.image import GoImage, GoLayer
from pyggcr.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["image", "layer"]


def image(image: v1.Image, *, fast: bool) -> None:
    """Check that the image does not contradict itself (``validate.Image``).

    Raises:
        ValidationError: what is wrong with it.
        UnsupportedOptionError: the image does not live in the Go engine.
    """
    _check(image, GoImage, "validate_image", fast)


def layer(layer: v1.Layer, *, fast: bool) -> None:
    """Check that the layer is what it says (``validate.Layer``).

    Raises:
        ValidationError: what is wrong with it.
        UnsupportedOptionError: the layer does not live in the Go engine.
    """
    _check(layer, GoLayer, "validate_layer", fast)


def _check(value: object, kind: type[GoImage | GoLayer], door: str, fast: bool) -> None:
    if not isinstance(value, kind):
        raise UnsupportedOptionError(
            f"the Go engine checks only what it opened itself, not a {type(value).__qualname__}; "
            "use the engine that it came from"
        )
    call.ask(call.nothing, door, value.handle.number, int(fast), opener=value.opener)
