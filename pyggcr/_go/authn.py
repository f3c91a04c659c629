"""Credentials of the default keychain, and those of a call: pkg/authn through native/authn.go."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

from pyggcr._go import call, targets
from pyggcr._values.authn import AuthConfig, DefaultKeychainMarker

if TYPE_CHECKING:
    from pyggcr._values.remote import RemoteOptions
    from pyggcr.name import Registry, Repository

__all__ = ["credentials", "resolve"]


def resolve(resource: Registry | Repository) -> AuthConfig:
    """What the configuration of Docker or Podman has (``authn.DefaultKeychain``).

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
    """
    request = targets.encode({**targets.of(resource), "environment": _environment()})
    return AuthConfig(**json.loads(call.ask(call.data, "authn_resolve", request, len(request))))


def credentials(resource: Registry | Repository, options: RemoteOptions) -> dict[str, Any]:
    """The members of a target that say who asks: what Python knows, or that Go shall find out."""
    if options.auth is not None:
        return {"auth": dataclasses.asdict(options.auth.authorization())}
    if isinstance(options.keychain, DefaultKeychainMarker):
        return {"environment": _environment()}
    if options.keychain is not None:
        found = options.keychain.resolve(resource)
        return {"auth": dataclasses.asdict(found.authorization())}
    return {}


def _environment() -> dict[str, str | None]:
    """The environment now; a value that is no text cannot cross, and is left as Go knows it."""
    return {name: value if _is_text(value) else None for name, value in os.environ.items()}


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
