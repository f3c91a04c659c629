"""Write OCI layouts into folders as Go does: pkg/v1/layout/write.go, blob.go and gc.go.

Every file is renamed into place once it is complete, and ``index.json`` comes last. Several layers
are written at a time; one that is not compressed yet is compressed once, while it is written.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import io
import os

from pyggcr import limits, v1
from pyggcr._gostd.json import marshal
from pyggcr._gostd.json.indent import indent
from pyggcr._gostd.path import join
from pyggcr._layers import one_pass
from pyggcr._layers.archive_writer import JOBS
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.task_group import TaskGroup
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr._os.atomic_write import AtomicFile, atomic_write
from pyggcr._os.file import path_error
from pyggcr._os.folder import make_folder
from pyggcr.engine import select
from pyggcr.errors import (
    CancelledError,
    Error,
    StreamNotComputedError,
    UnsupportedOptionError,
    ValidationError,
)
from pyggcr.layout import files
from pyggcr.layout.reading import LayoutIndex, check_layout, index_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import BinaryIO

    from typing_extensions import Buffer

__all__ = ["Path", "from_path", "write"]

_LAYOUT = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
_STEP = b"   "  # by which Go indents an index.json that it has changed
_BLOB_MODE = 0o666  # of configs and manifests, less the umask
_LAYER_MODE = 0o600  # of what os.CreateTemp makes
_READ_SIZE = 1 << 20
_INDEX = "index.json"
_PLAIN = "sha256"  # the algorithm of a layer that nobody has hashed yet


def from_path(path: str | os.PathLike[str]) -> Path:
    """Open a folder that has an ``index.json`` as a layout (``layout.FromPath``).

    Args:
        path: the folder. Only the presence of ``index.json`` is checked.

    Returns:
        The layout.

    Raises:
        FileAccessError: there is no layout.
    """
    check_layout(os.fspath(path))
    return Path(path)


def write(path: str | os.PathLike[str], index: v1.ImageIndex) -> Path:
    """Write an index, and everything that it lists, as an OCI layout (``layout.Write``).

    ``oci-layout`` comes first, then the blobs, and ``index.json`` last. Existing blobs of the right
    size, where that is known, are not written again. Permissions are Go's, less the umask: 0777 for
    ``oci-layout``, ``index.json`` and nested indexes, 0666 for configs and manifests, 0600 for
    layers.

    Args:
        path: the folder; it is created if it does not exist.
        index: becomes the ``index.json``, byte for byte.

    Returns:
        The layout.

    Raises:
        FileAccessError: the folder cannot be written; every file in it is complete.
        ValidationError: a layer is not as long as it says.
        UnsupportedOptionError: the index lists something that is neither an image nor an index, and
            that it cannot open. Go panics.
        Error: the index cannot be read; the subclass says why.

    Examples:
        >>> import tempfile
        >>> from pyggcr import empty
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     layout = write(folder, empty.index())
        ...     layout.append_image(empty.image())
        ...     len(layout.image_index().index_manifest().manifests)
        1
    """
    layout = Path(path)
    layout.write_file("oci-layout", _LAYOUT)
    _write_index(layout, _INDEX, index)
    return layout


class Path:
    """An OCI layout in a folder, to which images can be added (``layout.Path``).

    Nothing is locked: two processes that change one ``index.json`` at the same time lose an entry,
    as in Go.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Choose a folder, which need not contain a layout yet.

        Args:
            path: the folder.
        """
        self._folder = os.fspath(path)

    def __fspath__(self) -> str:
        return self._folder

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._folder!r})"

    # What is there.

    def image_index(self) -> LayoutIndex:
        """Open the index of the layout (``Path.ImageIndex``).

        Returns:
            The index.

        Raises:
            FileAccessError: there is none, or it cannot be read.
            Error: ``index.json`` is not a regular file, or too large.
        """
        return index_of(self._folder)

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Open an image that ``index.json`` lists (``Path.Image``).

        Args:
            digest: the digest of its manifest; an empty ``Hash`` for the only entry.

        Returns:
            The image.

        Raises:
            InvalidHashError: a text is not a digest.
            FileAccessError: the layout cannot be read.
            Error: ``index.json`` does not list the digest, or not as an image.
        """
        return self.image_index().image(digest)

    def blob(self, digest: v1.Hash | str) -> io.RawIOBase:
        """Open a blob (``Path.Blob``).

        Args:
            digest: the digest of the blob.

        Returns:
            A stream, which the caller has to close.

        Raises:
            InvalidHashError: a text is not a digest.
            FileAccessError: the blob is missing, or cannot be read.
            Error: the blob is a link or not a regular file.
        """
        return files.open_blob(self._folder, v1.to_hash(digest))

    def bytes(self, digest: v1.Hash | str) -> builtins.bytes:
        """Read a blob (``Path.Bytes``).

        Args:
            digest: the digest of the blob.

        Returns:
            All its bytes.

        Raises:
            InvalidHashError: a text is not a digest.
            FileAccessError: the blob is missing, or cannot be read.
            Error: the blob is a link or not a regular file.
        """
        with self.blob(digest) as blob:
            return blob.read()

    # What is added and removed.

    def append_image(
        self,
        image: v1.Image,
        *,
        annotations: Mapping[str, str] | None = None,
        platform: v1.Platform | None = None,
        urls: Iterable[str] | None = None,
    ) -> None:
        """Write an image and list it in ``index.json`` (``Path.AppendImage``).

        An image that is listed already is listed again. The platform is not filled in
        automatically.

        Args:
            image: any image, even one with layers over streams that were not read yet.
            annotations: further annotations of the entry (``WithAnnotations``); default none.
            platform: the platform in the entry (``WithPlatform``); default none.
            urls: further addresses, added to those of the descriptor (``WithURLs``); default none.

        Raises:
            FileAccessError: the folder cannot be written, or has no ``index.json``.
            ValidationError: a layer is not as long as it says.
            Error: the image cannot be read, or ``index.json`` is malformed; the subclass says why.
        """
        self.write_image(image)
        self.append_descriptor(_described(image, annotations, platform, urls))

    def append_index(
        self,
        index: v1.ImageIndex,
        *,
        annotations: Mapping[str, str] | None = None,
        platform: v1.Platform | None = None,
        urls: Iterable[str] | None = None,
    ) -> None:
        """Write an index and list it in ``index.json`` (``Path.AppendIndex``).

        Args:
            index: any index; everything that it lists is written too.
            annotations: further annotations of the entry (``WithAnnotations``); default none.
            platform: the platform in the entry (``WithPlatform``); default none.
            urls: further addresses, added to those of the descriptor (``WithURLs``); default none.

        Raises:
            FileAccessError: the folder cannot be written, or has no ``index.json``; or the index
                lists nothing and the layout has no blobs yet, because Go does not create their
                folder.
            ValidationError: a layer is not as long as it says.
            UnsupportedOptionError: the index lists something that is neither an image nor an index,
                and that it cannot open. Go panics.
            Error: the index cannot be read, or ``index.json`` is malformed; the subclass says why.
        """
        self.write_index(index)
        self.append_descriptor(_described(index, annotations, platform, urls))

    def append_descriptor(self, descriptor: v1.Descriptor) -> None:
        """Add an entry to ``index.json`` (``Path.AppendDescriptor``).

        Args:
            descriptor: the entry.

        Raises:
            FileAccessError: ``index.json`` cannot be read or written.
            JSONError: ``index.json`` is malformed.
            Error: ``index.json`` cannot be used; the subclass says why.
        """
        manifest = self.image_index().index_manifest()
        manifest.manifests = [*(manifest.manifests or ()), descriptor]
        self._list(manifest)

    def replace_image(
        self,
        image: v1.Image,
        matcher: Callable[[v1.Descriptor], bool],
        *,
        annotations: Mapping[str, str] | None = None,
        platform: v1.Platform | None = None,
        urls: Iterable[str] | None = None,
    ) -> None:
        """Write an image and list it in place of entries that match (``Path.ReplaceImage``).

        The new entry is the last one. The blobs of the replaced entries are not deleted. It is no
        error if nothing matches.

        Args:
            image: any image, even one with layers over streams that were not read yet.
            matcher: selects the entries to remove: one of ``pyggcr.match``, or any function of a
                descriptor.
            annotations: further annotations of the entry (``WithAnnotations``); default none.
            platform: the platform in the entry (``WithPlatform``); default none.
            urls: further addresses, added to those of the descriptor (``WithURLs``); default none.

        Raises:
            FileAccessError: the folder cannot be written, or has no ``index.json``.
            ValidationError: a layer is not as long as it says.
            Error: the image cannot be read, or ``index.json`` is malformed; the subclass says why.
        """
        self.write_image(image)
        self._replace(matcher, _described(image, annotations, platform, urls))

    def replace_index(
        self,
        index: v1.ImageIndex,
        matcher: Callable[[v1.Descriptor], bool],
        *,
        annotations: Mapping[str, str] | None = None,
        platform: v1.Platform | None = None,
        urls: Iterable[str] | None = None,
    ) -> None:
        """Write an index and list it in place of entries that match (``Path.ReplaceIndex``).

        The new entry is the last one. The blobs of the replaced entries are not deleted.

        Args:
            index: any index; everything that it lists is written too.
            matcher: selects the entries to remove: one of ``pyggcr.match``, or any function of a
                descriptor.
            annotations: further annotations of the entry (``WithAnnotations``); default none.
            platform: the platform in the entry (``WithPlatform``); default none.
            urls: further addresses, added to those of the descriptor (``WithURLs``); default none.

        Raises:
            FileAccessError: the folder cannot be written, or has no ``index.json``; or the index
                lists nothing and the layout has no blobs yet, because Go does not create their
                folder.
            ValidationError: a layer is not as long as it says.
            UnsupportedOptionError: the index lists something that is neither an image nor an index,
                and that it cannot open. Go panics.
            Error: the index cannot be read, or ``index.json`` is malformed; the subclass says why.
        """
        self.write_index(index)
        self._replace(matcher, _described(index, annotations, platform, urls))

    def remove_descriptors(self, matcher: Callable[[v1.Descriptor], bool]) -> None:
        """Remove entries from ``index.json``, and no blobs (``Path.RemoveDescriptors``).

        Args:
            matcher: selects the entries to remove: one of ``pyggcr.match``, or any function of a
                descriptor.

        Raises:
            FileAccessError: ``index.json`` cannot be read or written.
            JSONError: ``index.json`` is malformed.
            Error: ``index.json`` cannot be used; the subclass says why.
        """
        self._replace(matcher)

    def _replace(self, matcher: Callable[[v1.Descriptor], bool], *added: v1.Descriptor) -> None:
        manifest = self.image_index().index_manifest()
        left = [it for it in manifest.manifests or () if not matcher(it)]
        manifest.manifests = [*left, *added] or None  # in Go a nil slice
        manifest.subject = None  # as whatever package mutate has changed
        self._list(manifest)

    def _list(self, manifest: v1.IndexManifest) -> None:
        self.write_file(_INDEX, indent(marshal(manifest), _STEP))

    # Files.

    def write_file(self, name: str, data: Buffer, mode: int = files.ALL) -> None:
        """Write a file of the layout that is not a blob (``Path.WriteFile``).

        Args:
            name: its path in the layout, whose folder must exist.
            data: all of it.
            mode: permissions of a new file, less the umask; default 0777. An existing file keeps
                its own. Go has no default.

        Raises:
            FileAccessError: the operating system refuses; a file that was there before is
                unchanged.
        """
        make_folder(self._path(), files.ALL)
        files.write(self._path(name), builtins.bytes(data), mode)

    def write_blob(self, digest: v1.Hash | str, stream: BinaryIO | io.RawIOBase) -> None:
        """Write a blob, unless there is one of this name (``Path.WriteBlob``).

        As in Go, the bytes are not compared with the digest, nor an existing blob with anything.

        Args:
            digest: the digest of the blob.
            stream: the content; it is closed.

        Raises:
            FileAccessError: the operating system refuses.
            InvalidHashError: the digest is empty, on which Go exits, or a text is not a digest.
        """
        with contextlib.closing(stream):
            path = self._blob_path(v1.to_hash(digest))
            if not files.is_file(path, None):
                with atomic_write(path, mode=None, new_mode=_BLOB_MODE) as file:
                    _copy(_pieces_of(stream), file)

    def write_image(self, image: v1.Image) -> None:
        """Write layers, config and manifest of an image, but not ``index.json`` (``WriteImage``).

        Args:
            image: any image, even one with layers over streams that were not read yet.

        Raises:
            FileAccessError: the folder cannot be written.
            ValidationError: a layer is not as long as it says.
            Error: the image cannot be read; the subclass says why.
        """
        with WorkerPool(JOBS) as pool, TaskGroup(JOBS) as group:
            for layer in image.layers():
                write = functools.partial(self._write_layer, layer, pool)
                if may_be_read_anywhere(layer):
                    group.start(write)
                else:
                    write()
            group.finish()
        self.write_blob(image.config_name(), io.BytesIO(image.raw_config_file()))
        self.write_blob(image.digest(), io.BytesIO(image.raw_manifest()))

    def write_index(self, index: v1.ImageIndex) -> None:
        """Write an index and all that it lists, but not ``index.json`` (``Path.WriteIndex``).

        Args:
            index: any index; everything that it lists is written too.

        Raises:
            FileAccessError: the folder cannot be written, or has no ``index.json``; or the index
                lists nothing and the layout has no blobs yet, because Go does not create their
                folder.
            ValidationError: a layer is not as long as it says.
            UnsupportedOptionError: the index lists something that is neither an image nor an index,
                and that it cannot open. Go panics.
            Error: the index cannot be read, or ``index.json`` is malformed; the subclass says why.
        """
        self.write_file("oci-layout", _LAYOUT)
        digest = index.digest()
        _write_index(self, join("blobs", digest.algorithm, digest.hex), index)

    def remove_blob(self, digest: v1.Hash | str) -> None:
        """Delete a blob, even if something refers to it (``Path.RemoveBlob``).

        Args:
            digest: the digest of the blob; it is no error if there is none.

        Raises:
            InvalidHashError: the digest is empty, or a text is not a digest.
            FileAccessError: the operating system refuses.
        """
        files.remove(files.blob_path(self._folder, v1.to_hash(digest)))

    def garbage_collect(self) -> list[v1.Hash]:
        """Find the blobs that nothing in the layout refers to (``Path.GarbageCollect``).

        Nothing is deleted, in spite of the name: pass the result to ``remove_blob``.

        Returns:
            Their digests, sorted by folder and name.

        Raises:
            Error: an entry is neither an image nor an index (``gc: unknown media type: …``), or
                cannot be read.
            InvalidHashError: the name of a file among the blobs is not a digest.
            FileAccessError: the layout cannot be read.
        """
        kept: set[str] = set()
        _keep_index(self.image_index(), kept)
        blobs = self._path("blobs")
        found = []
        for file in _files_below(blobs):
            text = os.path.relpath(file, blobs).replace("/", ":", 1)
            if text not in kept:
                found.append(v1.to_hash(text))
        return found

    def _path(self, *names: str) -> str:
        return join(self._folder, *names)

    def _blob_path(self, digest: v1.Hash) -> str:
        """Where a blob is, or will be: in a folder that is there."""
        path = files.blob_path(self._folder, digest)
        make_folder(self._path("blobs", digest.algorithm), files.ALL)
        return path

    def _write_layer(self, layer: v1.Layer, pool: WorkerPool) -> None:
        """Write a layer, and learn its digest on the way if it is not known (``writeLayer``)."""
        if isinstance(layer, UncompressedLayer) and not layer.is_compressed():
            self._write_unhashed(layer, lambda: layer.compressed_pieces(pool))
            return
        try:
            digest, size = layer.digest(), layer.size()
        except StreamNotComputedError:
            self._write_unhashed(layer, lambda: one_pass.layer_pieces(layer, pool))
            return
        with _writing_layer():
            path = self._blob_path(digest)
        if files.is_file(path, size):
            return
        with _writing_layer(), atomic_write(path, mode=_LAYER_MODE) as file:
            _copy(one_pass.layer_pieces(layer, pool), file)
            if file.size != size:
                raise ValidationError(f"expected blob size {size}, but only wrote {file.size}")

    def _write_unhashed(
        self, layer: v1.Layer, pieces: Callable[[], Iterator[builtins.bytes]]
    ) -> None:
        folder = self._path("blobs", _PLAIN)
        with _writing_layer():
            make_folder(folder, files.ALL)
            # The name serves errors only, like that of Go's temporary file.
            with atomic_write(join(folder, "layer"), mode=_LAYER_MODE) as file:
                _copy(pieces(), file)
                digest = layer.digest()
                if files.is_file(files.blob_path(self._folder, digest), layer.size()):
                    file.drop()
                file.rename_to(digest.hex)


