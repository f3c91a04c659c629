"""Credentials for registries: pkg/authn.

The values come from ``pyggcr._values.authn``, which both engines know. Only the default keychain is
defined here, since it needs an engine: the one in force reads the configuration of Docker and
Podman. ``helpers`` says how to install credential helpers, ``github`` has the keychain for GitHub's
registry, ``pyggcr.google`` that for Google's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import limits
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
    Helper,
    Keychain,
    KeychainFromHelper,
    MultiKeychain,
    RefreshingKeychain,
    Resource,
)
from pyggcr.engine import select, supplement

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.limits import CallOptions

__all__ = [
    "ANONYMOUS",
    "DEFAULT_AUTH_KEY",
    "DEFAULT_KEYCHAIN",
    "NAMESPACE_KEYCHAIN",
    "AuthConfig",
    "Authenticator",
    "Basic",
    "Bearer",
    "DefaultKeychain",
    "FromConfig",
    "Helper",
    "Keychain",
    "KeychainFromHelper",
    "MultiKeychain",
    "NamespaceKeychain",
    "Resource",
    "authorization",
    "refreshing_keychain",
    "resolve",
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


@dataclass(frozen=True, slots=True)
class NamespaceKeychain:
    """What ``docker login`` and ``podman login`` stored, also for namespaces.

    The files are those of ``DEFAULT_KEYCHAIN``. For ``registry.example.com/team/app`` the nearest
    entry counts, of the repository, of ``registry.example.com/team`` or of the registry, as in
    Podman; what is for one namespace is never used for another. Go knows no namespaces, and takes
    any entry of the host, so this is no part of ``DEFAULT_KEYCHAIN``.
    """

    def resolve(self, resource: Resource) -> Authenticator:
        """The credentials for a registry or a repository; the same for both engines.

        Raises:
            JSONError: a configuration file is malformed.
            FileAccessError: it cannot be read.
            Error: a credential helper failed.
        """
        config = supplement().resolve_by_namespace(resource=resource)
        return ANONYMOUS if config == AuthConfig() else FromConfig(config)

    def __repr__(self) -> str:
        return "NAMESPACE_KEYCHAIN"


NAMESPACE_KEYCHAIN = NamespaceKeychain()
"""Credentials as Podman finds them, with parent namespaces."""

DEFAULT_KEYCHAIN = DefaultKeychain()


def resolve(keychain: Keychain, target: Resource, **limit: Unpack[CallOptions]) -> Authenticator:
    """Ask a keychain for credentials, under the limits of a call (``authn.Resolve``).

    Args:
        keychain: what to ask.
        target: a registry or a repository.
        limit: ``timeout`` in seconds, ``cancel``, ``progress``; those in force by default.

    Returns:
        The credentials, ``ANONYMOUS`` if the keychain has none.

    Raises:
        Error: what the keychain raises.
        CancelledError, DeadlineExceededError: a limit was reached.

    Example:
        >>> from pyggcr import name
        >>> resolve(MultiKeychain(), name.new_registry("registry.example.com"))
        ANONYMOUS
    """
    with limits.limit(**limit):
        return keychain.resolve(target)


def authorization(authenticator: Authenticator, **limit: Unpack[CallOptions]) -> AuthConfig:
    """Ask for the credentials themselves, under the limits of a call (``authn.Authorization``).

    Args:
        authenticator: what to ask.
        limit: ``timeout`` in seconds, ``cancel``, ``progress``; those in force by default.

    Returns:
        The credentials, all empty for an anonymous user.

    Raises:
        Error: what the authenticator raises.
        CancelledError, DeadlineExceededError: a limit was reached.

    Example:
        >>> authorization(Basic("ann", "secret"))
        AuthConfig(username='ann', password=…)
    """
    with limits.limit(**limit):
        return authenticator.authorization()


def refreshing_keychain(inner: Keychain, duration: float) -> Keychain:
    """A keychain whose credentials are looked up anew when they are old (``RefreshingKeychain``).

    The credentials that it finds ask ``inner`` again when more than ``duration`` has passed since
    they were found. So a program that runs for long goes on when tokens of ECR, ACR or Artifact
    Registry expire. The Python engine asks also in the middle of a call, the Go engine once a call.

    Args:
        inner: the keychain to ask.
        duration: how long credentials are used, in seconds.

    Returns:
        A keychain; anonymous users and errors of ``inner`` are passed on as they are.

    Example:
        >>> refreshing_keychain(DEFAULT_KEYCHAIN, 300)
        refreshing_keychain(DEFAULT_KEYCHAIN, 300)
    """
    return RefreshingKeychain(inner, duration)
