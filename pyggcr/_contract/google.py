"""pkg/v1/google: repositories of Google's registries, and tokens for them.

Who keeps the tokens is the public module's business.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import name
    from pyggcr._values.google import Token
    from pyggcr._values.google_tags import Tags
    from pyggcr._values.remote import RemoteClient
else:
    from pyggcr._typing import Protocol

__all__ = ["GoogleEngine"]


class GoogleEngine(Protocol):
    """What an engine knows of Google's registries."""

    def list(self, *, client: RemoteClient, repository: name.Repository) -> Tags:
        """List a repository with its manifests and child repositories (``google.List``)."""

    def env_token(self) -> Token:
        """A token of the application default credentials (``google.NewEnvAuthenticator``)."""

    def gcloud_token(self) -> Token:
        """A token of gcloud, empty where there is no gcloud (``google.NewGcloudAuthenticator``)."""

    def key_token(self, *, key: str, audience: str) -> Token:
        """A token that a key signs itself (``google.NewTokenAuthenticator``).

        Args:
            key: the JSON of a service account's key.
            audience: what the token is for.
        """
