"""Images and indexes written to a location: the one writer of ``build.write`` and of all commands.

An archive of docker save, an OCI layout in a folder or a tar, a folder of ``dir:``, a Docker
daemon, a registry. What replaces what in a layout, and the order in a tar, is decided here
(docs/decisions/0019-one-resolver-and-one-writer.md).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence

from pyggcr import limits, name, v1
from pyggcr._gostd.tar.entry import Entry
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr._layers.archive_writer import write_archive, write_stream
from pyggcr._layers.composed import described, serialized
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.file_names import INDEX_JSON, MANIFEST_JSON, OCI_LAYOUT, blob_name
from pyggcr._os.file import path_error
from pyggcr.errors import BuildError, InvalidReferenceError, UnsupportedOptionError
from pyggcr.store.packing import compression_of_name, packed_file
from pyggcr.store.transports import Location
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pyggcr._layers.archive_writer import Target

    Content = v1.Image | v1.ImageIndex

__all__ = ["Written", "holds_indexes", "holds_zstd", "kind_of_output", "write_contents"]

_LAYOUT_VERSION = b'{"imageLayoutVersion":"1.0.0"}'
_READ_SIZE = 1 << 20
_LAYOUTS = ("oci", "oci-archive", "dir")

Written = tuple["Content", Sequence[str]]


def kind_of_output(location: Location) -> str:
    """What is written to a location: a path is a layout if it is a folder or ends with a slash."""
    if location.transport == "standard":
        return "docker-archive"
    if location.transport != "path":
        return location.transport
    is_layout = location.name.endswith("/") or os.path.isdir(location.name)
    return "oci" if is_layout else "docker-archive"


def holds_indexes(location: Location) -> bool:
    """Whether manifests stay byte for byte there, and indexes are held, as in all but Docker's."""
    return kind_of_output(location) in (*_LAYOUTS, "docker")


def holds_zstd(location: Location) -> bool:
    """Whether layers of zstd may be written there, as to all but Docker's archives and daemon."""
    return kind_of_output(location) not in ("docker-archive", "docker-daemon")


def write_contents(
    contents: Sequence[Written],
    location: Location,
    *,
    shown: str,
    stream: BinaryIO | None = None,
    engine: str | None = None,
) -> list[str]:
    """Write images and indexes to a location that is no registry.

    A tar whose name ends as that of a compressed one (``.tar.gz``, ``.tgz``, ``.tar.zst`` …) is
    compressed as a whole. In a layout each takes the place of what had its name; one without a name
    that of itself where it has none. A name is compared in full: ``app:1`` is
    ``docker.io/library/app:1``.

    Args:
        contents: each with its names, which a name in the location replaces; there may be none.
        location: where.
        shown: what errors call it.
        stream: standard output, for the location of that.
        engine: for a daemon, which engine talks to it.

    Returns:
        What a daemon calls the images.

    Raises:
        BuildError: the location cannot hold an index, or but one image.
        InvalidReferenceError: a name is none, where it must be a reference.
        FileAccessError, DaemonError: it cannot be written; a file that was there still is.
        Error: whatever the content raises.
    """
    if location.position is not None:
        raise BuildError(f"{shown}: a position is for reading; name the image")
    if location.reference:
        if len(contents) > 1:
            raise BuildError(f"{shown} names one image, and there are {len(contents)}")
        contents = [(contents[0][0], (location.reference,))]
    kind = kind_of_output(location)
    if kind == "docker-archive":
        _write_docker_archive(contents, stream or location.name, shown)
    elif kind == "oci":
        _write_layout(contents, location.name)
    elif kind == "oci-archive":
        _write_layout_archive(contents, location.name)
    elif kind == "dir":
        _write_dir(contents, location.name, shown)
    elif kind == "docker-daemon":
        return _write_to_daemon(contents, location.name, shown, engine)
    else:
        raise UnsupportedOptionError(f"{shown}: a registry is pushed to")
    return []


def _image(content: Content, shown: str) -> v1.Image:
    if isinstance(content, v1.Image):
        return content
    raise BuildError(
        f"{shown} holds images of one platform only, and this is an index of several: choose one "
        "by --platform, or write to oci:, oci-archive:, dir: or docker://"
    )


def _only(contents: Sequence[Written], shown: str) -> Content:
    if len(contents) != 1:
        raise BuildError(f"{shown} holds one image, and there are {len(contents)}")
    return contents[0][0]


def _write_docker_archive(contents: Sequence[Written], target: Target, shown: str) -> None:
    from pyggcr import tarball
    from pyggcr.crane.saving import tag_for

    tags: list[tuple[name.Reference, v1.Image]] = []
    for content, names in contents:
        image = _image(content, shown)
        if MediaType.OCI_LAYER_ZSTD in {it.media_type for it in image.manifest().layers or ()}:
            raise BuildError(
                f"{shown}: crane and older Docker cannot read zstd layers in an archive of docker "
                f"save; write oci-archive:{shown}, or convert them to gzip"
            )
        tags += [(tag_for(text), image) for text in names] or [(_nameless(image), image)]
    if not isinstance(target, (str, os.PathLike)):
        tarball.multi_ref_write(tags, target)
        target.flush()
    elif (compression := compression_of_name(os.fsdecode(target))) is not None:
        with packed_file(target, compression) as stream:
            tarball.multi_ref_write(tags, stream)
    else:
        tarball.multi_ref_write_to_file(target, tags)


