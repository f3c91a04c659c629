"""Images in registries: pkg/v1/remote.

References are texts or parsed names. Each function makes a connection of its own; ``Puller`` and
``Pusher`` use one set of connections and tokens for many calls. The functions take the keyword
arguments of ``Options``, and the two classes those of ``ConnectionOptions``; the limits of a call
(``timeout``, ``cancel``, ``progress``) are arguments of the classes' methods.

>>> from pyggcr import random, registry
>>> with registry.serve() as server:
...     write(f"{server.host}/team/app:1.0", random.image(16, 2))
...     len(image(f"{server.host}/team/app:1.0").layers())
2
"""

from __future__ import annotations

from collections.abc import Mapping

from pyggcr import name, v1
from pyggcr._values.remote import ConnectionOptions, Options, RemoteDescriptor, Retry
from pyggcr.errors import Diagnostic
from pyggcr.remote.clients import Puller, Pusher
from pyggcr.remote.options import connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Unpack

    from pyggcr.remote.listing import Catalogger, Catalogs, Lister, Tags
    from pyggcr.remote.mounting import MountableLayer

__all__ = [
    "Catalogger",
    "Catalogs",
    "ConnectionOptions",
    "Diagnostic",
    "Lister",
    "MountableLayer",
    "Options",
    "Puller",
    "Pusher",
    "RemoteDescriptor",
    "Retry",
    "Source",
    "Tags",
    "catalog",
    "catalog_page",
    "catalogger",
    "check_push_permission",
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

# What can be put under a name (``remote.Taggable``).
Source: TypeAlias = v1.Image | v1.ImageIndex | RemoteDescriptor
# What ``multi_write`` takes.
Part: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer

# What only some callers need, and the command line would load each time.
_HOMES = {
    "Catalogger": "remote.listing",
    "Catalogs": "remote.listing",
    "Lister": "remote.listing",
    "MountableLayer": "remote.mounting",
    "Tags": "remote.listing",
}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.remote' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def get(reference: name.Reference | str, **options: Unpack[Options]) -> RemoteDescriptor:
    """Fetch the manifest that a reference points to, whatever its type (``remote.Get``).

    Args:
        reference: a reference, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The manifest with its descriptor, which opens the image or index.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.get(reference=to.reference(reference), client=to.client)


def head(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Descriptor:
    """Fetch media type, size and digest of a manifest by a HEAD request (``remote.Head``).

    An error of a HEAD request has no details; that of ``get`` has.

    Args:
        reference: a reference, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The descriptor.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.head(reference=to.reference(reference), client=to.client)


def image(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Image:
    """Open an image; of an index, that for the option ``platform`` (``remote.Image``).

    Config and layers are fetched when they are asked for, and compared with their digests.

    Args:
        reference: a reference, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The image. What it fetches later raises the same errors.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.image(reference=to.reference(reference), client=to.client)


def index(reference: name.Reference | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """Open an index (``remote.Index``).

    Args:
        reference: a reference, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The index. What it fetches later raises the same errors.

    Raises:
        UnsupportedOptionError: the reference points to an image, or options contradict each other.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.index(reference=to.reference(reference), client=to.client)


def layer(reference: name.Digest | str, **options: Unpack[Options]) -> v1.Layer:
    """Open a blob as a layer, without fetching it (``remote.Layer``).

    Args:
        reference: ``repository@digest``, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The layer; its blob is fetched when it is read, and compared with the digest.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.layer(reference=to.digest(reference), client=to.client)


def list_tags(repository: name.Repository | str, **options: Unpack[Options]) -> list[str]:
    """List all tags of a repository (``remote.List``).

    Args:
        repository: a repository, parsed or as a text such as ``registry.example.com/team/app``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        The tags, in the registry's order.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the next page is on another host, or pages form a circle.
        JSONError: a page is not such a list.
    """
    with connected(options) as to:
        return to.remote.list_tags(repository=to.repository(repository), client=to.client)


def lister(repository: name.Repository | str, **options: Unpack[Options]) -> Lister:
    """List the tags of a repository page by page (``Puller.Lister``).

    The first page is fetched at once. The option ``page_size`` sets the number of tags to request
    at a time.

    Args:
        repository: a repository, parsed or as a text such as ``registry.example.com/team/app``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        A ``Lister``, which yields pages.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the next page is on another host, or pages form a circle.
        JSONError: a page is not such a list.

    Examples:
        >>> from pyggcr import random, registry
        >>> with registry.serve() as server:
        ...     write(f"{server.host}/team/app:1.0", random.image(16, 1))
        ...     [page.tags for page in lister(f"{server.host}/team/app")]
        [['1.0']]
    """
    with connected(options) as to:
        return to.lister(to.repository(repository))


def catalog(registry: name.Registry | str, **options: Unpack[Options]) -> list[str]:
    """List all repositories of a registry (``remote.Catalog``).

    Args:
        registry: a registry, parsed or as a text such as ``registry.example.com``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        Their paths, in the registry's order.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the next page is on another host, or pages form a circle.
        JSONError: a page is not such a list.
    """
    with connected(options) as to:
        return to.remote.catalog(registry=to.registry(registry), client=to.client)


def catalogger(registry: name.Registry | str, **options: Unpack[Options]) -> Catalogger:
    """List the repositories of a registry page by page (``Puller.Catalogger``).

    The first page is fetched at once. The option ``page_size`` sets the number of repositories to
    request at a time.

    Args:
        registry: a registry, parsed or as a text such as ``registry.example.com``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        A ``Catalogger``, which yields pages.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the next page is on another host, or pages form a circle.
        JSONError: a page is not such a list.
    """
    with connected(options) as to:
        return to.catalogger(to.registry(registry))


def catalog_page(
    registry: name.Registry | str, last: str, n: int, **options: Unpack[Options]
) -> list[str]:
    """List some repositories of a registry (``remote.CatalogPage``).

    Args:
        registry: a registry, parsed or as a text such as ``registry.example.com``.
        last: the repository before the first one wanted; ``""`` starts at the beginning.
        n: how many to request.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        Their paths, in the registry's order.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the next page is on another host, or pages form a circle.
        JSONError: a page is not such a list.
    """
    with connected(options) as to:
        return to.remote.catalog_page(
            registry=to.registry(registry), last=last, n=n, client=to.client
        )


def referrers(reference: name.Digest | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """List the manifests that refer to a manifest, such as signatures (``remote.Referrers``).

    Args:
        reference: ``repository@digest``, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        An index of them; the option ``filter`` restricts it.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with connected(options) as to:
        return to.remote.referrers(reference=to.digest(reference), client=to.client)


def delete(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """Delete a manifest, or a tag if the registry supports that (``remote.Delete``).

    Args:
        reference: a reference, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with connected(options) as to:
        to.remote.delete(reference=to.reference(reference), client=to.client)


def tag(tag: name.Tag | str, source: Source, **options: Unpack[Options]) -> None:
    """Tag a manifest that the repository already has (``remote.Tag``).

    Args:
        tag: the new tag, parsed or as a text.
        source: an image, an index, or the result of ``get``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.tag(tag=to.tag(tag), source=source, client=to.client)


def put(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload a manifest only, whose blobs must be there already (``remote.Put``).

    Args:
        reference: a reference, parsed or as a text.
        source: an image, an index, or the result of ``get``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.put(reference=to.reference(reference), source=source, client=to.client)


def push(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload an image or an index, with all its blobs (``remote.Push``).

    Args:
        reference: the target, parsed or as a text.
        source: an image or an index of either engine or your own, or the result of ``get``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.push(reference=to.reference(reference), source=source, client=to.client)


def write(reference: name.Reference | str, image: v1.Image, **options: Unpack[Options]) -> None:
    """Upload an image (``remote.Write``).

    Blobs that the repository has are not sent, and blobs that another repository of the registry is
    known to have are mounted. An uncompressed layer is compressed, hashed and sent in one pass.

    Args:
        reference: the target, parsed or as a text.
        image: an image of either engine, or your own.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.write(reference=to.reference(reference), image=image, client=to.client)


def write_index(
    reference: name.Reference | str, index: v1.ImageIndex, **options: Unpack[Options]
) -> None:
    """Upload an index and everything that it lists (``remote.WriteIndex``).

    Args:
        reference: the target, parsed or as a text.
        index: an index of either engine, or your own.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.write_index(reference=to.reference(reference), index=index, client=to.client)


def write_layer(
    repository: name.Repository | str, layer: v1.Layer, **options: Unpack[Options]
) -> None:
    """Upload a layer (``remote.WriteLayer``).

    Args:
        repository: a repository, parsed or as a text such as ``registry.example.com/team/app``.
        layer: a layer of either engine, or your own.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.write_layer(repository=to.repository(repository), layer=layer, client=to.client)


def multi_write(
    parts: Mapping[name.Reference | str, Part] | Mapping[name.Reference, Part] | Mapping[str, Part],
    **options: Unpack[Options],
) -> None:
    """Upload several images, indexes and layers, and shared blobs once (``remote.MultiWrite``).

    Args:
        parts: images, indexes and layers by reference; all references must be in one registry.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        StreamConsumedError: a layer over a stream was read before.
        Error: the content cannot be read, or does not have its digest; the subclass says why.
    """
    with connected(options) as to:
        to.remote.multi_write(
            parts={to.reference(reference): part for reference, part in parts.items()},
            client=to.client,
        )


def check_push_permission(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """Check the permission to push by starting an upload (``CheckPushPermission``).

    The upload is cancelled at once.

    Args:
        reference: a reference into the repository, parsed or as a text.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with connected(options) as to:
        to.remote.check_push_permission(reference=to.reference(reference), client=to.client)
