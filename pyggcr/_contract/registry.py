"""pkg/registry: a registry in this process."""

from __future__ import annotations

from typing import Protocol

__all__ = ["RegistryEngine", "ServedRegistry"]


class ServedRegistry(Protocol):
    """A registry that is served until it is closed.

    Attributes:
        address: host and port.
    """

    address: str

    def close(self) -> None:
        """Stop serving and cut all connections. Idempotent."""


class RegistryEngine(Protocol):
    """The registry of an engine."""

    def serve(self, *, address: str, referrers: bool, folder: str | None) -> ServedRegistry:
        """Serve a registry (``registry.New``).

        Args:
            address: host and port; port 0 for any free one.
            referrers: enable the referrers API (``WithReferrersSupport``).
            folder: where blobs are kept (``NewDiskBlobHandler``); ``None`` for in memory.
        """
