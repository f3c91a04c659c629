"""What the bytes of a layer are, where go-containerregistry knows but gzip, zstd and plain.

By the first bytes and the media type; nothing here decompresses.
"""

from __future__ import annotations

from pyggcr._gostd.tar.header import BLOCK_SIZE, ZERO_BLOCK, parse_header
from pyggcr._layers.compression import BZIP2_MAGIC, XZ_MAGIC, Compression
from pyggcr.errors import ArchiveError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


__all__ = [
    "HEAD_SIZE",
    "TAR",
    "compression_of",
    "form_as",
    "form_by_type",
    "form_of",
    "is_foreign_form",
]

TAR = "a tar"
_UNKNOWN = ""

# An erofs file system has its mark in its second kibibyte; all others have theirs at the start.
_EROFS_AT, _EROFS = 1024, b"\xe2\xe1\xf5\xe0"
HEAD_SIZE = _EROFS_AT + len(_EROFS)

# Frames that zstd passes over have the numbers 0x184D2A50 to 0x184D2A5F; pzstd writes them first.
_SKIPPABLE = b"\x2a\x4d\x18"
_SKIPPABLE_NUMBERS = range(0x50, 0x60)

_MAGIC = (
    (XZ_MAGIC, "compressed with xz"),
    (BZIP2_MAGIC, "compressed with bzip2"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"hsqs", "a squashfs file system"),
    (b"sqsh", "a squashfs file system"),
    (b"PK\x03\x04", "a zip file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
)
_COMPRESSIONS: dict[Compression, str] = {
    "gzip": "compressed with gzip",
    "zstd": "compressed with zstd",
}
_ENCRYPTED = "+encrypted"

# Endings of media types, and those of layers that are not compressed.
_GZIP_SUFFIXES, _ZSTD_SUFFIX = ("+gzip", ".gzip"), "+zstd"
_PLAIN = (
    MediaType.DOCKER_UNCOMPRESSED_LAYER,
    MediaType.OCI_UNCOMPRESSED_LAYER,
    MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER,
)


def form_of(compression: Compression, head: bytes, media_type: str = "") -> str:
    """What a layer is, in words; empty where that cannot be told.

    Args:
        compression: what go-containerregistry takes it for.
        head: its first ``HEAD_SIZE`` bytes.
        media_type: what its descriptor says, if it has one.
    """
    if media_type.endswith(_ENCRYPTED):
        return "encrypted"
    if compression != "none":
        return _COMPRESSIONS[compression]
    if _begins_as_tar(head):
        return TAR
    if head[1:4] == _SKIPPABLE and head[0] in _SKIPPABLE_NUMBERS:
        return "compressed with zstd, a skippable frame first, as pzstd writes it"
    if head[_EROFS_AT:] == _EROFS:
        return "an erofs file system"
    return next((form for magic, form in _MAGIC if head.startswith(magic)), _UNKNOWN)


def form_as(form: str, media_type: str) -> str:
    """The form of a layer, which ``form_of`` told without it, under a media type."""
    return "encrypted" if media_type.endswith(_ENCRYPTED) else form


def compression_of(media_type: str) -> Compression | Literal[""]:
    """The compression that a media type names; empty where it names none."""
    if media_type.endswith(_GZIP_SUFFIXES):
        return "gzip"
    if media_type.endswith(_ZSTD_SUFFIX):
        return "zstd"
    return "none" if media_type in _PLAIN else ""


def form_by_type(_name: str, media_type: str) -> tuple[Compression, str]:
    """Compression and form of a layer for the doctor, where only its media type is known."""
    if media_type.endswith(_ENCRYPTED):
        return "none", "encrypted"
    compression = compression_of(media_type)
    if compression == "none":
        return "none", TAR
    # What is not known is taken for good.
    return compression or "gzip", f"compressed with {compression or 'gzip'}"


def is_foreign_form(form: str) -> bool:
    """Whether it is something that go-containerregistry cannot read as a layer."""
    return form not in (_UNKNOWN, TAR, *_COMPRESSIONS.values())


def _begins_as_tar(head: bytes) -> bool:
    block = head[:BLOCK_SIZE]
    if len(block) < BLOCK_SIZE:
        return False
    if block == ZERO_BLOCK:
        return True
    try:
        parse_header(block)
    except ArchiveError:
        return False
    return True
