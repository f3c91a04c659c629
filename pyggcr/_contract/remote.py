"""pkg/v1/remote: images in registries."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    from pyggcr import name, v1
    from pyggcr._values.pages import Pages
    from pyggcr._values.remote import RemoteClient, RemoteDescriptor, RemoteOptions

    Taggable: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer | RemoteDescriptor
else:
    from pyggcr._typing import Protocol

__all__ = ["RemoteEngine"]


class RemoteEngine(Protocol):
    """What an engine does with registries.

    Every function takes a client that the same engine made. The client owns connections, tokens
    and caches; an image, index or layer that was fetched through it remains usable after it was
    closed.
    """

    def client(self, *, options: RemoteOptions) -> RemoteClient:
        """Make a client; no request is sent yet (``remote.NewPuller``, ``remote.NewPusher``)."""

    def get(self, *, client: RemoteClient, reference: name.Reference) -> RemoteDescriptor:
        """Fetch the manifest a reference points to (``remote.Get``)."""

    def head(self, *, client: RemoteClient, reference: name.Reference) -> v1.Descriptor:
        """Ask for the descriptor a reference points to, by a HEAD request (``remote.Head``)."""

    def image(self, *, client: RemoteClient, reference: name.Reference) -> v1.Image:
        """Return the image a reference points to (``remote.Image``)."""

    def index(self, *, client: RemoteClient, reference: name.Reference) -> v1.ImageIndex:
        """Return the index a reference points to (``remote.Index``)."""

    def layer(self, *, client: RemoteClient, reference: name.Digest) -> v1.Layer:
        """Return the blob with this digest as a layer (``remote.Layer``)."""

    def referrers(self, *, client: RemoteClient, reference: name.Digest) -> v1.ImageIndex:
        """Return an index of the manifests that refer to this one (``remote.Referrers``)."""

    def list_tags(self, *, client: RemoteClient, repository: name.Repository) -> list[str]:
        """List the tags of a repository (``remote.List``)."""

    def lister(self, *, client: RemoteClient, repository: name.Repository) -> Pages:
        """List the tags of a repository page by page (``Puller.Lister``)."""

    def catalog(self, *, client: RemoteClient, registry: name.Registry) -> list[str]:
        """List the repositories of a registry (``remote.Catalog``)."""

    def catalogger(self, *, client: RemoteClient, registry: name.Registry) -> Pages:
        """List the repositories of a registry page by page (``Puller.Catalogger``)."""

    def catalog_page(
        self, *, client: RemoteClient, registry: name.Registry, last: str, n: int
    ) -> list[str]:
        """List the repositories of one page, after a name (``remote.CatalogPage``)."""

    def delete(self, *, client: RemoteClient, reference: name.Reference) -> None:
        """Delete a manifest or a tag (``remote.Delete``)."""

    def tag(self, *, client: RemoteClient, tag: name.Tag, source: Taggable) -> None:
        """Upload a manifest under a tag, and nothing it refers to (``remote.Tag``)."""

    def put(self, *, client: RemoteClient, reference: name.Reference, source: Taggable) -> None:
        """Upload a manifest, and nothing it refers to (``remote.Put``)."""

    def push(self, *, client: RemoteClient, reference: name.Reference, source: Taggable) -> None:
        """Upload a manifest and everything it refers to (``remote.Push``)."""

    def write(self, *, client: RemoteClient, reference: name.Reference, image: v1.Image) -> None:
        """Upload an image (``remote.Write``)."""

    def write_index(
        self, *, client: RemoteClient, reference: name.Reference, index: v1.ImageIndex
    ) -> None:
        """Upload an index and its images (``remote.WriteIndex``)."""

    def write_layer(
        self, *, client: RemoteClient, repository: name.Repository, layer: v1.Layer
    ) -> None:
        """Upload a layer (``remote.WriteLayer``)."""

    def multi_write(
        self, *, client: RemoteClient, parts: Mapping[name.Reference, Taggable]
    ) -> None:
        """Upload several images, indexes and layers, shared blobs once (``remote.MultiWrite``)."""

    def check_push_permission(self, *, client: RemoteClient, reference: name.Reference) -> None:
        """Start an upload and cancel it (``remote.CheckPushPermission``)."""
