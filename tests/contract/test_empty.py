"""``pyggcr.empty`` on both engines: pkg/v1/empty."""

from __future__ import annotations

import pytest

from pyggcr import empty, errors, partial, types, validate

NONE = "sha256:" + 64 * "0"

CONFIG = (
    b'{"architecture":"","created":"0001-01-01T00:00:00Z","os":"",'
    b'"rootfs":{"type":"layers","diff_ids":null},"config":{}}'
)
INDEX = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'


def test_the_image_has_the_bytes_of_go(engine):
    image = empty.image(engine=engine)

    assert image.raw_config_file() == CONFIG
    assert str(image.digest()).startswith("sha256:732112270d7e")
    assert image.media_type() == types.MediaType.DOCKER_MANIFEST_SCHEMA2
    assert image.layers() == []
    assert image.config_file().history is None
    assert image.size() == len(image.raw_manifest())


def test_the_engine_is_that_which_was_asked_for(engine):
    assert empty.image(engine=engine).engine == engine
    assert empty.index(engine=engine).engine == {"go": "go", "python": "python"}[engine]


def test_the_image_is_valid(engine):
    validate.image(empty.image(engine=engine))


def test_a_layer_of_the_image_is_an_unknown_blob(engine):
    with pytest.raises(errors.UnknownBlobError) as raised:
        empty.image(engine=engine).layer_by_digest(NONE)
    assert str(raised.value) == f"unknown blob {NONE}"


def test_a_diff_id_of_the_image_is_an_error_of_its_own(engine):
    with pytest.raises(errors.Error) as raised:
        empty.image(engine=engine).layer_by_diff_id(NONE)
    assert type(raised.value) is errors.Error
    assert str(raised.value) == f"LayerByDiffID({NONE}): empty image"


def test_the_index_has_the_bytes_of_go(engine):
    index = empty.index(engine=engine)

    assert index.raw_manifest() == INDEX
    assert index.size() == len(INDEX)
    assert index.media_type() == types.MediaType.OCI_IMAGE_INDEX
    assert index.digest() == partial.digest(index)
    assert index.index_manifest().manifests == []


@pytest.mark.parametrize("method", ["image", "image_index"])
def test_whatever_is_looked_up_in_the_index_is_not_there(engine, method):
    with pytest.raises(errors.Error) as raised:
        getattr(empty.index(engine=engine), method)(NONE)
    assert type(raised.value) is errors.Error
    assert str(raised.value) == "empty index"


def test_a_text_that_is_no_hash_is_refused(engine):
    with pytest.raises(errors.InvalidHashError):
        empty.index(engine=engine).image("sha256:zz")
