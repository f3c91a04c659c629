"""One pass says what Go's way says, gives up on the rest, and is not made twice."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from pathlib import Path

import pytest

from pyggcr import errors, tarball, validate
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.gzip import Compressor
from pyggcr._gostd.tar import Walk
from pyggcr._layers import one_pass, source
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.differential.generate.archives import make_tar, member

DOCKER = Path(__file__).parents[1] / "data" / "docker"
REAL = ["25.0.2/app-tag.tar", "28.5.2-containerd-store/app-tag.tar"]


def tar_of(*names: str, size: int = 700) -> bytes:
    """A tar archive of files with these names."""
    return make_tar([member(name, name.encode() * (size // len(name))) for name in names])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Raw(io.BytesIO, io.RawIOBase):
    """Bytes as a raw stream."""


@pytest.mark.parametrize("profile", ["go1.26", "go1.27"])
@pytest.mark.parametrize("size", [0, 700, 3_000_000])
def test_a_plain_layer(profile, size):
    content = tar_of("a", "b/c", size=size)
    with WorkerPool(1) as pool:
        facts = one_pass.read_content(Raw(content), Compressor(profile), pool, Walk())
        digest, length = one_pass.compress(Raw(content), Compressor(profile), pool)
    compressor = Compressor(profile)
    zipped = compressor.compress(content) + compressor.flush()
    assert facts.diff_id.hex == sha256(content)
    assert facts.digest.hex == sha256(zipped) == digest.hex
    assert facts.size == len(zipped) == length


def test_a_gzip_layer_of_several_members():
    content = tar_of("a", "b", size=1_000_000)
    blob = gzip.compress(content[:5000]) + gzip.compress(content[5000:])
    with WorkerPool(1) as pool:
        facts = one_pass.read_blob(Raw(blob), pool, Walk())
    assert (facts.digest.hex, facts.size) == (sha256(blob), len(blob))
    assert facts.diff_id.hex == sha256(content)


BAD_CONTENT = {
    "a name twice": tar_of("same", "same"),
    "cut in a header": tar_of("a")[:300],
    "no tar": b"x" * 5000,
}
GOOD_BLOB = gzip.compress(tar_of("a", size=100_000), 6, mtime=0)
BAD_BLOBS = {
    **{what: gzip.compress(content) for what, content in BAD_CONTENT.items()},
    "no gzip": b"no gzip at all",
    "empty": b"",
    "cut": GOOD_BLOB[:-9],
    "wrong checksum": GOOD_BLOB[:-8] + b"\0\0\0\0" + GOOD_BLOB[-4:],
    "rubbish behind": GOOD_BLOB + b"rubbish",
    "damaged": GOOD_BLOB[:20] + b"\xff\xff\xff" + GOOD_BLOB[23:],
}


@pytest.mark.parametrize("what", BAD_CONTENT)
def test_a_plain_layer_that_is_not_plainly_good(what):
    with WorkerPool(1) as pool, pytest.raises(one_pass.GaveUpError):
        one_pass.read_content(Raw(BAD_CONTENT[what]), Compressor("go1.26"), pool, Walk())


@pytest.mark.parametrize("what", BAD_BLOBS)
def test_a_gzip_layer_that_is_not_plainly_good(what):
    with WorkerPool(1) as pool, pytest.raises(errors.Error):
        one_pass.read_blob(Raw(BAD_BLOBS[what]), pool, Walk())


@pytest.mark.parametrize("what", BAD_BLOBS)
def test_giving_up_leaves_the_verdict_to_gos_way(what, engine, tmp_path, monkeypatch):
    """A layer of a file is validated in Go's words, whether a pass comes first or not."""
    path = tmp_path / "layer"
    path.write_bytes(BAD_BLOBS[what])

    def verdict() -> str:
        try:
            with tarball.layer_from_path(path, engine=engine) as layer:
                validate.layer(layer)
        except errors.Error as error:
            return f"{type(error).__name__}: {error}"
        return "good"

    with_passes = verdict()
    monkeypatch.setattr(one_pass, "read_blob", _give_up)
    monkeypatch.setattr(one_pass, "read_content", _give_up)
    assert verdict() == with_passes


