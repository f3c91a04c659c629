"""pkg/v1/remote/transport: how registries want to be talked to, and tokens."""

from __future__ import annotations

from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import name
    from pyggcr._values.remote import RemoteClient
    from pyggcr._values.transport import Challenge, Token
else:
    from pyggcr._typing import Protocol

__all__ = ["TransportEngine"]


class TransportEngine(Protocol):
    """What an engine does before it talks to a registry; the client is that of ``remote``."""

    def ping(self, *, client: RemoteClient, registry: name.Registry) -> Challenge:
        """Ask a registry how it wants to be talked to (``transport.Ping``)."""

    def exchange(
        self,
        *,
        client: RemoteClient,
        resource: name.Registry | name.Repository,
        scopes: Sequence[str],
        challenge: Challenge,
    ) -> Token:
        """Request a token, with the credentials for the resource (``transport.Exchange``)."""
