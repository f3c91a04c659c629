"""How registries want to be talked to, and tokens: native/transport.go."""

from __future__ import annotations

from pyggcr._go.credentials import authenticated, own_client
from pyggcr._go.table import function
from pyggcr._values.transport import Challenge, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr._values.remote import RemoteClient
    from pyggcr.name import Registry, Repository

__all__ = ["exchange", "ping"]


def ping(*, client: RemoteClient, registry: Registry) -> Challenge:
    """Ask a registry how it wants to be talked to (``transport.Ping``)."""
    scheme, url_scheme, *rest = function("transport.Ping")(own_client(client), registry)
    parameters = dict(zip(rest[::2], rest[1::2], strict=True))
    return Challenge(scheme, parameters, url_scheme == "http")


def exchange(
    *,
    client: RemoteClient,
    resource: Registry | Repository,
    scopes: Sequence[str],
    challenge: Challenge,
) -> Token:
    """Request a token, with the credentials for the resource (``transport.Exchange``)."""
    own = authenticated(client, resource)
    texts = [challenge.scheme, challenge.url_scheme()]
    for pair in challenge.parameters.items():
        texts += pair
    return Token(**function("transport.Exchange")(own, resource, list(scopes), texts))
