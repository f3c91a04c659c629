"""Layers that zstd compressed: read frame by frame, and refused where a frame is not whole."""

from __future__ import annotations

import pytest

from pyggcr import tarball
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    zstd_compress,
)
from pyggcr.errors import CompressionError, TruncatedError

CONTENT = layer_tar({"a": b"a"})
FRAME = zstd_compress(CONTENT)
# RFC 8878, 3.1.2: four bytes of user data.
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0skip"


@pytest.fixture
def uncompressed(engine, tmp_path):
    """The function that gives the content of a layer that is stored so, on each engine."""

    def read(stored: bytes) -> bytes:
        archive = tmp_path / "archive.tar"
        archive.write_bytes(docker_save([ImageSpec([LayerSpec(stored)])]))
        with tarball.image_from_path(archive, engine=engine) as image:
            (layer,) = image.layers()
            with layer.uncompressed() as stream:
                return stream.read()

    return read


def test_all_frames_are_read(uncompressed):
    assert uncompressed(FRAME + FRAME) == CONTENT * 2


def test_frames_of_user_data_are_skipped(uncompressed):
    assert uncompressed(FRAME + SKIPPABLE + FRAME + SKIPPABLE) == CONTENT * 2


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("tail", [bytes(3), FRAME[:3], b"abc"])
def test_less_than_a_magic_behind_a_frame_is_truncated(uncompressed, tail, size):
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        uncompressed(FRAME + tail[:size])


@pytest.mark.parametrize("cut", [1, 5, len(FRAME) - 5])
def test_a_frame_that_is_cut_is_truncated(uncompressed, cut):
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        uncompressed(FRAME[:-cut])


def test_what_is_no_frame_is_damage(uncompressed):
    with pytest.raises(CompressionError):
        uncompressed(FRAME + b"junk")
