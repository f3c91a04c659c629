"""Images in registries: pkg/v1/remote through native/remote.go and native/remote_write.go.

A client lives in Go, with its connections and tokens; its handle is here. Credentials are found in
Python, those of Docker's configuration in Go.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pyggcr import v1
from pyggcr._dataclasses import asdict, fields
from pyggcr._go import call, library, models, proxies, targets, tracing, values
from pyggcr._go.credentials import credentials
from pyggcr._go.handle import Handle
from pyggcr._go.image import GoImage, GoLayer
from pyggcr._go.index import GoIndex
from pyggcr._values.remote import RemoteClient, RemoteDescriptor, RemoteOptions, Retry
from pyggcr.name import Reference, Registry, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyggcr._go.opener import Files
    from pyggcr.name import Digest, Tag

__all__ = [
    "catalog",
    "check_push_permission",
    "client",
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
    "write",
    "write_index",
    "write_layer",
]

Source: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer | RemoteDescriptor

_T = TypeVar("_T")


class GoClient(RemoteClient):
    """A client in Go; images that came of it go on without its handle."""

    def __init__(self, options: RemoteOptions) -> None:
        super().__init__(options)
        encoded = targets.encode(_client_options(options))
        number = call.ask_now(call.handle, "remote_client", encoded, len(encoded))
        self.handle = Handle(number, "client")

    def close(self) -> None:
        """Release the client in Go. Idempotent."""
        self.handle.close()


class GoDescriptor(RemoteDescriptor):
    """What a registry has under a name, held in Go."""

    def __init__(self, number: int) -> None:
        self.handle = Handle(number, "descriptor")
        self.descriptor = models.descriptor(self._ask(call.data, "descriptor"))
        self.manifest = self._ask(call.data, "descriptor_manifest")

    def _ask(self, read: Callable[[Any, Any], _T], door: str) -> _T:
        return call.ask(read, door, self.handle.number)

    def image(self) -> v1.Image:
        """The image, or that of an index which is for the platform (``Descriptor.Image``)."""
        return GoImage(self._ask(call.handle, "descriptor_image"), None)

    def image_index(self) -> v1.ImageIndex:
        """The index (``Descriptor.ImageIndex``)."""
        return GoIndex(self._ask(call.handle, "descriptor_index"), None)


def client(*, options: RemoteOptions) -> RemoteClient:
    """Make a client, which owns connections, tokens and caches (``remote.NewPuller``)."""
    return GoClient(options)


def get(*, client: RemoteClient, reference: Reference) -> RemoteDescriptor:
    """What the registry has under this name (``remote.Get``)."""
    return GoDescriptor(_ask(client, call.handle, "get", reference))


def head(*, client: RemoteClient, reference: Reference) -> v1.Descriptor:
    """Its descriptor, by a HEAD request (``remote.Head``)."""
    return models.descriptor(_ask(client, call.data, "head", reference))


def image(*, client: RemoteClient, reference: Reference) -> v1.Image:
    """The image of this name, or that of an index for the platform (``remote.Image``)."""
    return GoImage(_ask(client, call.handle, "image", reference), None)


def index(*, client: RemoteClient, reference: Reference) -> v1.ImageIndex:
    """The index of this name (``remote.Index``)."""
    return GoIndex(_ask(client, call.handle, "index", reference), None)


def layer(*, client: RemoteClient, reference: Digest) -> v1.Layer:
    """The blob with this digest (``remote.Layer``)."""
    return GoLayer(_ask(client, call.handle, "layer", reference), None)


def referrers(*, client: RemoteClient, reference: Digest) -> v1.ImageIndex:
    """An index of the manifests that refer to this one (``remote.Referrers``)."""
    return GoIndex(_ask(client, call.handle, "referrers", reference), None)


def list_tags(*, client: RemoteClient, repository: Repository) -> list[str]:
    """All tags of the repository (``remote.List``)."""
    tags: list[str] = json.loads(_ask(client, call.data, "list", repository))
    return tags


def catalog(*, client: RemoteClient, registry: Registry) -> list[str]:
    """All repositories of the registry (``remote.Catalog``)."""
    repositories: list[str] = json.loads(_ask(client, call.data, "catalog", registry))
    return repositories


def delete(*, client: RemoteClient, reference: Reference) -> None:
    """Delete the manifest or the tag (``remote.Delete``)."""
    _ask(client, call.nothing, "delete", reference)


def check_push_permission(*, client: RemoteClient, reference: Reference) -> None:
    """Begin an upload and take it back (``remote.CheckPushPermission``)."""
    _ask(client, call.nothing, "check_push_permission", reference)


def tag(*, client: RemoteClient, tag: Tag, source: Source) -> None:
    """Put the manifest under a tag; its layers must be there (``remote.Tag``)."""
    put(client=client, reference=tag, source=source)


def put(*, client: RemoteClient, reference: Reference, source: Source) -> None:
    """Upload the manifest alone (``remote.Put``)."""
    with _manifest(source) as held:
        _store(client, "put", reference, held)


def push(*, client: RemoteClient, reference: Reference, source: Source) -> None:
    """Upload the manifest and all that it needs (``remote.Push``)."""
    with _taggable(source) as held:
        _store(client, "push", reference, held)


def write(*, client: RemoteClient, reference: Reference, image: v1.Image) -> None:
    """Upload an image (``remote.Write``)."""
    push(client=client, reference=reference, source=image)


def write_index(*, client: RemoteClient, reference: Reference, index: v1.ImageIndex) -> None:
    """Upload an index and its images (``remote.WriteIndex``)."""
    push(client=client, reference=reference, source=index)


def write_layer(*, client: RemoteClient, repository: Repository, layer: v1.Layer) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    with values.held(layer) as held:
        _store(client, "write_layer", repository, held)


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


def _lists_indexes(index: v1.ImageIndex) -> bool:
    return any(it.media_type.is_index() for it in index.index_manifest().manifests or ())


def _write_all(client: RemoteClient, parts: Mapping[Reference, Source]) -> None:
    request = targets.encode([_target(name, client.options) for name in parts])
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(_taggable(source)) for source in parts.values()]
        numbers = library.load().ffi.new(
            "pyggcr_handle[]", [handle.number for handle, _files in held]
        )
        call.ask(
            call.nothing,
            "remote_multi_write",
            _number(client),
            request,
            len(request),
            numbers,
            opener=_first([files for _handle, files in held]),
        )


_Held: TypeAlias = "tuple[Handle, Files | None]"


def _store(client: RemoteClient, door: str, where: Reference | Repository, held: _Held) -> None:
    handle, files = held
    _ask(client, call.nothing, door, where, handle.number, opener=files)


def _ask(
    client: RemoteClient,
    read: Callable[[Any, Any], _T],
    door: str,
    resource: Reference | Registry | Repository,
    *more: object,
    opener: Files | None = None,
) -> _T:
    request = targets.encode(_target(resource, client.options))
    return call.ask(
        read, f"remote_{door}", _number(client), request, len(request), *more, opener=opener
    )


def _target(resource: Reference | Registry | Repository, options: RemoteOptions) -> dict[str, Any]:
    owner = resource.context() if isinstance(resource, Reference) else resource
    return {**targets.of(resource), **credentials(owner, options)}


@contextlib.contextmanager
def _manifest(source: Source) -> Iterator[_Held]:
    """What has a manifest to put: in Go already, or as bytes, or asked for it."""
    if isinstance(source, GoDescriptor):
        yield source.handle, None
    elif isinstance(source, RemoteDescriptor):
        raw, media_type = source.manifest, str(source.descriptor.media_type).encode()
        handle = Handle(
            call.ask_now(
                call.handle, "remote_manifest", raw, len(raw), media_type, len(media_type)
            ),
            "manifest",
        )
        try:
            yield handle, None
        finally:
            handle.close()
    else:
        with values.held(source) as held:
            yield held


@contextlib.contextmanager
def _taggable(source: Source) -> Iterator[_Held]:
    """What can be pushed. Of another engine's descriptor, what it describes."""
    if isinstance(source, RemoteDescriptor) and not isinstance(source, GoDescriptor):
        media_type = source.descriptor.media_type
        if media_type.is_index():
            source = source.image_index()
        elif media_type.is_image():
            source = source.image()
    with _manifest(source) as held:
        yield held


def _number(client: RemoteClient) -> int:
    """The number of the client's handle, if this engine made it."""
    if not isinstance(client, GoClient):
        raise TypeError(f"expected a client of the Go engine, not {type(client).__name__}")
    return client.handle.number


def _client_options(options: RemoteOptions) -> dict[str, Any]:
    """The options as native/client.go knows them: each by the name of its field."""
    given = {
        field.name: _json_value(getattr(options, field.name))
        for field in fields(options)
        if field.name not in _CREDENTIALS
    }
    return {**given, "trace": tracing.options(), **proxies.environment()}


# These go with each reference, see ``credentials``.
_CREDENTIALS = ("auth", "keychain")


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


def _first(all_files: list[Files | None]) -> Files | None:
    return next((files for files in all_files if files is not None), None)
