"""Images of Docker's schema 1, as far as they can be copied and read: pkg/v1/remote/schema1.go."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Slice, Struct
from pyggcr._python.remote.images import remote_layer, unsupported_schema1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from pyggcr._python.remote.fetcher import Fetcher
    from pyggcr.types import MediaType

__all__ = ["Schema1Image"]

_NO_CONFIG = b"{}"


@dataclass(slots=True)
class _Blob:
    digest: str = ""


@dataclass(slots=True)
class _Schema1:
    layers: list[_Blob] | None = None


_BLOB = Struct("remote.fslayer", _Blob, Field("digest", "blobSum", STRING))
_SCHEMA1 = Struct("remote.schema1Manifest", _Schema1, Field("layers", "fsLayers", Slice(_BLOB)))


class Schema1Image(v1.Image):
    """An image of schema 1 in a registry; its layers are fetched when they are read."""

    def __init__(self, fetcher: Fetcher, manifest: bytes, described: v1.Descriptor) -> None:
        self._fetcher = fetcher
        self._manifest = manifest
        self._described = described

    def layers(self) -> list[v1.Layer]:
        """The blobs, base layer first (``schema1.Layers``).

        Raises:
            JSONError: the manifest is malformed.
            InvalidHashError: a digest in it is none.
        """
        parsed: _Schema1 = json.decode(self._manifest, _SCHEMA1)
        digests = [v1.new_hash(blob.digest) for blob in reversed(parsed.layers or ())]
        return [remote_layer(self._fetcher, digest) for digest in digests]

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        return self._described.media_type

    def size(self) -> int:
        """Size of the manifest in bytes."""
        return self._described.size

    def digest(self) -> v1.Hash:
        """The digest that the registry names; that of a signed manifest is not of its bytes."""
        return self._described.digest

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        return self._manifest

    def config_name(self) -> v1.Hash:
        """The hash of an empty config."""
        return v1.sha256(io.BytesIO(_NO_CONFIG))[0]

    def raw_config_file(self) -> bytes:
        """An empty config."""
        return _NO_CONFIG

    def config_file(self) -> NoReturn:
        """Refused: schema 1 has none."""
        raise unsupported_schema1(self._described.media_type)

    def manifest(self) -> NoReturn:
        """Refused: it is of another form."""
        raise unsupported_schema1(self._described.media_type)

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The blob with this digest; it need not be of this image until it is read."""
        return remote_layer(self._fetcher, v1.to_hash(digest))

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> NoReturn:  # noqa: ARG002
        """Refused: schema 1 knows no DiffIDs."""
        raise unsupported_schema1(self._described.media_type)
