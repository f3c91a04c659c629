"""Registries: pkg/v1/remote.

The functions of the engine; ``client`` owns connections, tokens and caches. Below it, from the
outside in: ``session`` (scheme and credentials), ``redirects``, ``transport`` (one request),
``sockets``. ``fetcher`` reads, ``writer`` writes, and ``pusher`` decides what is written in which
order.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr._python.remote.client import Client, own_client
from pyggcr._python.remote.descriptor import Descriptor
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.fetcher import ALL_MANIFESTS, INDEXES
from pyggcr._python.remote.transport import Request
from pyggcr._values.transport import DELETE_SCOPE
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pyggcr import name
    from pyggcr._python.remote.pusher import Pusher
    from pyggcr._values.pages import Pages
    from pyggcr._values.remote import RemoteClient, RemoteDescriptor, RemoteOptions, Taggable

__all__ = [
    "catalog",
    "catalog_page",
    "catalogger",
    "check_push_permission",
    "client",
    "delete",
    "get",
    "head",
    "image",
    "index",
    "layer",
    "list_tags",
    "lister",
    "multi_write",
    "push",
    "put",
    "referrers",
    "tag",
    "write",
    "write_index",
    "write_layer",
]

_CATALOG_PATH = "/v2/_catalog"


def client(*, options: RemoteOptions) -> RemoteClient:
    """Make a client, which owns connections, tokens and caches (``remote.NewPuller``)."""
    return Client(options)


def get(*, client: RemoteClient, reference: name.Reference) -> RemoteDescriptor:
    """Fetch the manifest a reference points to (``remote.Get``)."""
    return _get(own_client(client), reference, ALL_MANIFESTS)


def _get(client: Client, reference: name.Reference, acceptable: Any) -> Descriptor:
    fetcher = client.fetcher(reference.context())
    manifest, described = fetcher.manifest(reference, acceptable)
    return Descriptor(fetcher, reference, manifest, described, client.options.platform)


def head(*, client: RemoteClient, reference: name.Reference) -> v1.Descriptor:
    """Ask for the descriptor a reference points to, by a HEAD request (``remote.Head``)."""
    return own_client(client).fetcher(reference.context()).head_manifest(reference)


def image(*, client: RemoteClient, reference: name.Reference) -> v1.Image:
    """Return the image a reference points to (``remote.Image``)."""
    return get(client=client, reference=reference).image()


def index(*, client: RemoteClient, reference: name.Reference) -> v1.ImageIndex:
    """Return the index a reference points to (``remote.Index``)."""
    return _get(own_client(client), reference, INDEXES).image_index()


def layer(*, client: RemoteClient, reference: name.Digest) -> v1.Layer:
    """Return the blob with this digest as a layer (``remote.Layer``)."""
    from pyggcr._python.remote.images import remote_layer

    fetcher = own_client(client).fetcher(reference.context())
    return remote_layer(fetcher, v1.new_hash(reference.digest_str()))


def list_tags(*, client: RemoteClient, repository: name.Repository) -> list[str]:
    """List the tags of a repository (``remote.List``)."""
    return _all_names(lister(client=client, repository=repository))


def lister(*, client: RemoteClient, repository: name.Repository) -> Pages:
    """List the tags of a repository page by page (``Puller.Lister``)."""
    from pyggcr._python.remote.lists import TAGS, ListedPages

    session = own_client(client).fetcher(repository).session
    path = f"/v2/{repository.repository_str()}/tags/list"
    return ListedPages(session, path, TAGS, client.options)


def catalog(*, client: RemoteClient, registry: name.Registry) -> list[str]:
    """List the repositories of a registry (``remote.Catalog``)."""
    return _all_names(catalogger(client=client, registry=registry))


def catalogger(*, client: RemoteClient, registry: name.Registry) -> Pages:
    """List the repositories of a registry page by page (``Puller.Catalogger``)."""
    from pyggcr._python.remote.lists import CATALOG, ListedPages

    session = own_client(client).catalog(registry)
    return ListedPages(session, _CATALOG_PATH, CATALOG, client.options)


def catalog_page(*, client: RemoteClient, registry: name.Registry, last: str, n: int) -> list[str]:
    """List the repositories of one page, after a name (``remote.CatalogPage``)."""
    from pyggcr._python.remote.lists import CATALOG, list_one

    return list_one(own_client(client).catalog(registry), _CATALOG_PATH, CATALOG, last, n)


def _all_names(pages: Pages) -> list[str]:
    names: list[str] = []
    while pages.has_next():
        names += pages.next().names
    return names


def referrers(*, client: RemoteClient, reference: name.Digest) -> v1.ImageIndex:
    """Return an index of the manifests that refer to this one (``remote.Referrers``)."""
    from pyggcr._python.remote.referrer_index import fetch_referrers

    fetcher = own_client(client).fetcher(reference.context())
    return fetch_referrers(fetcher, reference, client.options.filter)


def delete(*, client: RemoteClient, reference: name.Reference) -> None:
    """Delete a manifest or a tag (``remote.Delete``)."""
    repository = reference.context()
    session = own_client(client).session(repository, DELETE_SCOPE)
    url = (
        f"{session.scheme}://{repository.registry_str()}/v2/"
        f"{repository.repository_str()}/manifests/{reference.identifier()}"
    )
    response = session.do(Request("DELETE", url))
    try:
        check_status(response, 200, 202)
    finally:
        response.drain()


def _pusher(client: RemoteClient) -> Pusher:
    from pyggcr._python.remote.pusher import Pusher  # who only reads needs none

    return Pusher(own_client(client))


def put(*, client: RemoteClient, reference: name.Reference, source: Taggable) -> None:
    """Upload a manifest, and nothing it refers to (``remote.Put``)."""
    _pusher(client).put(reference, source)


def tag(*, client: RemoteClient, tag: name.Tag, source: Taggable) -> None:
    """Upload a manifest under a tag, and nothing it refers to (``remote.Tag``)."""
    put(client=client, reference=tag, source=source)


def push(*, client: RemoteClient, reference: name.Reference, source: Taggable) -> None:
    """Upload a manifest and everything it refers to (``remote.Push``)."""
    multi_write(client=client, parts={reference: source})


def write(*, client: RemoteClient, reference: name.Reference, image: v1.Image) -> None:
    """Upload an image (``remote.Write``)."""
    push(client=client, reference=reference, source=image)


def write_index(*, client: RemoteClient, reference: name.Reference, index: v1.ImageIndex) -> None:
    """Upload an index and its images (``remote.WriteIndex``)."""
    push(client=client, reference=reference, source=index)


def write_layer(*, client: RemoteClient, repository: name.Repository, layer: v1.Layer) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    _pusher(client).upload(repository, layer)


def multi_write(*, client: RemoteClient, parts: Mapping[name.Reference, Taggable]) -> None:
    """Upload several images, indexes and layers, shared blobs once (``remote.MultiWrite``)."""
    _pusher(client).push_all(parts)


def check_push_permission(*, client: RemoteClient, reference: name.Reference) -> None:
    """Start an upload and cancel it (``remote.CheckPushPermission``).

    Raises:
        TransportError: the registry refuses.
    """
    own, repository = own_client(client), reference.context()
    try:
        own.authenticator(repository)
    except Error as error:
        error.message = f"resolving authorization for {repository} failed: {error}"
        raise
    try:
        writer = own.writer(repository)
    except Error as error:
        error.message = f"creating push check transport for {repository.registry} failed: {error}"
        raise
    writer.check_permission()
