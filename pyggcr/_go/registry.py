"""A registry in this process, for tests: pkg/registry through native/registry.go."""

from __future__ import annotations

from pyggcr._go import call, targets
from pyggcr._go.handle import Handle
from pyggcr._os.closeable import Closeable

__all__ = ["serve"]


class GoRegistry(Closeable):
    """A registry that Go serves until it is closed.

    Attributes:
        address: host and port.
    """

    def __init__(self, number: int) -> None:
        self._handle = Handle(number, "registry")
        self.address = call.ask_now(call.text, "registry_address", number)

    def close(self) -> None:
        """Stop serving, and cut all connections. Idempotent."""
        self._handle.close()


def serve(address: str, *, referrers: bool, folder: str | None) -> GoRegistry:
    """Serve a registry (``registry.New``).

    Args:
        address: host and port to listen on; port 0 for any that is free.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where it keeps blobs (``NewDiskBlobHandler``); in memory if there is none.

    Raises:
        TransportError: it cannot listen there.
    """
    options = targets.encode(
        {
            "address": address,
            "referrers": referrers,
            "folder": folder or "",
        }
    )
    return GoRegistry(call.ask_now(call.handle, "registry_serve", options, len(options)))
