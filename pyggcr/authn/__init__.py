"""Credentials for registries: pkg/authn.

The values come from ``pyggcr._values.authn``, which both engines know. Only the default keychain is
defined here, because it needs an engine: the one in force reads the configuration of Docker and
Podman. ``helpers`` explains how to install credential helpers, ``github`` has the keychain for
GitHub's registry, and ``pyggcr.google`` that for Google's.
"""

from __future__ import annotations

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

TYPE_CHECKING = False
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
    """The credentials stored by ``docker login`` or ``podman login`` (``authn.DefaultKeychain``).

    Engines recognise it as a ``DefaultKeychainMarker`` and resolve it themselves.
    """

    def resolve(self, resource: Resource) -> Authenticator:
        """Find the credentials of Docker, or else of Podman, by the engine in force.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` if there are none.

        Raises:
            JSONError: a configuration file is malformed.
            FileAccessError: a configuration file cannot be read.
            Error: a credential helper failed.
            CancelledError: the call was cancelled, or took longer than its timeout.
        """

        config = select().authn.resolve(resource=resource)
        return ANONYMOUS if config == AuthConfig() else FromConfig(config)

    def __repr__(self) -> str:
        return "DEFAULT_KEYCHAIN"


@dataclass(frozen=True, slots=True)
class NamespaceKeychain:
    """The credentials that ``docker login`` and ``podman login`` stored, with those for namespaces.

    The files are those of ``DEFAULT_KEYCHAIN``. As in Podman, the most specific entry is used: for
    ``registry.example.com/team/app`` that of the repository, of ``registry.example.com/team`` or of
    the registry. Credentials of one namespace are never used for another. Go does not know
    namespaces, and uses any entry of the host; therefore this is not part of ``DEFAULT_KEYCHAIN``.
    """

    def resolve(self, resource: Resource) -> Authenticator:
        """Find the credentials, in the same way for both engines.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` if there are none.

        Raises:
            JSONError: a configuration file is malformed.
            FileAccessError: a configuration file cannot be read.
            Error: a credential helper failed.
            CancelledError: the call was cancelled, or took longer than its timeout.
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
        keychain: the keychain.
        target: a registry or a repository.
        limit: ``timeout`` (seconds), ``cancel`` and ``progress`` of this call; default: the limits
            in force.

    Returns:
        The credentials; ``ANONYMOUS`` if the keychain has none.

    Raises:
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the keychain failed; one of your own may raise any exception.

    Examples:
        >>> from pyggcr import name
        >>> resolve(MultiKeychain(), name.new_registry("registry.example.com"))
        ANONYMOUS
    """
    limits.check_known(limit)
    with limits.limit(**limit):
        return keychain.resolve(target)


def authorization(authenticator: Authenticator, **limit: Unpack[CallOptions]) -> AuthConfig:
    """Ask an authenticator for credentials, under the limits of a call (``authn.Authorization``).

    Args:
        authenticator: the authenticator.
        limit: ``timeout`` (seconds), ``cancel`` and ``progress`` of this call; default: the limits
            in force.

    Returns:
        The credentials; empty for an anonymous user.

    Raises:
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the authenticator failed; one of your own may raise any exception.

    Examples:
        >>> authorization(Basic("ann", "secret"))
        AuthConfig(username='ann', password=…)
    """
    limits.check_known(limit)
    with limits.limit(**limit):
        return authenticator.authorization()


def refreshing_keychain(inner: Keychain, duration: float) -> Keychain:
    """Make a keychain that looks credentials up again when they are old (``RefreshingKeychain``).

    The credentials that it finds ask ``inner`` again when more than ``duration`` has passed. So a
    long-running program goes on working when tokens of ECR, ACR or Artifact Registry expire. The
    Python engine asks even in the middle of a call, the Go engine once for each call.

    Args:
        inner: the keychain to ask.
        duration: how long credentials are used, in seconds.

    Returns:
        A keychain. Anonymous users and errors of ``inner`` are passed on.

    Examples:
        >>> refreshing_keychain(DEFAULT_KEYCHAIN, 300)
        refreshing_keychain(DEFAULT_KEYCHAIN, 300)
    """
    return RefreshingKeychain(inner, duration)
