"""The values of pkg/authn: credentials, and the protocols ``Authenticator`` and ``Keychain``.

Nothing here reads a file: the default keychain is only a marker, and each engine reads the
configuration of Docker and Podman itself. No ``repr`` shows a secret.
"""

from __future__ import annotations

import abc
import threading
import time

from pyggcr._dataclasses import dataclass, fields
from pyggcr.errors import CancelledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    from pyggcr._typing import Protocol


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
    """Credentials for one registry (``authn.AuthConfig``); empty for an anonymous user.

    Attributes:
        username: the name of the user.
        password: the password.
        auth: user and password as in Docker's configuration, ``base64(user:password)``.
        identity_token: a refresh token, which is exchanged for a token of the registry.
        registry_token: a bearer token, which is sent as it is.
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
        """Write the credentials as JSON, as in Docker's configuration (``MarshalJSON``).

        A user name or a password replaces ``auth``. Empty fields are left out.

        Returns:
            The JSON document.

        Examples:
            >>> AuthConfig(username="ann", password="secret").marshal()
            b'{"username":"ann","password":"secret","auth":"YW5uOnNlY3JldA=="}'
        """
        from pyggcr._values.auth_json import marshal

        return marshal(self)

    @classmethod
    def parse(cls, data: bytes) -> AuthConfig:
        """Parse credentials from JSON, as in Docker's configuration (``UnmarshalJSON``).

        The content of ``auth`` replaces the user name and the password beside it.

        Args:
            data: one JSON document.

        Returns:
            The credentials.

        Raises:
            JSONError: it is malformed, or ``auth`` is not the Base64 of ``user:password``.

        Examples:
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
        """Return the registry alone (``Resource.RegistryStr``).

        Returns:
            Such as ``gcr.io``.
        """


class Authenticator(Protocol):
    """An object that returns credentials (``authn.Authenticator``)."""

    def authorization(self) -> AuthConfig:
        """Return the credentials to use now (``Authenticator.Authorization``).

        Returns:
            The credentials.

        Raises:
            Exception: any that a class of your own raises ends the call that asked.
        """


class Keychain(Protocol):
    """An object that finds credentials for a registry or a repository (``authn.Keychain``)."""

    def resolve(self, resource: Resource) -> Authenticator:
        """Find the most specific credentials (``Keychain.Resolve``).

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` if there are none.

        Raises:
            Exception: any that a class of your own raises ends the call that asked.
        """


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
    """A user name and a password (``authn.Basic``).

    Attributes:
        username: the name of the user.
        password: the password.
    """

    username: str
    password: str

    def authorization(self) -> AuthConfig:
        """Return the user name and the password (``Basic.Authorization``).

        Returns:
            The credentials.
        """
        return AuthConfig(username=self.username, password=self.password)

    def __repr__(self) -> str:
        return f"Basic({self.username!r}, {_HIDDEN})"


@dataclass(frozen=True, slots=True, repr=False)
class Bearer:
    """A token that is sent as it is (``authn.Bearer``).

    Attributes:
        token: the token.
    """

    token: str

    def authorization(self) -> AuthConfig:
        """Return the token (``Bearer.Authorization``).

        Returns:
            The credentials.
        """
        return AuthConfig(registry_token=self.token)

    def __repr__(self) -> str:
        return f"Bearer({_HIDDEN})"


@dataclass(frozen=True, slots=True)
class FromConfig:
    """Credentials that are given (``authn.FromConfig``).

    Attributes:
        config: the credentials.
    """

    config: AuthConfig

    def authorization(self) -> AuthConfig:
        """Return the credentials.

        Returns:
            The credentials.
        """
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
    """An object that finds user names and passwords, like Docker's credential helpers
    (``authn.Helper``).
    """

    def get(self, server_url: str) -> tuple[str, str]:
        """Find the user name and the password for a server (``Helper.Get``).

        Args:
            server_url: the registry, such as ``gcr.io``.

        Returns:
            The user name and the password.

        Raises:
            Exception: any means that there are none.
        """


@dataclass(frozen=True, slots=True)
class KeychainFromHelper:
    """A keychain that asks a helper (``authn.NewKeychainFromHelper``).

    As in Go, any exception of the helper means that there are no credentials; only reached limits
    are raised. With the user name ``<token>`` the password is an identity token.

    Attributes:
        helper: the object to ask.

    Examples:
        >>> class Vault:
        ...     def get(self, server_url: str) -> tuple[str, str]:
        ...         return "ann", "secret"
        >>> from pyggcr import name
        >>> KeychainFromHelper(Vault()).resolve(name.new_registry("gcr.io")).authorization()
        AuthConfig(username='ann', password=…)
    """

    helper: Helper

    def resolve(self, resource: Resource) -> Authenticator:
        """Ask the helper about the registry.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` if the helper has none.

        Raises:
            CancelledError: the call was cancelled, or took longer than its timeout.
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
    """A keychain whose credentials are looked up again when they are old (``RefreshingKeychain``).

    ``ANONYMOUS`` and errors are passed on. Made by ``authn.refreshing_keychain``.
    """

    __slots__ = ("duration", "inner")

    def __init__(self, inner: Keychain, duration: float) -> None:
        self.inner = inner
        self.duration = duration

    def resolve(self, resource: Resource) -> Authenticator:
        """Find credentials that renew themselves.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` if there are none.

        Raises:
            Exception: whatever the inner keychain raises.
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
    """Several keychains, the first of which that has credentials is used (``NewMultiKeychain``).

    Attributes:
        keychains: the keychains, in their order.
    """

    __slots__ = ("keychains",)

    def __init__(self, *keychains: Keychain) -> None:
        self.keychains: tuple[Keychain, ...] = keychains

    def resolve(self, resource: Resource) -> Authenticator:
        """Ask the keychains one after the other.

        Args:
            resource: the registry or the repository.

        Returns:
            The first credentials found; ``ANONYMOUS`` if there are none.

        Raises:
            Exception: whatever a keychain raises.
        """
        for keychain in self.keychains:
            found = keychain.resolve(resource)
            if found is not ANONYMOUS:
                return found
        return ANONYMOUS

    def __repr__(self) -> str:
        return f"MultiKeychain({', '.join(map(repr, self.keychains))})"
