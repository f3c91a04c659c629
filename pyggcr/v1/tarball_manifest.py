"""Parse ``manifest.json`` of an archive that docker save wrote (``tarball.Descriptor``)."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Map, Slice, Struct
from pyggcr.types import MediaType
from pyggcr.v1 import manifest
from pyggcr.v1.hash import Hash
from pyggcr.v1.kinds import HASH, STRINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.errors import Error

__all__ = ["OWN_LAYERS", "Descriptor", "parse_tarball_manifest"]

# Docker 25 and later list their own uncompressed layers in LayerSources under these types;
# go-containerregistry from v0.19 on ignores such entries (its issue 1870).
OWN_LAYERS = frozenset({MediaType.DOCKER_UNCOMPRESSED_LAYER, MediaType.OCI_UNCOMPRESSED_LAYER})


@dataclass(slots=True)
class Descriptor:
    """One image of the archive (``tarball.Descriptor``).

    Attributes:
        config: the name of the file with the config.
        repo_tags: the tags of the image.
        layers: the names of the files with the layers, base layer first.
        layer_sources: by DiffID, the descriptor of a layer that is stored elsewhere; Docker 25 and
            later list their own layers too.
    """

    config: str = ""
    repo_tags: list[str] | None = None
    layers: list[str] | None = None
    layer_sources: dict[Hash, manifest.Descriptor] | None = None


_DESCRIPTOR = Struct(
    "tarball.Descriptor",
    Descriptor,
    Field("config", "Config", STRING),
    Field("repo_tags", "RepoTags", STRINGS),
    Field("layers", "Layers", STRINGS),
    Field(
        "layer_sources",
        "LayerSources",
        Map(manifest.DESCRIPTOR, "map[v1.Hash]v1.Descriptor", HASH),
        omitempty=True,
    ),
)
_MANIFEST = Slice(_DESCRIPTOR, "tarball.Manifest")


def parse_tarball_manifest(
    data: bytes, *, tail_error: Error | None = None
) -> list[Descriptor] | None:
    """Parse a ``manifest.json``.

    Args:
        data: the document.
        tail_error: the error that stopped reading the document, if it could not be read to its end.

    Returns:
        The images; ``None`` for ``null``.

    Raises:
        JSONError: the document is malformed, or a value has the wrong type.
        InvalidHashError: a digest in it is malformed.
        TruncatedError: it ends too early.
    """
    return json.decode(data, _MANIFEST, tail_error=tail_error)
