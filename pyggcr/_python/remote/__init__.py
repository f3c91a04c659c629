"""Registries: pkg/v1/remote.

The doors; ``hub`` keeps connections. Below it, from the outside in: ``session`` (scheme and
credentials), ``redirects``, ``transport`` (one request), ``sockets``. ``fetcher`` reads, ``writer``
writes, and ``pusher`` decides what is to be written in which order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyggcr import v1
from pyggcr._python.remote.descriptor import Descriptor
from pyggcr._python.remote.faults import check_status
from pyggcr._python.remote.fetcher import ALL_MANIFESTS, INDEXES
from pyggcr._python.remote.hub import hub_of
from pyggcr._python.remote.image import remote_layer
from pyggcr._python.remote.lists import CATALOG, TAGS, list_all
from pyggcr._python.remote.pusher import Pusher
from pyggcr._python.remote.referrers import fetch_referrers
from pyggcr._python.remote.session import DELETE
from pyggcr._python.remote.transport import Request
from pyggcr.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyggcr import name
    from pyggcr._values.remote import RemoteDescriptor, RemoteOptions, Token

__all__ = [
    "catalog",
    "check_push_permission",
    "delete",
    "get",
    "head",
    "image",
    "index",
    "layer",
    "list_tags",
    "multi_write",
    "push",
    "put",
    "referrers",
    "tag",
    "token",
    "write",
    "write_index",
    "write_layer",
]


def get(reference: name.Reference, options: RemoteOptions) -> RemoteDescriptor:
    """What is under the name, not yet interpreted (``remote.Get``)."""
    return _get(reference, ALL_MANIFESTS, options)


def _get(reference: name.Reference, acceptable: Any, options: RemoteOptions) -> Descriptor:
    fetcher = hub_of(options).fetcher(reference.context())
    manifest, described = fetcher.manifest(reference, acceptable)
    return Descriptor(fetcher, reference, manifest, described, options.platform)


def head(reference: name.Reference, options: RemoteOptions) -> v1.Descriptor:
    """What is under the name, without its manifest (``remote.Head``)."""
    return hub_of(options).fetcher(reference.context()).head_manifest(reference)


def image(reference: name.Reference, options: RemoteOptions) -> v1.Image:
    """The image under the name (``remote.Image``)."""
    return get(reference, options).image()


def index(reference: name.Reference, options: RemoteOptions) -> v1.ImageIndex:
    """The index under the name (``remote.Index``)."""
    return _get(reference, INDEXES, options).image_index()


def layer(reference: name.Digest, options: RemoteOptions) -> v1.Layer:
    """The blob with this digest as a layer (``remote.Layer``)."""
    fetcher = hub_of(options).fetcher(reference.context())
    return remote_layer(fetcher, v1.new_hash(reference.digest_str()))


def list_tags(repository: name.Repository, options: RemoteOptions) -> list[str]:
    """The tags of a repository (``remote.List``)."""
    session = hub_of(options).fetcher(repository).session
    path = f"/v2/{repository.repository_str()}/tags/list"
    return list_all(session, path, TAGS, options.page_size)


def catalog(registry: name.Registry, options: RemoteOptions) -> list[str]:
    """The repositories of a registry (``remote.Catalog``)."""
    session = hub_of(options).catalog(registry)
    return list_all(session, "/v2/_catalog", CATALOG, options.page_size)


def referrers(reference: name.Digest, options: RemoteOptions) -> v1.ImageIndex:
    """An index of what refers to the manifest (``remote.Referrers``)."""
    fetcher = hub_of(options).fetcher(reference.context())
    return fetch_referrers(fetcher, reference, options.filter)


def delete(reference: name.Reference, options: RemoteOptions) -> None:
    """Remove a tag or a manifest (``remote.Delete``)."""
    repository = reference.context()
    session = hub_of(options).session(repository, DELETE)
    url = (
        f"{session.scheme}://{repository.registry_str()}/v2/"
        f"{repository.repository_str()}/manifests/{reference.identifier()}"
    )
    response = session.do(Request("DELETE", url))
    try:
        check_status(response, 200, 202)
    finally:
        response.drain()


def put(reference: name.Reference, source: Any, options: RemoteOptions) -> None:
    """Write a manifest, and nothing that it refers to (``remote.Put``)."""
    Pusher(hub_of(options)).put(reference, source)


def tag(tag: name.Tag, source: Any, options: RemoteOptions) -> None:
    """Write a manifest under a tag, and nothing that it refers to (``remote.Tag``)."""
    put(tag, source, options)


def push(reference: name.Reference, source: Any, options: RemoteOptions) -> None:
    """Write an image, an index or a manifest with all that it refers to (``remote.Push``)."""
    multi_write({reference: source}, options)


def write(reference: name.Reference, image: v1.Image, options: RemoteOptions) -> None:
    """Write an image (``remote.Write``)."""
    push(reference, image, options)


def write_index(reference: name.Reference, index: v1.ImageIndex, options: RemoteOptions) -> None:
    """Write an index and its images (``remote.WriteIndex``)."""
    push(reference, index, options)


def write_layer(repository: name.Repository, layer: v1.Layer, options: RemoteOptions) -> None:
    """Write a blob (``remote.WriteLayer``)."""
    Pusher(hub_of(options)).upload(repository, layer)


def multi_write(sources: Mapping[name.Reference, Any], options: RemoteOptions) -> None:
    """Write several images or indexes; what they share is written once (``remote.MultiWrite``)."""
    Pusher(hub_of(options)).push_all(sources)


def check_push_permission(reference: name.Reference, options: RemoteOptions) -> None:
    """Raise if the credentials do not allow to push (``remote.CheckPushPermission``).

    Raises:
        TransportError: the registry refuses.
    """
    hub, repository = hub_of(options), reference.context()
    try:
        hub.authenticator(repository)
    except Error as error:
        error.message = f"resolving authorization for {repository} failed: {error}"
        raise
    try:
        writer = hub.writer(repository)
    except Error as error:
        error.message = f"creating push check transport for {repository.registry} failed: {error}"
        raise
    writer.check_permission()


def token(repository: name.Repository, scopes: Sequence[str], options: RemoteOptions) -> Token:
    """A token for the repository that allows so much (``transport.Exchange``)."""
    return hub_of(options).token(repository, scopes)
