"""The values of pkg/authn: credentials, and the protocols ``Authenticator`` and ``Keychain``.

Nothing here reads a file: the default keychain is only marked, and each engine reads the
configuration of Docker and Podman itself. No ``repr`` shows a secret.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Protocol

from pyggcr._dataclasses import dataclass, fields

if TYPE_CHECKING:
    from typing import TypeAlias

    from pyggcr.name import Registry, Repository

    # What credentials are for (``authn.Resource``).
    Resource: TypeAlias = Registry | Repository

__all__ = [
    "ANONYMOUS",
    "DEFAULT_AUTH_KEY",
    "AuthConfig",
    "Authenticator",
    "Basic",
    "Bearer",
    "DefaultKeychainMarker",
    "FromConfig",
    "Keychain",
    "MultiKeychain",
]

# The key of Docker Hub in configuration files (``authn.DefaultAuthKey``), for historical reasons.
DEFAULT_AUTH_KEY = "https://index.docker.io/v1/"

_HIDDEN = "…"


@dataclass(frozen=True, slots=True, repr=False)
class AuthConfig:
    """Credentials for one registry (``authn.AuthConfig``); all empty for an anonymous user.

    Attributes:
        auth: user and password as in Docker's configuration, ``base64(user:password)``.
        identity_token: a refresh token, exchanged for a token of the registry.
        registry_token: a bearer token, sent as it is.
    """

    username: str = ""
    password: str = ""
    auth: str = ""
    identity_token: str = ""
    registry_token: str = ""

    def __repr__(self) -> str:
        shown = [f"username={self.username!r}"] if self.username else []
        secrets = [it.name for it in fields(self) if it.name != "username"]
        shown += [f"{name}={_HIDDEN}" for name in secrets if getattr(self, name)]
        return f"AuthConfig({', '.join(shown)})"


class Authenticator(Protocol):
    """Gives credentials (``authn.Authenticator``)."""

    def authorization(self) -> AuthConfig:
        """The credentials to use now (``Authenticator.Authorization``)."""


class Keychain(Protocol):
    """Finds credentials for a registry or a repository (``authn.Keychain``)."""

    def resolve(self, resource: Resource) -> Authenticator:
        """The most fitting credentials; ``ANONYMOUS`` if there are none (``Keychain.Resolve``)."""


@dataclass(frozen=True, slots=True)
class _Anonymous:
    def authorization(self) -> AuthConfig:
        return AuthConfig()

    def __repr__(self) -> str:
        return "ANONYMOUS"


# Nobody in particular (``authn.Anonymous``); what a keychain that knows nothing resolves to.
ANONYMOUS: Authenticator = _Anonymous()


@dataclass(frozen=True, slots=True, repr=False)
class Basic:
    """A user name and a password (``authn.Basic``)."""

    username: str
    password: str

    def authorization(self) -> AuthConfig:
        """User name and password (``Basic.Authorization``)."""
        return AuthConfig(username=self.username, password=self.password)

    def __repr__(self) -> str:
        return f"Basic({self.username!r}, {_HIDDEN})"


@dataclass(frozen=True, slots=True, repr=False)
class Bearer:
    """A token to send as it is (``authn.Bearer``)."""

    token: str

    def authorization(self) -> AuthConfig:
        """The token (``Bearer.Authorization``)."""
        return AuthConfig(registry_token=self.token)

    def __repr__(self) -> str:
        return f"Bearer({_HIDDEN})"


@dataclass(frozen=True, slots=True)
class FromConfig:
    """Credentials as they are (``authn.FromConfig``)."""

    config: AuthConfig

    def authorization(self) -> AuthConfig:
        """The credentials."""
        return self.config


class DefaultKeychainMarker(abc.ABC):
    """Marks the default keychain for the engines, which resolve it themselves.

    ``pyggcr.authn.DefaultKeychain`` is the one subclass: to resolve it there takes an engine.
    """

    __slots__ = ()

    @abc.abstractmethod
    def resolve(self, resource: Resource) -> Authenticator:
        """The credentials of Docker or Podman for a registry or a repository."""


class MultiKeychain:
    """Several keychains as one: the first that knows something is taken (``NewMultiKeychain``)."""

    __slots__ = ("keychains",)

    def __init__(self, *keychains: Keychain) -> None:
        self.keychains = keychains

    def resolve(self, resource: Resource) -> Authenticator:
        """What the first keychain says that does not say ``ANONYMOUS``."""
        for keychain in self.keychains:
            found = keychain.resolve(resource)
            if found is not ANONYMOUS:
                return found
        return ANONYMOUS

    def __repr__(self) -> str:
        return f"MultiKeychain({', '.join(map(repr, self.keychains))})"
