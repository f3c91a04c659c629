"""Authenticators for Google's registries: pkg/v1/google/auth.go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pyggcr import limits
from pyggcr._dataclasses import dataclass
from pyggcr._values.authn import ANONYMOUS, AuthConfig, Authenticator, Basic
from pyggcr._values.google import Token
from pyggcr.engine import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Unpack

    from pyggcr.limits import CallOptions
else:
    from pyggcr._typing import Protocol

__all__ = [
    "TokenSource",
    "new_env_authenticator",
    "new_gcloud_authenticator",
    "new_json_key_authenticator",
    "new_token_authenticator",
    "new_token_source_authenticator",
]

_EARLY = 10.0  # seconds before its end from which a token is not used any more
_TOKEN_USER = "_token"  # noqa: S105  (the user name that Google's registries expect)
_KEY_USER = "_json_key"


class TokenSource(Protocol):
    """An object that returns access tokens (``oauth2.TokenSource``)."""

    def token(self) -> Token:
        """Return a token that is valid now.

        Returns:
            The token.

        Raises:
            Exception: any that a class of your own raises ends the call that asked.
        """


class _Kept:
    """Keeps a token until it expires (``oauth2.ReuseTokenSource``); threads may share it."""

    def __init__(self, token: Token, fetch: Callable[[], Token]) -> None:
        self._token = token
        self._fetch = fetch
        self._lock = threading.Lock()

    def token(self) -> Token:
        with self._lock:
            held = self._token
            ends = held.expiry and held.expiry - _EARLY < time.time()
            if not held.access_token or ends:
                self._token = self._fetch()
            return self._token


@dataclass(frozen=True, slots=True, repr=False)
class _TokenSourceAuthenticator:
    source: TokenSource

    def authorization(self) -> AuthConfig:
        return AuthConfig(username=_TOKEN_USER, password=self.source.token().access_token)

    def __repr__(self) -> str:
        return "<credentials for Google's registries>"


def new_token_source_authenticator(source: TokenSource) -> Authenticator:
    """Make credentials from the tokens of a source (``google.NewTokenSourceAuthenticator``).

    Args:
        source: returns a token each time it is asked; caching is its own business.

    Returns:
        The credentials.

    Examples:
        >>> class Mine:
        ...     def token(self) -> Token:
        ...         return Token("secret")
        >>> new_token_source_authenticator(Mine()).authorization()
        AuthConfig(username='_token', password=…)
    """
    return _TokenSourceAuthenticator(source)


def new_env_authenticator(
    *, engine: str | None = None, **limit: Unpack[CallOptions]
) -> Authenticator:
    """Make credentials from the environment (``google.NewEnvAuthenticator``).

    They come from the file that ``GOOGLE_APPLICATION_CREDENTIALS`` names, else from the one that
    ``gcloud auth application-default login`` wrote, else from the metadata server of a machine at
    Google.

    Args:
        engine: ``go`` or ``python``; default: the engine in force.
        limit: ``timeout`` (seconds), ``cancel`` and ``progress`` of this call; default: the limits
            in force.

    Returns:
        The credentials; they get a new token when the old one expires.

    Raises:
        Error: there are no credentials, they are malformed, or Google refuses them.
        TransportError: a server cannot be reached.
        UnsupportedOptionError: the Python engine does not support their type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    limits.check_known(limit)
    google = select(engine).google
    with limits.limit(**limit):
        return _TokenSourceAuthenticator(_Kept(google.env_token(), google.env_token))


def new_gcloud_authenticator(
    *, engine: str | None = None, **limit: Unpack[CallOptions]
) -> Authenticator:
    """Make credentials from the login of the program gcloud (``google.NewGcloudAuthenticator``).

    Args:
        engine: ``go`` or ``python``; default: the engine in force.
        limit: ``timeout`` (seconds), ``cancel`` and ``progress`` of this call; default: the limits
            in force.

    Returns:
        The credentials; ``ANONYMOUS``, with a warning in the log, if there is no program
        ``gcloud``.

    Raises:
        Error: gcloud failed, or its output is malformed.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    limits.check_known(limit)
    google = select(engine).google
    with limits.limit(**limit):
        token = google.gcloud_token()
    if not token.access_token and not token.expiry:
        return ANONYMOUS
    return _TokenSourceAuthenticator(_Kept(token, google.gcloud_token))


def new_json_key_authenticator(service_account_json: str) -> Authenticator:
    """Make credentials from a service account's key, which is sent
    (``google.NewJSONKeyAuthenticator``).

    ``new_token_authenticator`` does not send the key.

    Args:
        service_account_json: the content of the key file.

    Returns:
        The credentials.

    Examples:
        >>> new_json_key_authenticator("{}").authorization()
        AuthConfig(username='_json_key', password=…)
    """
    return Basic(_KEY_USER, service_account_json)


def new_token_authenticator(
    service_account_json: str, scope: str, *, engine: str | None = None
) -> Authenticator:
    """Make credentials with tokens signed by a service account's key (``NewTokenAuthenticator``).

    Args:
        service_account_json: the content of the key file.
        scope: what the tokens are for, such as
            ``https://www.googleapis.com/auth/devstorage.read_only``.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The credentials; they get a new token when the old one expires.

    Raises:
        Error: the key is malformed.
    """
    google = select(engine).google

    def fetch() -> Token:
        return google.key_token(key=service_account_json, audience=scope)

    return _TokenSourceAuthenticator(_Kept(fetch(), fetch))
