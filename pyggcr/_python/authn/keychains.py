"""What keychains say, the default one by this engine, whatever engine is in force."""

from __future__ import annotations

from pyggcr._python.authn import resolve
from pyggcr._values.authn import (
    ANONYMOUS,
    AuthConfig,
    DefaultKeychainMarker,
    FromConfig,
    MultiKeychain,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.authn import Authenticator, Keychain, Resource

__all__ = ["resolve_by"]


def resolve_by(keychain: Keychain, resource: Resource) -> Authenticator:
    """What a keychain says; the default one is asked here, whatever engine is in force."""
    if isinstance(keychain, DefaultKeychainMarker):
        config = resolve(resource)
        return ANONYMOUS if config == AuthConfig() else FromConfig(config)
    if isinstance(keychain, MultiKeychain):
        found = (resolve_by(inner, resource) for inner in keychain.keychains)
        return next((auth for auth in found if auth is not ANONYMOUS), ANONYMOUS)
    return keychain.resolve(resource)
