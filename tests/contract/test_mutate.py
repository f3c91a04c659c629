"""What ``mutate.extract`` adds to ``crane.export``, whose tests are in test_mutate_extract.py."""

from __future__ import annotations

import io
import tarfile

import pytest

from pyggcr import crane, errors, mutate, tarball
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar


@pytest.fixture
def image(tmp_path, engine):
    contents = [{"kept": b"1", "replaced": b"2"}, {"replaced": b"3"}]
    layers = [LayerSpec(layer_tar(it), "gzip") for it in contents]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine=engine) as opened:
        yield opened


def test_the_stream_is_what_export_writes(image):
    exported = io.BytesIO()
    crane.export(image, exported)

    with mutate.extract(image) as stream:
        flat = stream.read()

    assert flat == exported.getvalue()
    with tarfile.open(fileobj=io.BytesIO(flat)) as tar:
        contents = {it.name: tar.extractfile(it).read() for it in tar}
    assert contents == {"replaced": b"3", "kept": b"1"}


def test_a_stream_that_is_read_byte_by_byte_gives_the_same(image):
    with mutate.extract(image) as whole, mutate.extract(image) as stream:
        assert b"".join(iter(lambda: stream.read(1), b"")) == whole.read()


def test_a_stream_may_be_closed_before_its_end(image):
    stream = mutate.extract(image)
    stream.read(10)
    stream.close()
    stream.close()
    assert stream.closed


def test_a_layer_that_is_no_tar_is_an_error(tmp_path, engine):
    layers = [LayerSpec(layer_tar({"f": b"1"})), LayerSpec(b"no tar" * 200)]
    (tmp_path / "bad.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))

    with (
        tarball.image_from_path(tmp_path / "bad.tar", engine=engine) as image,
        mutate.extract(image) as stream,
        pytest.raises(errors.ArchiveError, match="^reading tar: "),
    ):
        stream.read()
