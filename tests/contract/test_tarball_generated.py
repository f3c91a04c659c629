"""Archives made by hypothesis: both engines agree on every observation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr import differential
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    uncompressed_source,
)
from pyggcr.testing.strategies import TAGS, damaged_archives, image_lists

pytestmark = pytest.mark.usefixtures("go_engine")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A path that each example writes its archive to."""
    return tmp_path_factory.mktemp("made") / "archive.tar"


@given(
    images=image_lists(), tag=st.one_of(st.none(), st.sampled_from(TAGS[:4])), first=st.booleans()
)
def test_engines_agree_on_made_archives(archive, images, tag, first):
    archive.write_bytes(docker_save(images, manifest_first=first))
    report = differential.compare(archive, tag)
    assert report.differences == ()


@given(damaged=damaged_archives(), tag=st.one_of(st.none(), st.sampled_from(TAGS[:4])))
def test_engines_agree_on_damaged_archives(archive, damaged, tag):
    archive.write_bytes(damaged)
    report = differential.compare(archive, tag)
    assert report.differences == ()


@pytest.mark.full
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_engines_agree_on_hundreds_of_layers(archive, compression):
    layers = [
        LayerSpec(layer_tar({f"file-{number}": b"%d" % number}), compression)
        for number in range(150)
    ]
    for layer in layers[::3]:
        layer.source = uncompressed_source(layer.content)
    archive.write_bytes(docker_save([ImageSpec(layers=layers, tags=["big:1"])]))
    report = differential.compare(archive, "big:1")
    assert report.differences == ()
    assert len(report.python.layers) == 150
