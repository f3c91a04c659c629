"""A folder of the transport ``dir:`` of skopeo, as the files of an OCI layout.

Such a folder has one manifest, or index, as ``manifest.json``, and blobs by the digits of their
digests; the manifests that an index lists are called ``DIGITS.manifest.json``.
"""

from __future__ import annotations

import os
import re

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import BytesStream
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.file_names import INDEX_JSON, MANIFEST_JSON, OCI_LAYOUT, blob_digest, blob_name
from pyggcr.errors import ArchiveError, MissingFileError
from pyggcr.store.files import Files, FolderFiles
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

__all__ = ["MANIFEST_SUFFIX", "VERSION_FILE", "VERSION_TEXT", "DirFiles", "is_dir_folder"]

VERSION_FILE = "version"
VERSION_TEXT = b"Directory Transport Version: 1.1\n"
MANIFEST_SUFFIX = ".manifest.json"

_SCHEMA_VERSION = 2
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_BLOB = re.compile(r"([0-9a-f]{64}|[0-9a-f]{128})(?:\.manifest\.json)?", re.ASCII)
_ALGORITHMS = {64: "sha256", 128: "sha512"}


def is_dir_folder(folder: str) -> bool:
    """Whether a folder without an ``index.json`` says that it is one of these."""
    try:
        with open(os.path.join(folder, VERSION_FILE), "rb") as file:  # noqa: PTH118, PTH123
            return file.read(len(VERSION_TEXT)).startswith(b"Directory Transport Version:")
    except OSError:
        return False


class DirFiles(Files):
    """The files of such a folder, under the names of a layout."""

    def __init__(self, folder: str) -> None:
        """Read the manifest.

        Raises:
            ArchiveError: the folder has none, or that of an archive of docker save.
            FileAccessError: it cannot be read.
        """
        self._folder = FolderFiles(folder)
        try:
            raw = self._folder.read(MANIFEST_JSON, DOCUMENT_LIMIT)
        except MissingFileError:
            raise ArchiveError(
                f"{folder} has no manifest.json, as a folder of dir: has; oci:{folder} reads an "
                "OCI layout"
            ) from None
        if raw.lstrip().startswith(b"["):
            raise ArchiveError(
                f"{folder} has the manifest.json of docker save, not that of dir:; give the folder "
                "without a transport"
            )
        index = v1.parse_index_manifest(raw)
        media_type = index.media_type or (
            MediaType.OCI_MANIFEST_SCHEMA1 if index.manifests is None else MediaType.OCI_IMAGE_INDEX
        )
        self._digest = v1.Hash("sha256", v1.sha256(BytesStream(raw))[0].hex)
        self._raw = raw
        described = v1.Descriptor(media_type=media_type, size=len(raw), digest=self._digest)
        self._index = json.marshal(
            v1.IndexManifest(
                schema_version=_SCHEMA_VERSION,
                media_type=MediaType.OCI_IMAGE_INDEX,
                manifests=[described],
            )
        )

    def close(self) -> None:
        """Refuse further work. Idempotent."""
        super().close()
        self._folder.close()

    def entries(self) -> EntryTable:
        """``index.json`` and the blobs."""
        self.check_open()
        found = [Entry(INDEX_JSON, "file", len(self._index), "")]
        found.append(Entry(OCI_LAYOUT, "file", len(_LAYOUT), ""))
        found.append(Entry(blob_name(self._digest), "file", len(self._raw), ""))
        for entry in self._folder.entries():
            name = _BLOB.fullmatch(entry.name)
            if name is not None:
                digest = v1.Hash(_ALGORITHMS[len(name[1])], name[1])
                found.append(Entry(blob_name(digest), entry.kind, entry.size, entry.target))
        return EntryTable(found)

    def open(self, name: str) -> io.RawIOBase:
        """The content of a document or a blob; see ``Files.open``."""
        self.check_open()
        if name == INDEX_JSON:
            return BytesStream(self._index)
        if name == OCI_LAYOUT:
            return BytesStream(_LAYOUT)
        digest = blob_digest(name)
        if digest is None:
            raise MissingFileError(f"file {name} not found in folder")
        if digest == self._digest:
            return BytesStream(self._raw)
        try:
            return self._folder.open(digest.hex)
        except MissingFileError:
            return self._folder.open(f"{digest.hex}{MANIFEST_SUFFIX}")
