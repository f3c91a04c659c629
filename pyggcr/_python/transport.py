"""How registries want to be talked to, and tokens: pkg/v1/remote/transport."""

from __future__ import annotations

from pyggcr._python.remote.client import own_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr import name
    from pyggcr._values.remote import RemoteClient
    from pyggcr._values.transport import Challenge, Token

__all__ = ["exchange", "ping"]


def ping(*, client: RemoteClient, registry: name.Registry) -> Challenge:
    """Ask a registry how it wants to be talked to (``transport.Ping``)."""
    return own_client(client).ping(registry)


def exchange(
    *,
    client: RemoteClient,
    resource: name.Registry | name.Repository,
    scopes: Sequence[str],
    challenge: Challenge,
) -> Token:
    """Request a token, with the credentials for the resource (``transport.Exchange``)."""
    return own_client(client).token(resource, scopes, challenge)
