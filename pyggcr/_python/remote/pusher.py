"""What is written in which order, and what need not be: pkg/v1/remote/pusher.go.

Blobs first, several at once, then the manifest that refers to them; of an index first its
children. A manifest that is there already is not written, nor is what it refers to.
"""

from __future__ import annotations

import functools
import io
from collections import deque
from itertools import islice

from pyggcr import limits, name, v1
from pyggcr._layers import derived
from pyggcr._layers.compressed import CompressedLayer
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.task_group import TaskGroup
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr._os.logs import Log
from pyggcr._python import partial
from pyggcr._python.remote.descriptor import Descriptor
from pyggcr._python.remote.fetcher import Fetcher
from pyggcr._python.remote.images import ImageCore, RemoteImage
from pyggcr._values.remote import RemoteDescriptor
from pyggcr.errors import (
    CancelledError,
    Error,
    StreamNotComputedError,
    TransportError,
    UnsupportedOptionError,
)
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from pyggcr._python.remote.client import Client, Outlook
    from pyggcr._python.remote.indexes import RemoteIndex
    from pyggcr._python.remote.writer import Writer
else:
    from pyggcr._typing import TypeVar

__all__ = ["Pusher"]

T = TypeVar("T")

_NOT_THERE = 404
_IMAGES_PER_JOB = 4  # of an index, that are worked at together
_CONFIG_LIMIT = 16 << 20  # bytes; nobody has asked for it
_FORBIDDEN = 403  # some registries say so of what is not there

_log = Log(__name__)


