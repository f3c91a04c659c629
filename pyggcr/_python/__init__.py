"""The Python engine: go-containerregistry's behaviour without Go.

One module or package for each Go package, with Go's functions. Work on layers that others need
too is in ``pyggcr._layers``, Go's standard library in ``pyggcr._gostd``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.engine import EngineInfo

__all__ = ["GO_CONTAINERREGISTRY", "describe", "is_accelerated"]

# The version whose behaviour is mirrored; the Go engine is built from the same.
GO_CONTAINERREGISTRY = "v0.22.1"


def is_accelerated() -> bool:
    """Whether the C accelerator is there, with which this engine is faster than Go."""
    from pyggcr._gostd import accelerator

    return accelerator.load() is not None


def describe(gzip_profile: str) -> EngineInfo:
    """The engine, with the gzip profile that it uses unless told otherwise."""
    from pyggcr._gostd import codecs
    from pyggcr._values.engine import EngineInfo

    return EngineInfo(
        name="python",
        available=True,
        reason="",
        go_containerregistry=GO_CONTAINERREGISTRY,
        go_version="",
        gzip_profile=gzip_profile,
        accelerators=codecs.in_use(),
    )
