"""Images, indexes and layers on their way into Go, wherever they live."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from pyggcr import v1
from pyggcr._go import call
from pyggcr._go.exported import Exported
from pyggcr._go.handle import Handle
from pyggcr._go.image import GoImage, GoLayer
from pyggcr._go.index import GoIndex
from pyggcr.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr._go.exported import Value
    from pyggcr._go.opener import Files

__all__ = ["held"]

# By the words that native/python_value.go knows.
_KINDS: tuple[tuple[type, bytes], ...] = (
    (v1.Image, b"image"),
    (v1.ImageIndex, b"index"),
    (v1.Layer, b"layer"),
)


@contextlib.contextmanager
def held(value: object) -> Iterator[tuple[Handle, Files | None]]:
    """The value in Go, and what keeps the exceptions of code that Go calls back.

    A value that lives in Python is asked from there, and goes again at the end.
    """
    if isinstance(value, GoImage | GoIndex | GoLayer):
        yield value.handle, value.opener
        return
    kind = _kind(value)
    exported = Exported(cast("Value", value))
    handle = Handle(
        call.ask_now(call.handle, "python_value", exported.number, kind, len(kind)), "value"
    )
    try:
        yield handle, exported
    finally:
        handle.close()


def _kind(value: object) -> bytes:
    for base, kind in _KINDS:
        if isinstance(value, base):
            return kind
    raise UnsupportedOptionError(
        f"the Go engine takes images, indexes and layers, not a {type(value).__qualname__}"
    )
