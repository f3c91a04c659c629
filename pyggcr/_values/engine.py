"""``EngineInfo``: what ``pyggcr.engines()`` reports about an engine."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field

__all__ = ["EngineInfo"]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One engine: whether it can be used, and what it is made of.

    Attributes:
        name: ``go`` or ``python``.
        available: whether it can be used in this process.
        reason: why not, or an empty string.
        go_containerregistry: the module version that it is (Go) or mirrors (Python).
        go_version: the Go release it was built with; empty for the Python engine.
        gzip_profile: the encoder whose bytes it writes by default, such as ``go1.26``;
            ``unknown`` for a Go engine whose Go release or platform has no known profile.
        accelerators: what does the heavy work, by task, such as ``{"inflate": "zlib"}``.
        go_platform: what Go built it for, GOARCH and, on amd64, GOAMD64: ``amd64/v1``; empty for
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
