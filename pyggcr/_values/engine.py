"""``EngineInfo``: what ``pyggcr.engines()`` reports about an engine."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field

__all__ = ["EngineInfo"]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """An engine: whether it is available, and what it consists of.

    Attributes:
        name: ``go`` or ``python``.
        available: whether it can be used in this process.
        reason: why not; empty if it is available.
        go_containerregistry: the version of the module that it is (Go) or mirrors (Python).
        go_version: the Go release it was built with; empty for the Python engine.
        gzip_profile: the gzip encoder it uses by default, such as ``go1.26``; ``unknown`` for a Go
            engine whose Go release or platform has no known profile.
        accelerators: the code that does the heavy work, by task, such as ``{"inflate": "zlib"}``.
        go_platform: GOARCH and, on amd64, GOAMD64 of the Go engine, such as ``amd64/v1``; empty for
            the Python engine.
    """

    name: str
    available: bool
    reason: str
    go_containerregistry: str
    go_version: str
    gzip_profile: str
    accelerators: dict[str, str] = field(default_factory=dict)
    go_platform: str = ""
