"""Credentials that a client in Go gets, or the environment in which Go finds them."""

from __future__ import annotations

import os

from pyggcr._dataclasses import asdict
from pyggcr._go.handle import Handle
from pyggcr._go.table import function
from pyggcr._gostd import base64
from pyggcr._values.authn import AuthConfig, DefaultKeychainMarker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from pyggcr._go.remote import GoClient
    from pyggcr._values.remote import RemoteClient
    from pyggcr.name import Registry, Repository
else:
    from pyggcr._typing import cast

__all__ = ["authenticated", "decode", "encode", "environment", "own_client"]


def own_client(client: RemoteClient) -> GoClient:
    """The client, if this engine made it.

    Raises:
        TypeError: another engine made it.
    """
    if not isinstance(getattr(client, "handle", None), Handle):
        raise TypeError(f"expected a client of the Go engine, not {type(client).__name__}")
    return cast("GoClient", client)


def authenticated(client: RemoteClient, resource: Registry | Repository) -> GoClient:
    """The client, once it was told how to authenticate for a resource.

    That is with what Python knows, or with what Go finds itself.

    Raises:
        TypeError: another engine made the client.
    """
    own, options = own_client(client), client.options
    if options.auth is not None:
        given = options.auth
    elif isinstance(options.keychain, DefaultKeychainMarker):
        function("remote.AuthenticateFrom")(own, resource, environment())
        return own
    elif options.keychain is not None:
        given = options.keychain.resolve(resource)
    else:
        return own
    function("remote.Authenticate")(own, resource, encode(given.authorization()))
    return own


def encode(config: AuthConfig) -> dict[str, str]:
    """Credentials as native/authn.go reads them: any bytes, as Base64."""
    return {
        name: base64.encode(value.encode("utf-8", "surrogateescape"))
        for name, value in asdict(config).items()
    }


def decode(found: dict[str, str]) -> AuthConfig:
    """Credentials as native/authn.go writes them."""
    return AuthConfig(
        **{
            name: base64.decode(value.encode()).decode("utf-8", "surrogateescape")
            for name, value in found.items()
        }
    )


def environment() -> dict[str, str | None]:
    """The environment now; a value that is no text cannot cross, and is left as Go knows it."""
    return {name: value if _is_text(value) else None for name, value in os.environ.items()}


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
