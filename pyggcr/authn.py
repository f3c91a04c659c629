"""Credentials for registries: pkg/authn.

The values come from ``pyggcr._values.authn``, which both engines know. Only the default keychain is
defined here, since it needs an engine: the one in force reads the configuration of Docker and
Podman.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._dataclasses import dataclass
from pyggcr._values.authn import (
    ANONYMOUS,
    DEFAULT_AUTH_KEY,
    AuthConfig,
    Authenticator,
    Basic,
    Bearer,
    DefaultKeychainMarker,
    FromConfig,
    Keychain,
    MultiKeychain,
)
from pyggcr.engine import select

if TYPE_CHECKING:
    from pyggcr._values.authn import Resource

__all__ = [
    "ANONYMOUS",
    "DEFAULT_AUTH_KEY",
    "DEFAULT_KEYCHAIN",
    "AuthConfig",
    "Authenticator",
    "Basic",
    "Bearer",
    "DefaultKeychain",
    "FromConfig",
    "Keychain",
    "MultiKeychain",
]


@dataclass(frozen=True, slots=True)
class DefaultKeychain(DefaultKeychainMarker):
    """What ``docker login`` and ``podman login`` stored (``authn.DefaultKeychain``).

    Engines recognise it as a ``DefaultKeychainMarker`` and resolve it themselves.
    """

    def resolve(self, resource: Resource) -> Authenticator:
        """The credentials of Docker, or else Podman, by the engine in force.

        Raises:
            JSONError: a configuration file is malformed.
            FileAccessError: it cannot be read.
        """

        config = select().authn.resolve(resource=resource)
        return ANONYMOUS if config == AuthConfig() else FromConfig(config)

    def __repr__(self) -> str:
        return "DEFAULT_KEYCHAIN"


DEFAULT_KEYCHAIN = DefaultKeychain()
