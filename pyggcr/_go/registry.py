"""A registry in this process, for tests: pkg/registry through native/registry.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._go.table import function
from pyggcr._os.closeable import Closeable

if TYPE_CHECKING:
    from pyggcr._go.handle import Handle

__all__ = ["serve"]


class GoRegistry(Closeable):
    """A registry that Go serves until it is closed.

    Attributes:
        address: host and port.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.address: str = function("registry.Address")(handle)

    def close(self) -> None:
        """Stop serving, and cut all connections. Idempotent."""
        self._handle.close()


def serve(*, address: str, referrers: bool, folder: str | None) -> GoRegistry:
    """Serve a registry (``registry.New``).

    Args:
        address: host and port to listen on; port 0 for any that is free.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where it keeps blobs (``NewDiskBlobHandler``); in memory if there is none.

    Raises:
        TransportError: it cannot listen there.
    """
    options = {"address": address, "referrers": referrers, "folder": folder or ""}
    return GoRegistry(function("registry.Serve")(options))