def _give_up(*_arguments):
    raise errors.CompressionError("as if it were damaged")


@pytest.mark.parametrize("archive", REAL)
def test_a_validated_image_is_not_read_again(archive, monkeypatch):
    """Digest, manifest and layers after ``validate`` come from what the pass has found."""
    read = []
    original = source.LimitedFile.read_at

    def counting(self, offset, size):
        data = original(self, offset, size)
        read.append(len(data))
        return data

    monkeypatch.setattr(source.LimitedFile, "read_at", counting)
    with tarball.image_from_path(DOCKER / archive, engine="python") as image:
        validate.image(image)
        in_validate = sum(read)
        assert image.layers()
        read.clear()
        image.digest()
        for layer in image.layers():
            assert layer.diff_id() in image.config_file().rootfs.diff_ids
            assert layer.digest() in [each.digest for each in image.manifest().layers]
    assert sum(read) == 0
    assert in_validate < 2.5 * (DOCKER / archive).stat().st_size


@pytest.mark.parametrize("archive", REAL)
def test_what_is_known_starts_no_thread(archive, monkeypatch):
    with tarball.image_from_path(DOCKER / archive, engine="python") as image:
        layers = image.layers()
        validate.image(image)
        for layer in layers:
            layer.diff_id()
        started = []
        monkeypatch.setattr(threading.Thread, "start", started.append)
        for layer in image.layers():
            layer.digest()
            layer.size()
            layer.diff_id()
    assert started == []


def test_a_function_of_the_users_is_called_in_the_users_thread():
    path = DOCKER / REAL[0]
    threads = set()

    def opener():
        threads.add(threading.get_ident())
        return path.open("rb")

    with tarball.image(opener, engine="python") as image:
        validate.image(image)
        image.digest()
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("compression", ["plain", "gzip"])
def test_a_layer_of_a_file_is_read_once(compression, tmp_path, monkeypatch):
    content = tar_of("a", size=2_000_000)
    path = tmp_path / "layer"
    path.write_bytes(content if compression == "plain" else gzip.compress(content))
    sizes = []
    original = source.LimitedFile.read_at
    monkeypatch.setattr(
        source.LimitedFile,
        "read_at",
        lambda *at: sizes.append(len(original(*at))) or original(*at),
    )
    with tarball.layer_from_path(path, engine="python") as layer:
        assert layer.diff_id().hex == sha256(content)
    assert sum(sizes) < 1.1 * path.stat().st_size


@pytest.mark.parametrize("archive", REAL)
def test_with_and_without_passes_the_answers_are_the_same(archive, monkeypatch):
    def answers() -> list[object]:
        with tarball.image_from_path(DOCKER / archive, engine="python") as image:
            validate.image(image)
            return [
                image.digest(),
                *[(each.digest(), each.size(), each.diff_id()) for each in image.layers()],
            ]

    by_passes = answers()
    monkeypatch.setattr(one_pass, "read_blob", _give_up)
    monkeypatch.setattr(one_pass, "read_content", _give_up)
    assert answers() == by_passes


@pytest.mark.parametrize("decoder", ["accelerator", "isal", "zlib"])
def test_each_decoder_gives_the_same(decoder, monkeypatch, require):
    content = tar_of("a", "b", size=2_000_000)
    blob = gzip.compress(content)
    if decoder == "accelerator":
        if accelerator.load() is None:
            require("accelerator", accelerator.why_missing())
    else:
        monkeypatch.setattr(accelerator, "load", lambda: None)
    if decoder == "isal" and codecs._isal() is None:
        require("isal", "the package isal is not installed")
    if decoder == "zlib":
        monkeypatch.setattr(codecs, "_isal", lambda: None)
    monkeypatch.setattr(codecs, "_crc32", codecs._crc32.__wrapped__)  # it remembers its choice
    made_by = {"accelerator": "CompiledInflater", "isal": "Decompress", "zlib": "Decompress"}
    assert type(codecs.fast_inflater()).__name__ == made_by[decoder]
    with WorkerPool(1) as pool:
        facts = one_pass.read_blob(Raw(blob), pool)
    assert (facts.digest.hex, facts.size) == (sha256(blob), len(blob))
    assert facts.diff_id.hex == sha256(content)
