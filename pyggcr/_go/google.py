"""Repositories of Google's registries: pkg/v1/google through native/google_list.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._go.credentials import authenticated
from pyggcr._go.table import function

if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._values.google_tags import Tags
    from pyggcr._values.remote import RemoteClient

__all__ = ["list"]


def list(*, client: RemoteClient, repository: name.Repository) -> Tags:  # noqa: A001  (Go's name)
    """List a repository with its manifests and child repositories (``google.List``)."""
    # The credentials are the registry's, not the repository's.
    handle = authenticated(client, repository.registry)
    found: Tags = function("google.List")(handle, repository)
    return found
