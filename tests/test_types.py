"""Media types: the questions that pkg/v1/types answers."""

from __future__ import annotations

import pickle

import pytest

from pyggcr import types
from pyggcr.types import MediaType

OCI = "application/vnd.oci."
DOCKER = "application/vnd.docker."

IMAGES = {OCI + "image.manifest.v1+json", DOCKER + "distribution.manifest.v2+json"}
INDEXES = {OCI + "image.index.v1+json", DOCKER + "distribution.manifest.list.v2+json"}
CONFIGS = {OCI + "image.config.v1+json", DOCKER + "container.image.v1+json"}
SCHEMA1 = {
    DOCKER + "distribution.manifest.v1+json",
    DOCKER + "distribution.manifest.v1+prettyjws",
}
RESTRICTED = {
    OCI + "image.layer.nondistributable.v1.tar+gzip",
    OCI + "image.layer.nondistributable.v1.tar",
    DOCKER + "image.rootfs.foreign.diff.tar.gzip",
}
LAYERS = RESTRICTED | {
    OCI + "image.layer.v1.tar+gzip",
    OCI + "image.layer.v1.tar+zstd",
    OCI + "image.layer.v1.tar",
    DOCKER + "image.rootfs.diff.tar.gzip",
    DOCKER + "image.rootfs.diff.tar",
}
OTHERS = {
    OCI + "descriptor.v1+json",
    OCI + "empty.v1+json",
    DOCKER + "plugin.v1+json",
    "application/json",
    "",
}
ALL = sorted(IMAGES | INDEXES | CONFIGS | SCHEMA1 | LAYERS | OTHERS)


@pytest.mark.parametrize("text", ALL)
def test_each_type_is_of_its_kind_and_of_no_other(text: str) -> None:
    media_type = MediaType(text)
    assert media_type.is_image() == (text in IMAGES)
    assert media_type.is_index() == (text in INDEXES)
    assert media_type.is_config() == (text in CONFIGS)
    assert media_type.is_schema1() == (text in SCHEMA1)
    assert media_type.is_layer() == (text in LAYERS)
    assert media_type.is_distributable() == (text not in RESTRICTED)


def test_the_constants_are_the_known_types() -> None:
    constants = {value for value in vars(MediaType).values() if isinstance(value, MediaType)}
    assert constants == set(ALL) - {"application/json", ""}


def test_each_vendor_has_its_prefix() -> None:
    constants = {value for value in vars(MediaType).values() if isinstance(value, MediaType)}
    prefixes = (
        f"application/{types.OCI_VENDOR_PREFIX}.",
        f"application/{types.DOCKER_VENDOR_PREFIX}.",
    )
    assert all(constant.startswith(prefixes) for constant in constants)


def test_a_media_type_is_its_text() -> None:
    assert MediaType.OCI_LAYER == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert str(MediaType.OCI_LAYER) == "application/vnd.oci.image.layer.v1.tar+gzip"


def test_a_media_type_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(MediaType.OCI_LAYER))
    assert again == MediaType.OCI_LAYER
    assert again.is_layer()
