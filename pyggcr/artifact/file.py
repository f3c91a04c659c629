"""``File``: one file or folder of an artifact, and the layer that it becomes."""

from __future__ import annotations

import io
import os

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr.artifact import words
from pyggcr.errors import ArtifactError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from pyggcr._os.closeable import Closeable

__all__ = ["Blob", "File", "Files", "LayerOf", "check_title", "layers_of"]

_FAMILIES = "application audio example font image message model multipart text video".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class File:
    """A file or a folder of an artifact.

    Attributes:
        path: its path; with ``content`` only its name.
        media_type: of the layer; default that of oras: ``application/vnd.oci.image.layer.v1.tar``
            for files, and the same with ``+gzip`` for folders.
        title: its name in the artifact; default the path, or its last part if the path begins with
            a slash or leads out of the working folder.
        annotations: further annotations of the layer.
        content: the bytes of the file, in place of reading the path.
    """

    path: str | os.PathLike[str]
    media_type: str = ""
    title: str = ""
    annotations: Mapping[str, str] | None = None
    content: bytes | None = None

    @staticmethod
    def parse(text: str) -> File:
        """Parse ``FILE`` or ``FILE:TYPE``, as on the command line of oras.

        Args:
            text: the text.

        Returns:
            The file.

        Examples:
            >>> File.parse("sbom.json:application/spdx+json").media_type
            'application/spdx+json'
            >>> File.parse("a:b").path
            'a:b'
        """
        path, colon, media_type = text.rpartition(":")
        if colon and path and media_type.partition("/")[0] in _FAMILIES and "/" in media_type:
            return File(path, media_type)
        return File(text)


Files: TypeAlias = "Iterable[str | os.PathLike[str] | File]"


class Blob(v1.Layer):
    """A layer whose blob is not an archive, and is not compressed."""

    anywhere = True

    def __init__(
        self, opener: Callable[[], io.RawIOBase], media_type: str, facts: tuple[v1.Hash, int]
    ) -> None:
        self._open = opener
        self._media_type = MediaType(media_type)
        self._digest, self._size = facts

    @staticmethod
    def of(content: bytes, media_type: str) -> Blob:
        """Make a blob from bytes.

        Args:
            content: the bytes.
            media_type: the media type.

        Returns:
            The blob.
        """
        from pyggcr._gostd.stream import BytesStream

        facts = v1.sha256(io.BytesIO(content))
        return Blob(lambda: BytesStream(content), media_type, facts)

    def digest(self) -> v1.Hash:
        """Return the hash of the blob.

        Returns:
            The digest.
        """
        return self._digest

    def diff_id(self) -> v1.Hash:
        """Return the hash of the blob, which is also its DiffID.

        Returns:
            The digest.
        """
        return self._digest

    def size(self) -> int:
        """Return the size of the blob.

        Returns:
            Bytes.
        """
        return self._size

    def media_type(self) -> MediaType:
        """Return the media type of the blob.

        Returns:
            The media type.
        """
        return self._media_type

    def compressed(self) -> io.RawIOBase:
        """Open the blob.

        Returns:
            A binary stream.

        Raises:
            FileAccessError: the file cannot be read.
        """
        return self._open()

    def uncompressed(self) -> io.RawIOBase:
        """Open the blob, which is not compressed.

        Returns:
            A binary stream.

        Raises:
            FileAccessError: the file cannot be read.
        """
        return self._open()


@dataclass(frozen=True, slots=True)
class LayerOf:
    """A layer, with its annotations in the manifest."""

    layer: v1.Layer
    annotations: dict[str, str]
    owned: Closeable | None = None

    def descriptor(self) -> dict[str, object]:
        """Return the entry of the layer in the manifest.

        Returns:
            A JSON object.
        """
        return {
            "mediaType": str(self.layer.media_type()),
            "digest": str(self.layer.digest()),
            "size": self.layer.size(),
            **({"annotations": self.annotations} if self.annotations else {}),
        }


def layers_of(files: Files) -> Iterator[LayerOf]:
    """Make layers of files, in their order.

    Each file is read once.

    Args:
        files: paths of files and folders, or ``File``; default none.

    Yields:
        The layers.

    Raises:
        ArtifactError: a title is impossible or used twice, or a type is not a media type.
        BuildError: something is neither a file nor a folder.
        FileAccessError: a file cannot be read.
    """
    seen: set[str] = set()
    for given in files:
        file = given if isinstance(given, File) else File(given)
        title = file.title or _title_of(os.fspath(file.path))
        check_title(title)
        if title in seen:
            raise ArtifactError(f"two files of an artifact have the title {title!r}")
        seen.add(title)
        yield _layer_of(file, title)


def _title_of(path: str) -> str:
    clean = os.path.normpath(path)
    if clean.startswith(("/", "../")) or clean in (".", ".."):
        clean = os.path.basename(os.path.abspath(path))  # noqa: PTH100, PTH119
    return clean


def check_title(title: str) -> tuple[str, ...]:
    """Split a title into names, and check that it stays inside a folder.

    Args:
        title: the title.

    Returns:
        The names.

    Raises:
        ArtifactError: the title is empty, or leads out of the folder that it would be written to.
    """
    from pyggcr._os.staged_folder import MAX_DEPTH

    parts = tuple(part for part in title.split("/") if part not in ("", "."))
    if not parts or title.startswith("/") or ".." in parts or "\0" in title:
        raise ArtifactError(f"{title!r} cannot be the title of a file of an artifact")
    if len(parts) > MAX_DEPTH:
        raise ArtifactError(f"{title[:40]!r}… has more than {MAX_DEPTH} folders")
    return parts


def _layer_of(file: File, title: str) -> LayerOf:
    annotations = {words.TITLE: title, **(file.annotations or {})}
    if file.content is not None:
        return LayerOf(Blob.of(file.content, file.media_type or words.FILE_TYPE), annotations)
    path = os.fspath(file.path)
    if os.path.isdir(path):  # noqa: PTH112
        return _packed(path, title, file.media_type or words.FOLDER_TYPE, annotations)
    from pyggcr.build.folder import from_path

    (entry,) = from_path(path, "file", xattrs=False)
    opener = entry.content.open if entry.content is not None else io.BytesIO
    with opener() as stream:
        facts = v1.sha256(stream)
    return LayerOf(Blob(opener, file.media_type or words.FILE_TYPE, facts), annotations)  # type: ignore[arg-type]


def _packed(path: str, title: str, media_type: str, annotations: dict[str, str]) -> LayerOf:
    """A folder as oras packs one, but with the same digest on every machine."""
    from pyggcr._gostd.stream import IteratorStream
    from pyggcr._layers import blob_layer
    from pyggcr.build import archive
    from pyggcr.build.clock import seconds_of
    from pyggcr.build.folder import from_path

    folder = "/".join(check_title(title))
    entries = archive.arranged([from_path(path, folder)], (), (), lowest=True)
    # Nothing above the folder: oras takes no name that does not begin with the title.
    inside = [it for it in entries if f"{it.path}/".startswith(f"{folder}/")]
    with IteratorStream(archive.pieces(inside, seconds_of(None))) as content:
        packed = blob_layer.made(
            content, compression="gzip", level=None, media_type=MediaType(media_type), shown=path
        )
    digest = str(packed.diff_id())
    return LayerOf(
        packed, {words.CONTENT_DIGEST: digest, words.UNPACK: "true", **annotations}, packed
    )