def _write_index(layout: Path, name: str, index: v1.ImageIndex) -> None:
    """Write what an index lists, then the index itself into a file (``writeIndexToFile``)."""
    # What the index gives is not closed: an index of the user's own may give it again.
    for described in index.index_manifest().manifests or ():
        if described.media_type.is_index():
            layout.write_index(index.image_index(described.digest))
        elif described.media_type.is_image():
            layout.write_image(index.image(described.digest))
        else:
            layout.write_blob(described.digest, _open_other(index, described))
    layout.write_file(name, index.raw_manifest())


def _open_other(index: v1.ImageIndex, described: v1.Descriptor) -> io.RawIOBase:
    """What is neither an image nor an index, from an index that has it."""
    stream: io.RawIOBase
    layer = getattr(index, "layer", None)
    if layer is not None:
        stream = layer(described.digest).compressed()
        return stream
    blob = getattr(index, "blob", None)
    if blob is not None:
        stream = blob(described.digest)
        return stream
    raise UnsupportedOptionError(
        f"the index lists {described.digest}, which is neither an image nor an index, and has "
        "neither a layer nor a blob for it"
    )


def _described(
    content: v1.Image | v1.ImageIndex,
    annotations: Mapping[str, str] | None,
    platform: v1.Platform | None,
    urls: Iterable[str] | None,
) -> v1.Descriptor:
    """The entry for an image or an index (``partial.Descriptor`` and the options)."""
    found = select(content.engine).partial.descriptor(described=content)
    described = copy.deepcopy(found)
    if annotations is not None:
        described.annotations = {**(described.annotations or {}), **annotations}
    if urls is not None:
        described.urls = [*(described.urls or ()), *urls]
    if platform is not None:
        described.platform = copy.deepcopy(platform)
    return described


