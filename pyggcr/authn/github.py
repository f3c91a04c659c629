"""Credentials for GitHub's registry from the environment of GitHub Actions: pkg/authn/github.

``KEYCHAIN`` serves only the host ``ghcr.io``, and reads the environment at each call.
"""

from __future__ import annotations

import os
import re

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.url import is_host
from pyggcr._values.authn import ANONYMOUS, Authenticator, Basic, Resource

__all__ = ["KEYCHAIN", "GitHubKeychain"]

_HOST = "ghcr.io"
_NO_USER = "unset"  # ghcr.io looks at the token alone


@dataclass(frozen=True, slots=True)
class GitHubKeychain:
    """The token ``GITHUB_TOKEN`` for ``ghcr.io``, as the user ``GITHUB_ACTOR``.

    Example:
        >>> from pyggcr import name
        >>> GitHubKeychain().resolve(name.new_registry("gcr.io"))
        ANONYMOUS
    """

    def resolve(self, resource: Resource) -> Authenticator:
        """Return the token for ``ghcr.io``, read from ``GITHUB_TOKEN``.

        Args:
            resource: the registry or the repository.

        Returns:
            The credentials; ``ANONYMOUS`` for other hosts, or without a token.
        """
        token = os.environ.get("GITHUB_TOKEN", "")
        if not token or _hostname(str(resource)) != _HOST:
            return ANONYMOUS
        return Basic(os.environ.get("GITHUB_ACTOR", "") or _NO_USER, token)

    def __repr__(self) -> str:
        return "github.KEYCHAIN"


KEYCHAIN = GitHubKeychain()
"""GitHub's keychain (``github.Keychain``)."""


def _hostname(resource: str) -> str:
    """The host without its port; nothing if the name is no part of a URL."""
    host = re.split("[/?#]", resource, maxsplit=1)[0].rpartition("@")[2]
    return host.partition(":")[0] if is_host(host) else ""
