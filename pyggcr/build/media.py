"""Media types in their two families, OCI's and Docker's, and their translation."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr.errors import BuildError, UnsupportedOptionError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, get_args
else:
    from pyggcr._typing import Literal, get_args


__all__ = ["DOCKER", "OCI", "Family", "FamilyName", "compression_of", "family_named", "family_of"]

FamilyName = Literal["oci", "docker"]


@dataclass(frozen=True, slots=True)
class Family:
    """The media types of one family of images.

    Layers of the types in ``foreign`` must not be distributed.
    """

    name: FamilyName
    manifest: MediaType
    index: MediaType
    config: MediaType
    layers: dict[str, MediaType]
    foreign: dict[str, MediaType]

    def layer(self, compression: str) -> MediaType:
        """Return the media type of a layer.

        Args:
            compression: ``gzip``, ``zstd`` or ``none``.

        Returns:
            The media type.

        Raises:
            UnsupportedOptionError: the family has none; Docker's has none for zstd.
        """
        found = self.layers.get(compression)
        if found is None:
            raise UnsupportedOptionError(
                f"{self.name} images have no media type for {compression} layers; "
                "choose gzip, or OCI media types"
            )
        return found

    def retyped(self, media_type: MediaType) -> MediaType:
        """Translate the media type of a layer into this family.

        Args:
            media_type: the media type.

        Returns:
            The media type of this family; one that is not a layer's is returned unchanged.

        Raises:
            BuildError: this family has no such layers.
        """
        for other in (OCI, DOCKER):
            for mine, its in ((self.layers, other.layers), (self.foreign, other.foreign)):
                for compression, known in its.items():
                    if known == media_type:
                        if compression in mine:
                            return mine[compression]
                        raise BuildError(f"{self.name} images have no layers like {media_type}")
        return media_type


OCI = Family(
    "oci",
    MediaType.OCI_MANIFEST_SCHEMA1,
    MediaType.OCI_IMAGE_INDEX,
    MediaType.OCI_CONFIG_JSON,
    {
        "gzip": MediaType.OCI_LAYER,
        "none": MediaType.OCI_UNCOMPRESSED_LAYER,
        "zstd": MediaType.OCI_LAYER_ZSTD,
    },
    {
        "gzip": MediaType.OCI_RESTRICTED_LAYER,
        "none": MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER,
    },
)
DOCKER = Family(
    "docker",
    MediaType.DOCKER_MANIFEST_SCHEMA2,
    MediaType.DOCKER_MANIFEST_LIST,
    MediaType.DOCKER_CONFIG_JSON,
    {"gzip": MediaType.DOCKER_LAYER, "none": MediaType.DOCKER_UNCOMPRESSED_LAYER},
    {"gzip": MediaType.DOCKER_FOREIGN_LAYER},
)
_FAMILIES = {family.name: family for family in (OCI, DOCKER)}


def family_named(name: str) -> Family:
    """Return the family with a name.

    Args:
        name: ``oci`` or ``docker``.

    Returns:
        The family.

    Raises:
        UnsupportedOptionError: there is no such family.
    """
    for family in _FAMILIES.values():
        if family.name == name:
            return family
    raise UnsupportedOptionError(
        f"media types are {' or '.join(get_args(FamilyName))}, not {name!r}"
    )


def family_of(media_type: MediaType) -> Family:
    """Return the family of a manifest or an index.

    Args:
        media_type: the media type of the manifest or index.

    Returns:
        The family.

    Raises:
        BuildError: the type belongs to neither.
    """
    for family in _FAMILIES.values():
        if media_type in (family.manifest, family.index):
            return family
    raise BuildError(f"not a manifest or an index of images: {media_type or 'no media type'}")


def compression_of(media_type: MediaType) -> str | None:
    """Return the compression of a layer by its media type.

    Args:
        media_type: the media type.

    Returns:
        Such as ``gzip``; ``None`` if it is not a layer, or a foreign one.
    """
    for family in _FAMILIES.values():
        for compression, known in family.layers.items():
            if known == media_type:
                return compression
    return None
