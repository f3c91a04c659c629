"""The strategies for users: valid archives are valid, damaged ones vary, examples shrink."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from pyggcr import testing
from pyggcr.testing import docker_save, strategies

FIND = settings(max_examples=2000, database=None, derandomize=True)


@given(archive=strategies.archives())
def test_archives_are_tars_with_a_manifest(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as reader:
        assert "manifest.json" in reader.getnames()


@given(images=strategies.image_lists())
def test_image_lists_are_what_docker_save_takes(images):
    assert 1 <= len(images) <= 3
    assert len(docker_save(images)) % 512 == 0


def test_examples_shrink_to_small_ones():
    image = find(strategies.image_specs(), lambda image: len(image.layers) >= 2, settings=FIND)
    assert len(image.layers) == 2
    assert not any(any(layer.content) for layer in image.layers)


def test_every_kind_of_layer_is_found():
    for compression in ("none", "gzip", "zstd"):
        layer = find(
            strategies.layer_specs(),
            lambda layer, wanted=compression: layer.compression == wanted,
            settings=FIND,
        )
        assert layer.compression == compression


@pytest.mark.full
def test_damage_is_found():
    def is_damaged(archive: bytes) -> bool:
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as reader:
                return "manifest.json" not in reader.getnames()
        except tarfile.TarError:
            return True

    assert is_damaged(find(strategies.damaged_archives(), is_damaged, settings=FIND))


@given(tag=st.sampled_from(strategies.TAGS))
def test_tags_are_what_images_are_tagged_with(tag):
    image = testing.ImageSpec(tags=[tag])
    assert tag.encode() in docker_save([image])


def test_failing_examples_are_shown_in_few_words():
    archive = strategies.Archive(bytes(10240))
    assert repr(archive).startswith("<archive of 10240 bytes, sha256:")
    assert pretty(archive) == repr(archive)
    layer = testing.LayerSpec(bytes(10240), "gzip")
    assert pretty(layer) == repr(layer)
    assert len(repr(layer)) < 100