class Pusher:
    """Writes for one call (``remote.Pusher``)."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jobs = client.options.jobs

    def put(self, reference: name.Reference, source: Any) -> None:
        """Write the manifest alone (``Pusher.Put``)."""
        writer = self._client.writer(reference.context())
        writer.commit_manifest(reference, *_manifest_of(source))

    def upload(self, repository: name.Repository, layer: v1.Layer) -> None:
        """Write a blob (``Pusher.Upload``)."""
        writer = self._client.writer(repository)
        with WorkerPool(1) as pool:
            writer.upload(layer, pool)

    def push_all(self, sources: Mapping[name.Reference, Any]) -> None:
        """Write each with all that it refers to (``Pusher.Push``, ``MultiWrite``)."""
        with WorkerPool(self._jobs) as pool, TaskGroup(self._jobs) as group:
            for reference, source in sources.items():
                push = self._push(reference, group, pool)
                try:
                    push.write(reference, source)
                except RecursionError:
                    raise UnsupportedOptionError("indexes are nested too deeply") from None

    def _push(self, reference: name.Reference, group: TaskGroup, pool: WorkerPool) -> _Push:
        outlook = self._client.take_outlook(reference)
        if outlook is None:
            return _Push(self._client, self._client.writer(reference.context()), group, pool)
        push = _Push(self._client, outlook.writer(), group, pool)
        push.outlooks[reference] = outlook
        return push


class _Push:
    """Writes to one repository with the threads of a call."""

    def __init__(self, client: Client, writer: Writer, group: TaskGroup, pool: WorkerPool) -> None:
        self._client = client
        self._writer = writer
        self._team = group
        self._pool = pool
        self._fetcher = Fetcher(writer.repository, writer.session, client.options)
        self._likely: set[v1.Hash] = set()  # DiffIDs of layers that the repository has
        self.outlooks: dict[name.Reference, Outlook] = {}

    def write(self, reference: name.Reference, source: Any) -> None:
        """Write a manifest with all that it refers to (``writeManifest``)."""
        source = _opened(source)
        if isinstance(source, v1.Layer):
            self._write_blobs([source])
        elif isinstance(source, v1.Image) and _is_to_be_compressed(source):
            self._write_compressing(reference, source)
        else:
            self._write_known(reference, source)

    def _write_known(self, reference: name.Reference, source: Any) -> None:
        try:
            raw, media_type = _manifest_of(source)
        except StreamNotComputedError:
            self._write_streamed(reference, source)
            return
        digest = _digest_of(source, raw)
        if not self._exists(reference, digest):
            # A manifest that was written under another tag needs no blobs any more.
            self._writer.tasks.do(digest, functools.partial(self._write_parts, source))
            self._writer.commit_manifest(reference, raw, media_type)

    def _write_streamed(self, reference: name.Reference, source: Any) -> None:
        """Write what nobody knows before the streams of its layers were read."""
        self._write_parts(source)
        raw, media_type = _manifest_of(source)
        digest = _digest_of(source, raw)
        if not self._exists(reference, digest):
            self._writer.tasks.note(digest)
            self._writer.commit_manifest(reference, raw, media_type)

    def _write_compressing(self, reference: name.Reference, image: v1.Image) -> None:
        """Write an image whose digest is known only when its layers are there."""
        if isinstance(reference, name.Tag) and self._is_same(reference, image):
            return
        self._write_parts(image)
        raw, media_type = _manifest_of(image)
        self._writer.tasks.note(v1.sha256(io.BytesIO(raw))[0])
        self._writer.commit_manifest(reference, raw, media_type)

    def _is_same(self, tag: name.Tag, image: v1.Image) -> bool:
        """Whether the tag is of this image already.

        Only if it has the same config it is worth while to compress before anything is sent. If it
        has not, it tells which layers are likely to be there.
        """
        found = self._head(tag)
        if found is None:
            return False
        try:
            reference = tag.context().digest(str(found.digest))
            raw = self._fetcher.manifest(reference, [found.media_type])[0]
            other = RemoteImage(ImageCore(self._fetcher, raw, found))
            config = other.manifest().config
            if config.digest != image.config_name():
                if 0 < config.size <= _CONFIG_LIMIT:
                    self._likely.update(other.config_file().rootfs.diff_ids or ())
                return False
        except CancelledError:
            raise
        except Error as error:
            _log.debug("nothing is known of %s: %s", tag, error.message)  # it may be an index
            return False
        return image.digest() == found.digest

    def _exists(self, reference: name.Reference, digest: v1.Hash) -> bool:
        found = self._head(reference)
        if found is None or found.digest != digest:
            return False
        shown = f"{reference.identifier()}@" if isinstance(reference, name.Tag) else ""
        _log.info("existing manifest: %s%s", shown, digest)
        return True

    def _head(self, reference: name.Reference) -> v1.Descriptor | None:
        """What is there under the name (``manifestExists``)."""
        outlook = self.outlooks.pop(reference, None)
        try:
            return outlook.found() if outlook else self._fetcher.head_manifest(reference)
        except TransportError as error:
            if error.status not in (_NOT_THERE, _FORBIDDEN):
                raise
        return None

    def _write_parts(self, source: Any) -> None:
        """Write what a manifest refers to (``writeDeps``)."""
        if isinstance(source, v1.Image):
            blobs = source.layers()
            if not source.media_type().is_schema1():
                try:
                    blobs.append(_config_layer(source))
                except StreamNotComputedError:
                    self._write_blobs(blobs)
                    blobs = [_config_layer(source)]
            self._write_blobs(blobs)
        elif isinstance(source, v1.ImageIndex):
            self._write_children(source)
        elif isinstance(source, Descriptor) and source.descriptor.media_type.is_schema1():
            self._write_blobs(source.schema1().layers())

    def _write_blobs(self, blobs: list[v1.Layer]) -> None:
        # What is largest first, so that no thread is left alone with it in the end.
        anywhere = filter(may_be_read_anywhere, blobs)
        self._start(self._upload, sorted(anywhere, key=_known_size, reverse=True))
        for blob in blobs:
            if not may_be_read_anywhere(blob):
                self._upload(blob)
        self._team.finish()

    def _start(self, work: Callable[[T], object], items: Iterable[T]) -> None:
        """Begin to do something with each item, in so many threads as there are jobs."""
        waiting = deque(items)

        def work_off() -> None:
            while True:
                limits.current().check()
                try:
                    item = waiting.popleft()
                except IndexError:
                    return
                work(item)

        for _ in range(min(self._client.options.jobs, len(waiting))):
            self._team.start(work_off)

    def _upload(self, blob: v1.Layer) -> None:
        if isinstance(blob, UncompressedLayer) and blob.diff_id() in self._likely:
            blob.compress(self._pool)  # then its digest can be asked for
        self._writer.upload(blob, self._pool)

    def _write_children(self, index: v1.ImageIndex) -> None:
        """Write what an index lists (``writeChildren``)."""
        from pyggcr._python.remote.indexes import RemoteIndex  # for indexes only

        if isinstance(index, RemoteIndex):
            rest = self._write_images(index)
            children: Iterable[Any] = map(index.child, rest)
        else:
            children = derived.each_manifest(index)
        for child in children:
            if isinstance(child, v1.Layer):
                self._write_blobs([child])
            elif isinstance(child, v1.Image | v1.ImageIndex):
                try:
                    digest = child.digest()
                except StreamNotComputedError:
                    self._write_parts(child)
                    digest = child.digest()
                self.write(self._writer.repository.digest(str(digest)), child)
            else:
                raise UnsupportedOptionError("encountered unknown child: partial.describable")

    def _write_images(self, index: RemoteIndex) -> list[v1.Descriptor]:
        """Write the images that an index of a registry lists, several at once; what else it lists.

        What one of them needs is not waited for: first all are looked for, then all their blobs
        are written, then their manifests.
        """
        images: dict[v1.Hash, v1.Descriptor] = {}
        rest = []
        for entry in index.index_manifest().manifests or ():
            if entry.media_type.is_image() and entry.digest.algorithm == "sha256":
                images.setdefault(entry.digest, entry)
            else:
                rest.append(entry)
        waiting = iter(images.values())
        while some := list(islice(waiting, self._client.options.jobs * _IMAGES_PER_JOB)):
            self._write_some(index, some)
        return rest

    def _write_some(self, index: RemoteIndex, entries: list[v1.Descriptor]) -> None:
        missing: list[tuple[name.Digest, Any]] = []

        def look(entry: v1.Descriptor) -> None:
            reference = self._writer.repository.digest(str(entry.digest))
            if not self._exists(reference, entry.digest):
                missing.append((reference, index.child(entry)))

        def commit(child: tuple[name.Digest, Any]) -> None:
            self._writer.commit_manifest(child[0], *_manifest_of(child[1]))

        self._start(look, entries)
        self._team.finish()
        blobs: dict[tuple[v1.Hash, MediaType], v1.Layer] = {}
        for reference, image in missing:
            if not self._writer.tasks.is_done(v1.new_hash(reference.digest_str())):
                for blob in (*image.layers(), _config_layer(image)):
                    blobs.setdefault((blob.digest(), blob.media_type()), blob)
        self._write_blobs(list(blobs.values()))
        for reference, _ in missing:
            self._writer.tasks.note(v1.new_hash(reference.digest_str()))
        # Two manifests with one subject may change the same list of referrers.
        self._start(commit, [it for it in missing if it[1].manifest().subject is None])
        self._team.finish()
        for child in missing:
            if child[1].manifest().subject is not None:
                commit(child)


def _opened(source: Any) -> Any:
    """What a descriptor describes; anything else is itself (``taggableToManifest``)."""
    if isinstance(source, RemoteDescriptor):
        media_type = source.descriptor.media_type
        if media_type.is_index():
            return source.image_index()
        if media_type.is_image():
            return source.image()
    return source


def _manifest_of(source: Any) -> tuple[bytes, MediaType]:
    """The bytes of a manifest and what they are (``unpackTaggable``)."""
    if isinstance(source, RemoteDescriptor):
        return source.manifest, source.descriptor.media_type
    media_type = getattr(source, "media_type", None)
    kind = media_type() if media_type is not None else MediaType.DOCKER_MANIFEST_SCHEMA2
    return source.raw_manifest(), kind


def _digest_of(source: Any, raw: bytes) -> v1.Hash:
    # A signed manifest of schema 1 has a digest of its own.
    if isinstance(source, RemoteDescriptor):
        return source.descriptor.digest
    if isinstance(source, v1.Image) and source.media_type().is_schema1():
        return source.digest()
    return v1.sha256(io.BytesIO(raw))[0]


def _config_layer(image: v1.Image) -> v1.Layer:
    own = getattr(image, "config_layer", None)
    layer: v1.Layer = own() if own is not None else partial.config_layer(image)
    return layer


def _is_to_be_compressed(image: v1.Image) -> bool:
    return any(
        isinstance(layer, UncompressedLayer) and not layer.is_compressed()
        for layer in image.layers()
    )


def _known_size(layer: v1.Layer) -> int:
    """Size of a blob where a manifest tells it, else 0."""
    return layer.size() if isinstance(layer, CompressedLayer) else 0
