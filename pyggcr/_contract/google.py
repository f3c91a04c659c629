"""pkg/v1/google: repositories of Google's registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._values.google_tags import Tags
    from pyggcr._values.remote import RemoteClient

__all__ = ["GoogleEngine"]


class GoogleEngine(Protocol):
    """What an engine knows of Google's registries."""

    def list(self, *, client: RemoteClient, repository: name.Repository) -> Tags:
        """List a repository with its manifests and child repositories (``google.List``)."""
