"""Images in registries: pkg/v1/remote through native/remote.go.

A client lives in Go, with its connections and tokens; its handle is here. Credentials are found in
Python, those of Docker's configuration in Go.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyggcr import v1
from pyggcr._dataclasses import asdict, fields
from pyggcr._go import proxies, tracing
from pyggcr._go.credentials import authenticated, own_client
from pyggcr._go.handle import GoObject, Handle
from pyggcr._go.table import function
from pyggcr._os import go_log
from pyggcr._values.remote import RemoteClient, RemoteDescriptor, RemoteOptions, Retry
from pyggcr.name import Reference, Registry, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from pyggcr._go.opener import Source as Origin
    from pyggcr._values.pages import Pages
    from pyggcr.name import Digest, Tag

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

Source: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer | RemoteDescriptor


class GoClient(RemoteClient):
    """A client in Go; images that came of it go on without its handle.

    Attributes:
        handle: what the library knows it by.
        sources: what Go may call back for it, and for what comes of it: the retry predicate.
    """

    def __init__(self, options: RemoteOptions) -> None:
        super().__init__(options)
        predicate = None
        if options.retry_predicate is not None:
            from pyggcr._go.python_value import Predicate

            predicate = Predicate(options.retry_predicate)
        self.sources: tuple[Origin, ...] = () if predicate is None else (predicate,)
        self.handle: Handle = function("remote.Client")(_client_options(options), predicate)

    def close(self) -> None:
        """Release the client in Go. Idempotent."""
        self.handle.close()


class GoDescriptor(GoObject, RemoteDescriptor):
    """What a reference points to in a registry, held in Go."""

    def __init__(self, number: int, sources: tuple[Origin, ...]) -> None:
        self.handle = Handle(number, "descriptor")
        self.sources = sources
        self.descriptor = self._ask("Descriptor")
        self.manifest = self._ask("Manifest")

    def _ask(self, method: str) -> Any:
        return function(f"Descriptor.{method}")(self)

    def image(self) -> v1.Image:
        """The image, or the one of an index for the platform (``Descriptor.Image``)."""
        found: v1.Image = self._ask("Image")
        return found

    def image_index(self) -> v1.ImageIndex:
        """The index (``Descriptor.ImageIndex``)."""
        found: v1.ImageIndex = self._ask("ImageIndex")
        return found

    def schema1(self) -> v1.Image:
        """What it describes, taken for an image of schema 1 (``Descriptor.Schema1``)."""
        found: v1.Image = self._ask("Schema1")
        return found


def client(*, options: RemoteOptions) -> RemoteClient:
    """Make a client, which owns connections, tokens and caches (``remote.NewPuller``)."""
    return GoClient(options)


def get(*, client: RemoteClient, reference: Reference) -> RemoteDescriptor:
    """What the registry has under this name (``remote.Get``)."""
    found: RemoteDescriptor = _ask("Get", client, reference)
    return found


def head(*, client: RemoteClient, reference: Reference) -> v1.Descriptor:
    """Its descriptor, by a HEAD request (``remote.Head``)."""
    found: v1.Descriptor = _ask("Head", client, reference)
    return found


def image(*, client: RemoteClient, reference: Reference) -> v1.Image:
    """The image of this name, or that of an index for the platform (``remote.Image``)."""
    found: v1.Image = _ask("Image", client, reference)
    return found


def index(*, client: RemoteClient, reference: Reference) -> v1.ImageIndex:
    """The index of this name (``remote.Index``)."""
    found: v1.ImageIndex = _ask("Index", client, reference)
    return found


def layer(*, client: RemoteClient, reference: Digest) -> v1.Layer:
    """The blob with this digest (``remote.Layer``)."""
    found: v1.Layer = _ask("Layer", client, reference)
    return found


def referrers(*, client: RemoteClient, reference: Digest) -> v1.ImageIndex:
    """An index of the manifests that refer to this one (``remote.Referrers``)."""
    found: v1.ImageIndex = _ask("Referrers", client, reference)
    return found


def list_tags(*, client: RemoteClient, repository: Repository) -> list[str]:
    """All tags of the repository (``remote.List``)."""
    tags: list[str] = _ask("List", client, repository)
    return tags


def lister(*, client: RemoteClient, repository: Repository) -> Pages:
    """The tags of the repository, page by page (``Puller.Lister``)."""
    return _pages(client, "Lister", repository)


def catalog(*, client: RemoteClient, registry: Registry) -> list[str]:
    """All repositories of the registry (``remote.Catalog``)."""
    repositories: list[str] = _ask("Catalog", client, registry)
    return repositories


def catalogger(*, client: RemoteClient, registry: Registry) -> Pages:
    """The repositories of the registry, page by page (``Puller.Catalogger``)."""
    return _pages(client, "Catalogger", registry)


def catalog_page(*, client: RemoteClient, registry: Registry, last: str, n: int) -> list[str]:
    """The repositories of one page, after a name (``remote.CatalogPage``)."""
    repositories: list[str] = _ask("CatalogPage", client, registry, last, n)
    return repositories


def delete(*, client: RemoteClient, reference: Reference) -> None:
    """Delete the manifest or the tag (``remote.Delete``)."""
    _ask("Delete", client, reference)


def check_push_permission(*, client: RemoteClient, reference: Reference) -> None:
    """Begin an upload and take it back (``remote.CheckPushPermission``)."""
    _ask("CheckPushPermission", client, reference)


def tag(*, client: RemoteClient, tag: Tag, source: Source) -> None:
    """Put the manifest under a tag; its layers must be there (``remote.Tag``)."""
    put(client=client, reference=tag, source=source)


def put(*, client: RemoteClient, reference: Reference, source: Source) -> None:
    """Upload the manifest alone (``remote.Put``)."""
    _ask("Put", client, reference, source)


def push(*, client: RemoteClient, reference: Reference, source: Source) -> None:
    """Upload the manifest and all that it needs (``remote.Push``)."""
    _ask("Push", client, reference, _taggable(source))


def write(*, client: RemoteClient, reference: Reference, image: v1.Image) -> None:
    """Upload an image (``remote.Write``)."""
    push(client=client, reference=reference, source=image)


def write_index(*, client: RemoteClient, reference: Reference, index: v1.ImageIndex) -> None:
    """Upload an index and its images (``remote.WriteIndex``)."""
    push(client=client, reference=reference, source=index)


def write_layer(*, client: RemoteClient, repository: Repository, layer: v1.Layer) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    _ask("WriteLayer", client, repository, layer)


def multi_write(*, client: RemoteClient, parts: Mapping[Reference, Source]) -> None:
    """Upload several images, indexes or layers, what they share once (``remote.MultiWrite``).

    Images come before indexes, and indexes of indexes last, one by one: some registries refuse an
    index beside which an image that it lists is written once more (docs/upstream-findings.md).
    """
    indexes = {name: part for name, part in parts.items() if isinstance(part, v1.ImageIndex)}
    nested = {name: part for name, part in indexes.items() if _lists_indexes(part)}
    groups: list[Mapping[Reference, Source]] = [
        {name: part for name, part in parts.items() if name not in indexes},
        {name: part for name, part in indexes.items() if name not in nested},
        *({name: part} for name, part in nested.items()),
    ]
    for group in filter(None, groups):
        _write_all(client, group)


def _pages(client: RemoteClient, kind: str, resource: Repository | Registry) -> Pages:
    from pyggcr._go.pages import GoPages  # few calls need it

    return GoPages(_ask(kind, client, resource), own_client(client).sources)


def _lists_indexes(index: v1.ImageIndex) -> bool:
    return any(it.media_type.is_index() for it in index.index_manifest().manifests or ())


def _write_all(client: RemoteClient, parts: Mapping[Reference, Source]) -> None:
    own = own_client(client)
    for reference in parts:
        authenticated(own, reference.context())
    function("remote.MultiWrite")(own, list(parts), list(map(_taggable, parts.values())))


def _ask(
    name: str, client: RemoteClient, resource: Reference | Registry | Repository, *more: object
) -> Any:
    owner = resource.context() if isinstance(resource, Reference) else resource
    own = authenticated(client, owner)
    return function(f"remote.{name}")(own, resource, *more)


def _taggable(source: Source) -> Source:
    """What can be pushed: of a descriptor that does not live in Go, what it describes."""
    if isinstance(source, RemoteDescriptor) and not isinstance(source, GoDescriptor):
        media_type = source.descriptor.media_type
        if media_type.is_index():
            return source.image_index()
        if media_type.is_image():
            return source.image()
    return source


def _client_options(options: RemoteOptions) -> dict[str, Any]:
    """The options as native/client.go knows them: each by the name of its field."""
    given = {
        field.name: _json_value(getattr(options, field.name))
        for field in fields(options)
        if field.name not in _NO_DATA
    }
    return {**given, "trace": tracing.options(), "log": go_log.options(), **proxies.environment()}


# A client is told of credentials with each reference, see ``credentials``.
_NO_DATA = ("auth", "hosts", "keychain", "retry_predicate")


def _json_value(value: Any) -> Any:
    if isinstance(value, v1.Platform):
        return {
            "os": value.os,
            "architecture": value.architecture,
            "variant": value.variant,
            "os.version": value.os_version,
            "os.features": value.os_features,
            "features": value.features,
        }
    if isinstance(value, Retry):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else value
