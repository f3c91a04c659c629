"""Credentials that go to Go with a reference, or the environment in which Go finds them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pyggcr._dataclasses import asdict
from pyggcr._values.authn import DefaultKeychainMarker

if TYPE_CHECKING:
    from pyggcr._values.remote import RemoteOptions
    from pyggcr.name import Registry, Repository

__all__ = ["credentials", "environment"]


def credentials(resource: Registry | Repository, options: RemoteOptions) -> dict[str, Any]:
    """The members of a target that say who asks: what Python knows, or that Go shall find out."""
    if options.auth is not None:
        return {"auth": asdict(options.auth.authorization())}
    if isinstance(options.keychain, DefaultKeychainMarker):
        return {"environment": environment()}
    if options.keychain is not None:
        found = options.keychain.resolve(resource)
        return {"auth": asdict(found.authorization())}
    return {}


def environment() -> dict[str, str | None]:
    """The environment now; a value that is no text cannot cross, and is left as Go knows it."""
    return {name: value if _is_text(value) else None for name, value in os.environ.items()}


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
