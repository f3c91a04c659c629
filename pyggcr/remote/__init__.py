"""Images in registries: pkg/v1/remote.

References are texts or parsed names. ``Puller`` and ``Pusher`` do many things with one set of
connections and tokens; the functions do one thing. All functions take the keyword arguments that
``Options`` lists, and the two classes those of ``ConnectionOptions``; the limits of a call
(``timeout``, ``cancel``, ``progress``) are arguments of their methods.

What they all raise:

* ``TransportError``: the registry refused, or could not be reached.
* ``InvalidReferenceError``: a text is not a reference.
* ``UnsupportedOptionError``: options contradict each other, or make no sense.
* ``TypeError``: a reference or an option is of another type.
* ``CancelledError``, ``DeadlineExceededError``: the call was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from pyggcr import name, v1
from pyggcr._values.remote import ConnectionOptions, Options, RemoteDescriptor, Retry
from pyggcr.errors import Diagnostic
from pyggcr.remote.clients import Puller, Pusher
from pyggcr.remote.options import connected

if TYPE_CHECKING:
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
    """What a registry has under a name, manifest and all, whatever it is (``remote.Get``)."""
    with connected(options) as to:
        return to.remote.get(reference=to.reference(reference), client=to.client)


def head(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Descriptor:
    """Media type, size and digest of what is under a name, by a HEAD request (``remote.Head``).

    A refusal of a HEAD request has no details; ``get`` has.
    """
    with connected(options) as to:
        return to.remote.head(reference=to.reference(reference), client=to.client)


def image(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Image:
    """The image under a name; of an index, that for ``platform`` (``remote.Image``).

    Its config and layers are fetched when they are asked for, and checked against their digests.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
    """
    with connected(options) as to:
        return to.remote.image(reference=to.reference(reference), client=to.client)


def index(reference: name.Reference | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """The index under a name (``remote.Index``)."""
    with connected(options) as to:
        return to.remote.index(reference=to.reference(reference), client=to.client)


def layer(reference: name.Digest | str, **options: Unpack[Options]) -> v1.Layer:
    """The blob ``repository@digest`` as a layer (``remote.Layer``); fetched when it is read."""
    with connected(options) as to:
        return to.remote.layer(reference=to.digest(reference), client=to.client)


def list_tags(repository: name.Repository | str, **options: Unpack[Options]) -> list[str]:
    """All tags of a repository, in the registry's order (``remote.List``)."""
    with connected(options) as to:
        return to.remote.list_tags(repository=to.repository(repository), client=to.client)


def lister(repository: name.Repository | str, **options: Unpack[Options]) -> Lister:
    """The tags of a repository, page by page, however many there are (``Puller.Lister``).

    The first page is fetched at once.

    Args:
        repository: such as ``registry.example.com/team/app``.
        options: see the module; one of them says how many tags to ask for at once.

    Returns:
        A ``Lister``, which can be iterated over.

    >>> from pyggcr import random, registry
    >>> with registry.serve() as server:
    ...     write(f"{server.host}/team/app:1.0", random.image(16, 1))
    ...     [page.tags for page in lister(f"{server.host}/team/app")]
    [['1.0']]
    """
    with connected(options) as to:
        return to.lister(to.repository(repository))


def catalog(registry: name.Registry | str, **options: Unpack[Options]) -> list[str]:
    """The paths of all repositories of a registry (``remote.Catalog``)."""
    with connected(options) as to:
        return to.remote.catalog(registry=to.registry(registry), client=to.client)


def catalogger(registry: name.Registry | str, **options: Unpack[Options]) -> Catalogger:
    """The repositories of a registry, page by page (``Puller.Catalogger``).

    The first page is fetched at once.

    Args:
        registry: such as ``registry.example.com``.
        options: see the module; one of them says how many repositories to ask for at once.

    Returns:
        A ``Catalogger``, which can be iterated over.
    """
    with connected(options) as to:
        return to.catalogger(to.registry(registry))


def catalog_page(
    registry: name.Registry | str, last: str, n: int, **options: Unpack[Options]
) -> list[str]:
    """The paths of some repositories of a registry (``remote.CatalogPage``).

    Args:
        registry: such as ``registry.example.com``.
        last: the repository before the first one that is wanted; ``""`` for the first.
        n: how many to ask for.
        options: see the module.

    Returns:
        The paths, in the registry's order.
    """
    with connected(options) as to:
        return to.remote.catalog_page(
            registry=to.registry(registry), last=last, n=n, client=to.client
        )


def referrers(reference: name.Digest | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """An index of what refers to a manifest: signatures, attestations (``remote.Referrers``)."""
    with connected(options) as to:
        return to.remote.referrers(reference=to.digest(reference), client=to.client)


def delete(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """Delete a manifest, or a tag where the registry can (``remote.Delete``)."""
    with connected(options) as to:
        to.remote.delete(reference=to.reference(reference), client=to.client)


def tag(tag: name.Tag | str, source: Source, **options: Unpack[Options]) -> None:
    """Put a tag on what the repository has already (``remote.Tag``)."""
    with connected(options) as to:
        to.remote.tag(tag=to.tag(tag), source=source, client=to.client)


def put(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload a manifest only; what it refers to must be there (``remote.Put``)."""
    with connected(options) as to:
        to.remote.put(reference=to.reference(reference), source=source, client=to.client)


def push(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload an image or an index with everything that belongs to it (``remote.Push``).

    Args:
        reference: the name it gets.
        source: an image or an index of either engine or of your own, or what ``get`` returned.
        options: see the module.
    """
    with connected(options) as to:
        to.remote.push(reference=to.reference(reference), source=source, client=to.client)


def write(reference: name.Reference | str, image: v1.Image, **options: Unpack[Options]) -> None:
    """Upload an image (``remote.Write``).

    Blobs that the registry has already are not sent, those of the same registry are mounted, and
    an uncompressed layer is compressed, hashed and sent in one go.
    """
    with connected(options) as to:
        to.remote.write(reference=to.reference(reference), image=image, client=to.client)


def write_index(
    reference: name.Reference | str, index: v1.ImageIndex, **options: Unpack[Options]
) -> None:
    """Upload an index and all images of it (``remote.WriteIndex``)."""
    with connected(options) as to:
        to.remote.write_index(reference=to.reference(reference), index=index, client=to.client)


def write_layer(
    repository: name.Repository | str, layer: v1.Layer, **options: Unpack[Options]
) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    with connected(options) as to:
        to.remote.write_layer(repository=to.repository(repository), layer=layer, client=to.client)


def multi_write(
    parts: Mapping[name.Reference | str, Part] | Mapping[name.Reference, Part] | Mapping[str, Part],
    **options: Unpack[Options],
) -> None:
    """Upload many images, indexes and layers, what they share only once (``remote.MultiWrite``).

    Args:
        parts: what gets which name; all in one registry.
        options: see the module.
    """
    with connected(options) as to:
        to.remote.multi_write(
            parts={to.reference(reference): part for reference, part in parts.items()},
            client=to.client,
        )


def check_push_permission(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """See whether one may push there, by an upload that is given up (``CheckPushPermission``)."""
    with connected(options) as to:
        to.remote.check_push_permission(reference=to.reference(reference), client=to.client)
