"""Repositories of Google's registries and tokens for them: pkg/v1/google through native/."""

from __future__ import annotations

from pyggcr._go.credentials import authenticated, environment
from pyggcr._go.table import function
from pyggcr._values.google import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._values.google_tags import Tags
    from pyggcr._values.remote import RemoteClient

__all__ = ["env_token", "gcloud_token", "key_token", "list"]


def list(*, client: RemoteClient, repository: name.Repository) -> Tags:  # noqa: A001  (Go's name)
    """List a repository with its manifests and child repositories (``google.List``)."""
    # The credentials are the registry's, not the repository's.
    own = authenticated(client, repository.registry)
    found: Tags = function("google.List")(own, repository)
    return found


def env_token() -> Token:
    """A token of the application default credentials (``google.NewEnvAuthenticator``).

    Raises:
        Error: there are none, or Google refuses them.
    """
    return Token(**function("google.EnvToken")(environment()))


def gcloud_token() -> Token:
    """A token of gcloud, empty where there is no gcloud (``google.NewGcloudAuthenticator``).

    Raises:
        Error: gcloud failed.
    """
    return Token(**function("google.GcloudToken")(environment()))


def key_token(*, key: str, audience: str) -> Token:
    """A token that a key signs itself (``google.NewTokenAuthenticator``).

    Raises:
        Error: the key is malformed.
    """
    return Token(**function("google.KeyToken")(key, audience))
