"""Answers derived from an image's other answers: pkg/v1/partial through native/partial.go.

All but what takes a function of Python is derived from the library's table.
"""

from __future__ import annotations

from collections.abc import Callable

from pyggcr._go import derive
from pyggcr._go.table import function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr import v1
    from pyggcr.v1.parts import Parts

__all__ = ["find_manifests"]


def find_manifests(
    *, index: v1.ImageIndex | Parts, matcher: Callable[[v1.Descriptor], bool]
) -> list[v1.Descriptor]:
    """The entries of an index that the matcher takes (``partial.FindManifests``)."""
    return [entry for entry in function("partial.FindManifests")(index) if matcher(entry)]


def __getattr__(name: str) -> Any:
    found = globals()[name] = derive.function("partial", name)
    return found