def _nameless(image: v1.Image) -> name.Reference:
    """A reference that leaves no name in an archive."""
    return name.new_repository("image").digest(str(image.digest()))


def _write_to_daemon(
    contents: Sequence[Written], text: str, shown: str, engine: str | None
) -> list[str]:
    from pyggcr import daemon
    from pyggcr.crane.saving import tag_for

    image = _image(_only(contents, shown), shown)
    tag = tag_for(text)
    daemon.loaded_images(daemon.write(tag, image, engine=engine))
    return [str(tag)]


def _write_layout(contents: Sequence[Written], folder: str) -> None:
    from pyggcr import empty, layout

    if os.path.exists(os.path.join(folder, INDEX_JSON)):
        to = layout.from_path(folder)
    else:
        to = layout.write(folder, empty.index(engine="python"))
    for content, names in contents:
        for text in names or ("",):
            annotations = {REFERENCE_NAME: text} if text else None
            replaced = _replaced_by(text, content.digest)
            if isinstance(content, v1.Image):
                to.replace_image(content, replaced, annotations=annotations)
            else:
                to.replace_index(content, replaced, annotations=annotations)


def _replaced_by(text: str, digest: Callable[[], v1.Hash]) -> Callable[[v1.Descriptor], bool]:
    """Whether an entry goes: by its name, or as the same content without one."""
    full = _full_name(text)

    def matches(entry: v1.Descriptor) -> bool:
        own = (entry.annotations or {}).get(REFERENCE_NAME)
        if text:
            return own is not None and _full_name(own) == full
        # After it was written, the digest of a stream is known.
        return own is None and entry.digest == digest()

    return matches


def _full_name(text: str) -> str:
    try:
        return name.parse_reference(text).name()
    except InvalidReferenceError:
        return text


def _layout_entries(contents: Sequence[Written]) -> Iterator[Entry]:
    """The files of a layout: documents first, so that a reader of a stream finds them early."""
    listed = []
    for content, names in contents:
        own = described(content.media_type(), content.raw_manifest())
        listed += [{**own, "annotations": {REFERENCE_NAME: text}} for text in names] or [own]
    index = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_IMAGE_INDEX),
        "manifests": listed,
    }
    yield Entry.of(OCI_LAYOUT, _LAYOUT_VERSION)
    yield Entry.of(INDEX_JSON, serialized(index))
    seen: set[v1.Hash] = set()
    for content, _ in contents:
        for digest, entry in _blobs(content):
            if digest not in seen:
                seen.add(digest)
                yield entry


def _blobs(content: Content) -> Iterator[tuple[v1.Hash, Entry]]:
    """The blobs of an image or an index, in the order of a reader."""
    yield _document(content.digest(), content.raw_manifest())
    if isinstance(content, v1.Image):
        yield _document(content.config_name(), content.raw_config_file())
        for layer in content.layers():
            digest = layer.digest()
            yield (
                digest,
                Entry(
                    blob_name(digest), layer.size(), layer.compressed, may_be_read_anywhere(layer)
                ),
            )
        return
    for entry in content.index_manifest().manifests or ():
        if entry.media_type.is_index():
            yield from _blobs(content.image_index(entry.digest))
        else:
            yield from _blobs(content.image(entry.digest))


def _document(digest: v1.Hash, content: bytes) -> tuple[v1.Hash, Entry]:
    return digest, Entry.of(blob_name(digest), content)


def _write_layout_archive(contents: Sequence[Written], path: str) -> None:
    compression = compression_of_name(path)
    if compression is None:
        write_archive(_layout_entries(contents), path)
        return
    with packed_file(path, compression) as stream:
        write_stream(_layout_entries(contents), stream)


def _write_dir(contents: Sequence[Written], folder: str, shown: str) -> None:
    """Write a folder of ``dir:``, as skopeo does; ``manifest.json`` comes last."""
    from pyggcr.store.dir_files import MANIFEST_SUFFIX, VERSION_FILE, VERSION_TEXT

    content = _only(contents, shown)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise path_error("mkdir", folder, error) from None
    manifests = set(_manifests(content))
    root = content.digest()
    written: set[v1.Hash] = set()
    for digest, entry in _blobs(content):
        if digest in written or digest == root:
            continue
        written.add(digest)
        suffix = MANIFEST_SUFFIX if digest in manifests else ""
        _write_file(folder, f"{digest.hex}{suffix}", _content_of(entry))
    _write_file(folder, VERSION_FILE, [VERSION_TEXT])
    _write_file(folder, MANIFEST_JSON, [content.raw_manifest()])


def _manifests(content: Content) -> Iterator[v1.Hash]:
    yield content.digest()
    if isinstance(content, v1.ImageIndex):
        for entry in content.index_manifest().manifests or ():
            is_index = entry.media_type.is_index()
            below = content.image_index if is_index else content.image
            yield from _manifests(below(entry.digest))


def _content_of(entry: Entry) -> Iterator[bytes]:
    with contextlib.closing(entry.open()) as stream:
        while piece := stream.read(_READ_SIZE):
            limits.current().check()
            yield piece


def _write_file(folder: str, name: str, pieces: Iterator[bytes] | list[bytes]) -> None:
    from pyggcr._os.atomic_write import atomic_write

    with atomic_write(os.path.join(folder, name), mode=None) as file:
        for piece in pieces:
            file.write(piece)
