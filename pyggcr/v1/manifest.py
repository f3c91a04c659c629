"""``v1.Manifest``, ``v1.IndexManifest`` and ``v1.Descriptor``: pkg/v1/manifest.go.

``None`` stands for Go's nil list or map, which is written as ``null`` or left out. An empty list or
map stays empty.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import json
from pyggcr._gostd.json import BYTES, STRING, Field, Pointer, Slice, Struct
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash
from pyggcr.v1.kinds import HASH, INT64, MEDIA_TYPE, PLATFORM, STRING_MAP, STRINGS
from pyggcr.v1.platform import Platform

__all__ = [
    "DESCRIPTOR",
    "Descriptor",
    "IndexManifest",
    "Manifest",
    "parse_index_manifest",
    "parse_manifest",
]

_NO_TYPE = MediaType("")
_NO_HASH = Hash()


@dataclass(slots=True)
class Descriptor:
    """A reference to a blob by its digest (``v1.Descriptor``).

    Attributes:
        media_type: what the blob is.
        size: its length in bytes.
        digest: its hash.
        data: the blob itself, if the descriptor carries it.
        urls: other addresses of the blob.
        annotations: annotations by name.
        platform: in an index, the platform of the image.
        artifact_type: the kind of an artifact.
    """

    media_type: MediaType = _NO_TYPE
    size: int = 0
    digest: Hash = _NO_HASH
    data: bytes | None = None
    urls: list[str] | None = None
    annotations: dict[str, str] | None = None
    platform: Platform | None = None
    artifact_type: str = ""


@dataclass(slots=True)
class Manifest:
    """The manifest of an image (``v1.Manifest``).

    Attributes:
        raw: the document that it was parsed from; ``None`` if it was not parsed.
    """

    schema_version: int = 0
    media_type: MediaType = _NO_TYPE
    config: Descriptor = field(default_factory=Descriptor)
    layers: list[Descriptor] | None = None
    annotations: dict[str, str] | None = None
    subject: Descriptor | None = None
    artifact_type: str = ""
    raw: bytes | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class IndexManifest:
    """The manifest of an index, or a Docker manifest list (``v1.IndexManifest``).

    Attributes:
        raw: the document that it was parsed from; ``None`` if it was not parsed.
    """

    schema_version: int = 0
    media_type: MediaType = _NO_TYPE
    manifests: list[Descriptor] | None = None
    annotations: dict[str, str] | None = None
    subject: Descriptor | None = None
    artifact_type: str = ""
    raw: bytes | None = field(default=None, compare=False, repr=False)


DESCRIPTOR = Struct(
    "v1.Descriptor",
    Descriptor,
    Field("media_type", "mediaType", MEDIA_TYPE),
    Field("size", "size", INT64),
    Field("digest", "digest", HASH),
    Field("data", "data", BYTES, omitempty=True),
    Field("urls", "urls", STRINGS, omitempty=True),
    Field("annotations", "annotations", STRING_MAP, omitempty=True),
    Field("platform", "platform", Pointer(PLATFORM), omitempty=True),
    Field("artifact_type", "artifactType", STRING, omitempty=True),
)
_COMMON_TAIL = (
    Field("annotations", "annotations", STRING_MAP, omitempty=True),
    Field("subject", "subject", Pointer(DESCRIPTOR), omitempty=True),
    Field("artifact_type", "artifactType", STRING, omitempty=True),
)
_MANIFEST = Struct(
    "v1.Manifest",
    Manifest,
    Field("schema_version", "schemaVersion", INT64),
    Field("media_type", "mediaType", MEDIA_TYPE, omitempty=True),
    Field("config", "config", DESCRIPTOR),
    Field("layers", "layers", Slice(DESCRIPTOR)),
    *_COMMON_TAIL,
)
_INDEX_MANIFEST = Struct(
    "v1.IndexManifest",
    IndexManifest,
    Field("schema_version", "schemaVersion", INT64),
    Field("media_type", "mediaType", MEDIA_TYPE, omitempty=True),
    Field("manifests", "manifests", Slice(DESCRIPTOR)),
    *_COMMON_TAIL,
)


def parse_manifest(data: bytes) -> Manifest:
    """Parse the manifest of an image (``v1.ParseManifest``).

    Args:
        data: JSON; what follows the first document is ignored.

    Returns:
        The manifest.

    Raises:
        JSONError: the document is malformed, or a value has the wrong type.
        InvalidHashError: a digest in it is malformed.
        TruncatedError: it ends too early.

    Examples:
        >>> parse_manifest(b'{"schemaVersion": 2}').schema_version
        2
    """
    manifest = json.decode(data, _MANIFEST)
    manifest.raw = data
    return manifest


def parse_index_manifest(data: bytes) -> IndexManifest:
    """Parse the manifest of an index (``v1.ParseIndexManifest``).

    Args:
        data: JSON; what follows the first document is ignored.

    Returns:
        The index manifest.

    Raises:
        JSONError: the document is malformed, or a value has the wrong type.
        InvalidHashError: a digest in it is malformed.
        TruncatedError: it ends too early.
    """
    manifest = json.decode(data, _INDEX_MANIFEST)
    manifest.raw = data
    return manifest