@contextlib.contextmanager
def _writing_layer() -> Iterator[None]:
    """Say in errors what was being done."""
    try:
        yield
    except CancelledError:
        raise
    except Error as error:
        told = copy.copy(error)
        told.message = f"error writing layer: {error.message}"
        told.args = (told.message,)
        raise told from error


def _pieces_of(stream: BinaryIO | io.RawIOBase) -> Iterator[bytes]:
    while piece := stream.read(_READ_SIZE):
        yield piece


def _copy(pieces: Iterator[bytes], file: AtomicFile) -> None:
    for piece in pieces:
        limits.current().check()
        file.write(piece)


def _keep_index(index: v1.ImageIndex, kept: set[str]) -> None:
    kept.add(str(index.digest()))
    for described in index.index_manifest().manifests or ():
        if described.media_type.is_image():
            image = index.image(described.digest)
            kept.update((str(image.digest()), str(image.config_name())))
            kept.update(str(layer.digest()) for layer in image.layers())
        elif described.media_type.is_index():
            _keep_index(index.image_index(described.digest), kept)
        else:
            raise Error(f"gc: unknown media type: {described.media_type}")


def _files_below(folder: str) -> Iterator[str]:
    """The files in a folder and in those in it, by their names (``filepath.WalkDir``)."""
    try:
        os.lstat(folder)
        entries = sorted(os.scandir(folder), key=lambda it: os.fsencode(it.name))
    except OSError as error:
        operation = "lstat" if isinstance(error, FileNotFoundError) else "open"
        raise path_error(operation, folder, error) from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path)
        else:
            yield entry.path
