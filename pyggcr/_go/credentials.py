"""Credentials that a client in Go gets, or the environment in which Go finds them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyggcr._dataclasses import asdict
from pyggcr._go.handle import Handle
from pyggcr._go.table import function
from pyggcr._values.authn import DefaultKeychainMarker

if TYPE_CHECKING:
    from pyggcr._values.remote import RemoteClient, RemoteOptions
    from pyggcr.name import Registry, Repository

__all__ = ["authenticate", "authenticated", "environment"]


def authenticated(client: RemoteClient, resource: Registry | Repository) -> Handle:
    """The handle of a client, once it was told how to authenticate for a resource.

    Raises:
        TypeError: another engine made the client.
    """
    handle = getattr(client, "handle", None)
    if not isinstance(handle, Handle):
        raise TypeError(f"expected a client of the Go engine, not {type(client).__name__}")
    authenticate(handle, resource, client.options)
    return handle


def authenticate(client: Handle, resource: Registry | Repository, options: RemoteOptions) -> None:
    """Tell a client how to authenticate: with what Python knows, or with what Go finds itself."""
    if options.auth is not None:
        given = options.auth
    elif isinstance(options.keychain, DefaultKeychainMarker):
        function("remote.AuthenticateFrom")(client, resource, environment())
        return
    elif options.keychain is not None:
        given = options.keychain.resolve(resource)
    else:
        return
    found = asdict(given.authorization())
    function("remote.Authenticate")(client, resource, found)


def environment() -> dict[str, str | None]:
    """The environment now; a value that is no text cannot cross, and is left as Go knows it."""
    return {name: value if _is_text(value) else None for name, value in os.environ.items()}


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
