"""The descriptions of archives that the package makes, by the name that the tests know."""

from __future__ import annotations

from pyggcr.differential.making.archives import (
    DOCKER_FOREIGN,
    DOCKER_UNCOMPRESSED,
    OCI_UNCOMPRESSED,
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    sha256,
    uncompressed_source,
)

__all__ = [
    "DOCKER_FOREIGN",
    "DOCKER_UNCOMPRESSED",
    "OCI_UNCOMPRESSED",
    "ImageSpec",
    "LayerSpec",
    "docker_save",
    "layer_tar",
    "make_tar",
    "member",
    "sha256",
    "uncompressed_source",
]
