"""Images in registries: pkg/v1/remote through native/remote.go and native/remote_write.go.

Calls with the same ``RemoteOptions`` share a client in Go, with its connections and tokens, for as
long as the options live. Credentials are found in Python, those of Docker's configuration in Go.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pyggcr import v1
from pyggcr._go import authn, call, library, models, proxies, targets, tracing, values
from pyggcr._go.handle import Handle
from pyggcr._go.image import GoImage, GoLayer
from pyggcr._go.index import GoIndex
from pyggcr._values.remote import RemoteDescriptor, RemoteOptions
from pyggcr.name import Reference, Registry, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyggcr._go.opener import Files
    from pyggcr.name import Digest, Tag

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
    "write",
    "write_index",
    "write_layer",
]

Source: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer | RemoteDescriptor
Part: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer

_T = TypeVar("_T")

_clients: weakref.WeakKeyDictionary[RemoteOptions, Handle] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


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


def get(ref: Reference, options: RemoteOptions) -> RemoteDescriptor:
    """What the registry has under this name (``remote.Get``)."""
    return GoDescriptor(_ask(call.handle, "get", ref, options))


def head(ref: Reference, options: RemoteOptions) -> v1.Descriptor:
    """Its descriptor, by a HEAD request (``remote.Head``)."""
    return models.descriptor(_ask(call.data, "head", ref, options))


def image(ref: Reference, options: RemoteOptions) -> v1.Image:
    """The image of this name, or that of an index for the platform (``remote.Image``)."""
    return GoImage(_ask(call.handle, "image", ref, options), None)


def index(ref: Reference, options: RemoteOptions) -> v1.ImageIndex:
    """The index of this name (``remote.Index``)."""
    return GoIndex(_ask(call.handle, "index", ref, options), None)


def layer(ref: Digest, options: RemoteOptions) -> v1.Layer:
    """The blob with this digest (``remote.Layer``)."""
    return GoLayer(_ask(call.handle, "layer", ref, options), None)


def referrers(ref: Digest, options: RemoteOptions) -> v1.ImageIndex:
    """An index of the manifests that refer to this one (``remote.Referrers``)."""
    return GoIndex(_ask(call.handle, "referrers", ref, options), None)


def list_tags(repository: Repository, options: RemoteOptions) -> list[str]:
    """All tags of the repository (``remote.List``)."""
    tags: list[str] = json.loads(_ask(call.data, "list", repository, options))
    return tags


def catalog(registry: Registry, options: RemoteOptions) -> list[str]:
    """All repositories of the registry (``remote.Catalog``)."""
    repositories: list[str] = json.loads(_ask(call.data, "catalog", registry, options))
    return repositories


def delete(ref: Reference, options: RemoteOptions) -> None:
    """Delete the manifest or the tag (``remote.Delete``)."""
    _ask(call.nothing, "delete", ref, options)


def check_push_permission(ref: Reference, options: RemoteOptions) -> None:
    """Begin an upload and take it back (``remote.CheckPushPermission``)."""
    _ask(call.nothing, "check_push_permission", ref, options)


def tag(tag: Tag, source: Source, options: RemoteOptions) -> None:
    """Put the manifest under a tag; its layers must be there (``remote.Tag``)."""
    put(tag, source, options)


def put(ref: Reference, source: Source, options: RemoteOptions) -> None:
    """Upload the manifest alone (``remote.Put``)."""
    with _manifest(source) as held:
        _store("put", ref, held, options)


def push(ref: Reference, source: Source, options: RemoteOptions) -> None:
    """Upload the manifest and all that it needs (``remote.Push``)."""
    with _taggable(source) as held:
        _store("push", ref, held, options)


def write(ref: Reference, image: v1.Image, options: RemoteOptions) -> None:
    """Upload an image (``remote.Write``)."""
    push(ref, image, options)


def write_index(ref: Reference, index: v1.ImageIndex, options: RemoteOptions) -> None:
    """Upload an index and its images (``remote.WriteIndex``)."""
    push(ref, index, options)


def write_layer(repository: Repository, layer: v1.Layer, options: RemoteOptions) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    with values.held(layer) as held:
        _store("write_layer", repository, held, options)


def multi_write(todo: Mapping[Reference, Part], options: RemoteOptions) -> None:
    """Upload several images, indexes or layers, what they share once (``remote.MultiWrite``).

    Images come before indexes, and indexes of indexes last, one by one: some registries refuse an
    index beside which an image that it lists is written once more (docs/upstream-findings.md).
    """
    indexes = {ref: part for ref, part in todo.items() if isinstance(part, v1.ImageIndex)}
    nested = {ref: part for ref, part in indexes.items() if _lists_indexes(part)}
    groups: list[Mapping[Reference, Part]] = [
        {ref: part for ref, part in todo.items() if ref not in indexes},
        {ref: part for ref, part in indexes.items() if ref not in nested},
        *({ref: part} for ref, part in nested.items()),
    ]
    for group in filter(None, groups):
        _write_all(group, options)


def _lists_indexes(index: v1.ImageIndex) -> bool:
    return any(it.media_type.is_index() for it in index.index_manifest().manifests or ())


def _write_all(todo: Mapping[Reference, Part], options: RemoteOptions) -> None:
    request = targets.encode([_target(ref, options) for ref in todo])
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(_taggable(source)) for source in todo.values()]
        numbers = library.load().ffi.new(
            "pyggcr_handle[]", [handle.number for handle, _files in held]
        )
        call.ask(
            call.nothing,
            "remote_multi_write",
            _client(options).number,
            request,
            len(request),
            numbers,
            opener=_first([files for _handle, files in held]),
        )


_Held: TypeAlias = "tuple[Handle, Files | None]"


def _store(door: str, where: Reference | Repository, held: _Held, options: RemoteOptions) -> None:
    handle, files = held
    _ask(call.nothing, door, where, options, handle.number, opener=files)


def _ask(
    read: Callable[[Any, Any], _T],
    door: str,
    resource: Reference | Registry | Repository,
    options: RemoteOptions,
    *more: object,
    opener: Files | None = None,
) -> _T:
    request = targets.encode(_target(resource, options))
    client = _client(options)
    return call.ask(
        read, f"remote_{door}", client.number, request, len(request), *more, opener=opener
    )


def _target(resource: Reference | Registry | Repository, options: RemoteOptions) -> dict[str, Any]:
    owner = resource.context() if isinstance(resource, Reference) else resource
    return {**targets.of(resource), **authn.credentials(owner, options)}


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


def _client(options: RemoteOptions) -> Handle:
    """The client of these options; made by the first call."""
    library.load()  # a forked child is refused before it waits for a lock that nobody holds
    with _lock:
        handle = _clients.get(options)
        if handle is None:
            encoded = targets.encode(_client_options(options))
            number = call.ask_now(call.handle, "remote_client", encoded, len(encoded))
            handle = _clients[options] = Handle(number, "client")
        return handle


def _client_options(options: RemoteOptions) -> dict[str, Any]:
    """The options as native/client.go knows them."""
    return {
        "platform": {
            "os": options.platform.os,
            "architecture": options.platform.architecture,
            "variant": options.platform.variant,
            "os.version": options.platform.os_version,
            "os.features": options.platform.os_features,
            "features": options.platform.features,
        },
        "retry": dataclasses.asdict(options.retry),
        "filter": dict(options.filter),
        "trace": tracing.options(),
        **proxies.environment(),
        **{name: getattr(options, name) for name in _AS_THEY_ARE},
    }


_AS_THEY_ARE = (
    "user_agent",
    "jobs",
    "retry_statuses",
    "insecure",
    "allow_nondistributable_artifacts",
    "page_size",
    "referrers_tag_fallback",
    "ca_file",
    "client_certificate",
    "client_key",
    "proxy",
)


def _first(all_files: list[Files | None]) -> Files | None:
    return next((files for files in all_files if files is not None), None)
