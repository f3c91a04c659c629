"""The values of pkg/authn: credentials, and the protocols ``Authenticator`` and ``Keychain``.

Nothing here reads a file: the default keychain is only marked, and each engine reads the
configuration of Docker and Podman itself. No ``repr`` shows a secret.
"""

from __future__ import annotations

import abc
import threading
import time
from typing import Protocol

from pyggcr._dataclasses import dataclass, fields
from pyggcr.errors import CancelledError

__all__ = [
    "ANONYMOUS",
    "DEFAULT_AUTH_KEY",
    "AuthConfig",
    "Authenticator",
    "Basic",
    "Bearer",
    "DefaultKeychainMarker",
    "FromConfig",
    "Helper",
    "Keychain",
    "KeychainFromHelper",
    "MultiKeychain",
    "RefreshingKeychain",
    "Resource",
]

# The key of Docker Hub in configuration files (``authn.DefaultAuthKey``), for historical reasons.
DEFAULT_AUTH_KEY = "https://index.docker.io/v1/"

_HIDDEN = "…"
_TOKEN_USER = "<token>"  # noqa: S105  (a helper's word for: the secret is an identity token)


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

    def marshal(self) -> bytes:
        """The JSON of these credentials, as in Docker's configuration (``MarshalJSON``).

        A user name or a password replaces ``auth``; what is empty is left out.

        Example:
            >>> AuthConfig(username="ann", password="secret").marshal()
            b'{"username":"ann","password":"secret","auth":"YW5uOnNlY3JldA=="}'
        """
        from pyggcr._values.auth_json import marshal

        return marshal(self)

    @classmethod
    def parse(cls, data: bytes) -> AuthConfig:
        """Credentials of such JSON (``UnmarshalJSON``).

        What ``auth`` holds replaces the user name and the password that stand beside it.

        Args:
            data: one JSON document.

        Raises:
            JSONError: it is malformed, or ``auth`` is not the Base64 of ``user:password``.

        Example:
            >>> AuthConfig.parse(b'{"auth": "YW5uOnNlY3JldA=="}').username
            'ann'
        """
        from pyggcr._values.auth_json import parse

        return parse(data)


class Resource(Protocol):
    """What credentials are for: a registry or a repository (``authn.Resource``)."""

    def __str__(self) -> str:
        """The whole name, such as ``gcr.io/my-project`` (``Resource.String``)."""

    def registry_str(self) -> str:
        """The registry alone, such as ``gcr.io`` (``Resource.RegistryStr``)."""


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


class Helper(Protocol):
    """Finds a user name and a password, as Docker's credential helpers do (``authn.Helper``)."""

    def get(self, server_url: str) -> tuple[str, str]:
        """The user name and the password for a server (``Helper.Get``).

        Args:
            server_url: the registry, such as ``gcr.io``.

        Raises:
            Exception: there are none.
        """


@dataclass(frozen=True, slots=True)
class KeychainFromHelper:
    """A keychain that asks a helper of yours (``authn.NewKeychainFromHelper``).

    Whatever the helper raises means that there are no credentials, as in Go; only a limit that is
    reached meanwhile is raised. A user named ``<token>`` makes the password an identity token.

    Args:
        helper: what to ask.

    Example:
        >>> class Vault:
        ...     def get(self, server_url: str) -> tuple[str, str]:
        ...         return "ann", "secret"
        >>> from pyggcr import name
        >>> KeychainFromHelper(Vault()).resolve(name.new_registry("gcr.io")).authorization()
        AuthConfig(username='ann', password=…)
    """

    helper: Helper

    def resolve(self, resource: Resource) -> Authenticator:
        """What the helper has for the registry; ``ANONYMOUS`` if it has nothing.

        Raises:
            CancelledError: a limit of the call was reached.
        """
        try:
            user, secret = self.helper.get(resource.registry_str())
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001  (Go takes every error for "no credentials")
            return ANONYMOUS
        if user == _TOKEN_USER:
            return FromConfig(AuthConfig(username=user, identity_token=secret))
        return FromConfig(AuthConfig(username=user, password=secret))


class RefreshingKeychain:
    """A keychain whose credentials are asked for anew when they are old (``RefreshingKeychain``).

    ``ANONYMOUS`` and errors are passed on as they are. ``authn.refreshing_keychain`` makes it.
    """

    __slots__ = ("duration", "inner")

    def __init__(self, inner: Keychain, duration: float) -> None:
        self.inner = inner
        self.duration = duration

    def resolve(self, resource: Resource) -> Authenticator:
        """Credentials that renew themselves.

        Raises:
            Exception: what the inner keychain raises.
        """
        asked = time.monotonic()
        found = self.inner.resolve(resource)
        if found is ANONYMOUS:
            return found
        return _Refreshing(self, resource, found, asked)

    def __repr__(self) -> str:
        return f"refreshing_keychain({self.inner!r}, {self.duration!r})"


class _Refreshing:
    """The credentials of a ``RefreshingKeychain`` for one resource; threads may share them."""

    def __init__(
        self, keychain: RefreshingKeychain, resource: Resource, found: Authenticator, asked: float
    ) -> None:
        self._keychain = keychain
        self._resource = resource
        self._found = found
        self._asked = asked
        self._lock = threading.Lock()

    def authorization(self) -> AuthConfig:
        with self._lock:
            now = time.monotonic()
            if now - self._asked > self._keychain.duration:
                self._found = self._keychain.inner.resolve(self._resource)
                self._asked = now
            return self._found.authorization()

    def __repr__(self) -> str:
        return f"<credentials for {self._resource}, refreshed>"


class MultiKeychain:
    """Several keychains as one: the first that knows something is taken (``NewMultiKeychain``)."""

    __slots__ = ("keychains",)

    def __init__(self, *keychains: Keychain) -> None:
        self.keychains: tuple[Keychain, ...] = keychains

    def resolve(self, resource: Resource) -> Authenticator:
        """What the first keychain says that does not say ``ANONYMOUS``."""
        for keychain in self.keychains:
            found = keychain.resolve(resource)
            if found is not ANONYMOUS:
                return found
        return ANONYMOUS

    def __repr__(self) -> str:
        return f"MultiKeychain({', '.join(map(repr, self.keychains))})"
