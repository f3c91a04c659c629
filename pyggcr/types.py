"""Media types of images, indexes, configs and layers: pkg/v1/types."""

from __future__ import annotations

__all__ = ["DOCKER_VENDOR_PREFIX", "OCI_VENDOR_PREFIX", "MediaType"]

# What the media types of Docker and of the OCI have in common (types.DockerVendorPrefix, …).
DOCKER_VENDOR_PREFIX = "vnd.docker"
OCI_VENDOR_PREFIX = "vnd.oci"


class MediaType(str):
    """A media type: a string with the methods of ``types.MediaType``.

    Examples:
        >>> MediaType.OCI_LAYER.is_layer()
        True
        >>> MediaType("text/plain").is_layer()
        False
    """

    __slots__ = ()

    OCI_CONTENT_DESCRIPTOR: MediaType
    OCI_IMAGE_INDEX: MediaType
    OCI_MANIFEST_SCHEMA1: MediaType
    OCI_CONFIG_JSON: MediaType
    OCI_LAYER: MediaType
    OCI_LAYER_ZSTD: MediaType
    OCI_RESTRICTED_LAYER: MediaType
    OCI_UNCOMPRESSED_LAYER: MediaType
    OCI_UNCOMPRESSED_RESTRICTED_LAYER: MediaType
    OCI_EMPTY_JSON: MediaType
    DOCKER_MANIFEST_SCHEMA1: MediaType
    DOCKER_MANIFEST_SCHEMA1_SIGNED: MediaType
    DOCKER_MANIFEST_SCHEMA2: MediaType
    DOCKER_MANIFEST_LIST: MediaType
    DOCKER_LAYER: MediaType
    DOCKER_CONFIG_JSON: MediaType
    DOCKER_PLUGIN_CONFIG: MediaType
    DOCKER_FOREIGN_LAYER: MediaType
    DOCKER_UNCOMPRESSED_LAYER: MediaType

    def is_distributable(self) -> bool:
        """Tell whether content of this type may be pushed (``MediaType.IsDistributable``).

        Returns:
            False for the types of foreign (nondistributable) layers, true for all others.
        """
        return self not in _RESTRICTED

    def is_image(self) -> bool:
        """Tell whether this is the type of an image manifest (``MediaType.IsImage``).

        Returns:
            True for OCI image manifests and Docker manifests of schema 2.
        """
        return self in _IMAGES

    def is_index(self) -> bool:
        """Tell whether this is the type of an index (``MediaType.IsIndex``).

        Returns:
            True for OCI indexes and Docker manifest lists.
        """
        return self in _INDEXES

    def is_config(self) -> bool:
        """Tell whether this is the type of an image config (``MediaType.IsConfig``).

        Returns:
            True for the configs of OCI and of Docker.
        """
        return self in _CONFIGS

    def is_schema1(self) -> bool:
        """Tell whether this is the type of a Docker manifest of schema 1 (``MediaType.IsSchema1``).

        Returns:
            True for signed and unsigned manifests of schema 1.
        """
        return self in _SCHEMA1

    def is_layer(self) -> bool:
        """Tell whether this is the type of a layer (``MediaType.IsLayer``).

        Returns:
            True for the layers of OCI and Docker, compressed or not, foreign ones included.
        """
        return self in _LAYERS


_OCI = "application/vnd.oci."
_DOCKER = "application/vnd.docker."

MediaType.OCI_CONTENT_DESCRIPTOR = MediaType(_OCI + "descriptor.v1+json")
MediaType.OCI_IMAGE_INDEX = MediaType(_OCI + "image.index.v1+json")
MediaType.OCI_MANIFEST_SCHEMA1 = MediaType(_OCI + "image.manifest.v1+json")
MediaType.OCI_CONFIG_JSON = MediaType(_OCI + "image.config.v1+json")
MediaType.OCI_LAYER = MediaType(_OCI + "image.layer.v1.tar+gzip")
MediaType.OCI_LAYER_ZSTD = MediaType(_OCI + "image.layer.v1.tar+zstd")
MediaType.OCI_RESTRICTED_LAYER = MediaType(_OCI + "image.layer.nondistributable.v1.tar+gzip")
MediaType.OCI_UNCOMPRESSED_LAYER = MediaType(_OCI + "image.layer.v1.tar")
MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER = MediaType(
    _OCI + "image.layer.nondistributable.v1.tar"
)
MediaType.OCI_EMPTY_JSON = MediaType(_OCI + "empty.v1+json")
MediaType.DOCKER_MANIFEST_SCHEMA1 = MediaType(_DOCKER + "distribution.manifest.v1+json")
MediaType.DOCKER_MANIFEST_SCHEMA1_SIGNED = MediaType(_DOCKER + "distribution.manifest.v1+prettyjws")
MediaType.DOCKER_MANIFEST_SCHEMA2 = MediaType(_DOCKER + "distribution.manifest.v2+json")
MediaType.DOCKER_MANIFEST_LIST = MediaType(_DOCKER + "distribution.manifest.list.v2+json")
MediaType.DOCKER_LAYER = MediaType(_DOCKER + "image.rootfs.diff.tar.gzip")
MediaType.DOCKER_CONFIG_JSON = MediaType(_DOCKER + "container.image.v1+json")
MediaType.DOCKER_PLUGIN_CONFIG = MediaType(_DOCKER + "plugin.v1+json")
MediaType.DOCKER_FOREIGN_LAYER = MediaType(_DOCKER + "image.rootfs.foreign.diff.tar.gzip")
MediaType.DOCKER_UNCOMPRESSED_LAYER = MediaType(_DOCKER + "image.rootfs.diff.tar")

_RESTRICTED = frozenset(
    {
        MediaType.DOCKER_FOREIGN_LAYER,
        MediaType.OCI_RESTRICTED_LAYER,
        MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER,
    }
)
_IMAGES = frozenset({MediaType.OCI_MANIFEST_SCHEMA1, MediaType.DOCKER_MANIFEST_SCHEMA2})
_INDEXES = frozenset({MediaType.OCI_IMAGE_INDEX, MediaType.DOCKER_MANIFEST_LIST})
_CONFIGS = frozenset({MediaType.OCI_CONFIG_JSON, MediaType.DOCKER_CONFIG_JSON})
_SCHEMA1 = frozenset({MediaType.DOCKER_MANIFEST_SCHEMA1, MediaType.DOCKER_MANIFEST_SCHEMA1_SIGNED})
_LAYERS = frozenset(
    {
        MediaType.DOCKER_LAYER,
        MediaType.DOCKER_UNCOMPRESSED_LAYER,
        MediaType.OCI_LAYER,
        MediaType.OCI_LAYER_ZSTD,
        MediaType.OCI_UNCOMPRESSED_LAYER,
        MediaType.DOCKER_FOREIGN_LAYER,
        MediaType.OCI_RESTRICTED_LAYER,
        MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER,
    }
)
