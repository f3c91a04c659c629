"""The keychain for Google's registries: pkg/v1/google/keychain.go."""

from __future__ import annotations

import threading

from pyggcr._os.logs import Log
from pyggcr._values.authn import ANONYMOUS, Authenticator, Resource
from pyggcr._values.google import is_google
from pyggcr.errors import CancelledError, Error
from pyggcr.google.authenticators import new_env_authenticator, new_gcloud_authenticator

__all__ = ["KEYCHAIN", "GoogleKeychain"]

_log = Log(__name__)


class GoogleKeychain:
    """The credentials of the environment, else of gcloud, for Google's hosts.

    They are looked up once, by the engine in force, and then kept, even if there were none: a later
    login is not noticed. A new ``GoogleKeychain`` looks again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Authenticator | None = None

    def resolve(self, resource: Resource) -> Authenticator:
        """Find the credentials for one of Google's hosts.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` for other hosts, or if there are none.

        Raises:
            CancelledError: the call was cancelled, or took longer than its timeout; nothing is kept
                then.
        """
        if not is_google(resource.registry_str()):
            return ANONYMOUS
        with self._lock:
            if self._found is None:
                self._found = _find()
            return self._found

    def __repr__(self) -> str:
        return "google.KEYCHAIN" if self is KEYCHAIN else "GoogleKeychain()"


def _find() -> Authenticator:
    """``resolve`` of keychain.go."""
    failures = []
    for make, what, name in (
        (new_env_authenticator, "Application Default Credentials", "Google env"),
        (new_gcloud_authenticator, "gcloud fallback", "gcloud"),
    ):
        try:
            found = make()
        except CancelledError:
            raise
        except Error as error:
            failures.append((name, error.message))
            continue
        if found is not ANONYMOUS:
            _log.debug("google.Keychain: using %s", what)
            return found
    _log.debug("Failed to get any Google credentials, falling back to Anonymous")
    for name, reason in failures:
        _log.debug("%s error: %s", name, reason)
    return ANONYMOUS


KEYCHAIN = GoogleKeychain()
"""Google's keychain (``google.Keychain``)."""
