"""Images over their life: threads, closing, and thousands of rounds without a leak."""

from __future__ import annotations

import os
import shutil
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyggcr import errors, tarball, v1, validate

DATA = Path(__file__).parents[1] / "data" / "docker"
APP = DATA / "25.0.2" / "app-tag.tar"
ZIPPED = DATA / "28.5.2-containerd-store" / "app-tag.tar"


@pytest.mark.parametrize("path", [APP, ZIPPED], ids=["plain layers", "gzip layers"])
def test_eight_threads_on_one_image(engine, path):
    start = threading.Barrier(8)

    def work(image: v1.Image) -> tuple:
        start.wait()
        layers = image.layers()
        contents = [hash_of(layer.uncompressed) for layer in layers]
        validate.image(image)
        return image.digest(), contents, [layer.digest() for layer in layers]

    with (
        tarball.image_from_path(path, engine=engine) as image,
        ThreadPoolExecutor(8) as threads,
    ):
        answers = list(threads.map(work, [image] * 8))
    assert all(answer == answers[0] for answer in answers)


def hash_of(open_stream) -> v1.Hash:
    """The hash of the stream that the function opens."""
    with open_stream() as stream:
        return v1.sha256(stream)[0]


QUESTIONS = (
    "layers",
    "media_type",
    "size",
    "config_name",
    "config_file",
    "raw_config_file",
    "digest",
    "manifest",
    "raw_manifest",
)


@pytest.mark.parametrize("path", [APP, ZIPPED], ids=["plain layers", "gzip layers"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_closed_image_answers_nothing(engine, path, question):
    image = tarball.image_from_path(path, engine=engine)
    image.close()
    with pytest.raises(errors.ClosedError, match="image already closed"):
        getattr(image, question)()


@pytest.mark.parametrize("path", [APP, ZIPPED], ids=["plain layers", "gzip layers"])
def test_a_closed_image_finds_and_validates_nothing(engine, path):
    with tarball.image_from_path(path, engine=engine) as image:
        layer = image.layers()[0]
        digest, diff_id = layer.digest(), layer.diff_id()
    with pytest.raises(errors.ClosedError):
        image.layer_by_digest(digest)
    with pytest.raises(errors.ClosedError):
        image.layer_by_diff_id(diff_id)
    with pytest.raises(errors.ClosedError):
        validate.image(image)
    layer.close()


@pytest.mark.parametrize("path", [APP, ZIPPED], ids=["plain layers", "gzip layers"])
@pytest.mark.parametrize(
    "question", ["digest", "diff_id", "size", "media_type", "compressed", "uncompressed"]
)
def test_a_closed_layer_answers_nothing(engine, path, question):
    with tarball.image_from_path(path, engine=engine) as image:
        layer = image.layers()[0]
    layer.close()
    with pytest.raises(errors.ClosedError, match="layer already closed"):
        getattr(layer, question)()


def test_closing_twice_is_fine(engine):
    image = tarball.image_from_path(APP, engine=engine)
    layer = image.layers()[0]
    stream = layer.uncompressed()
    for thing in (stream, layer, image) * 2:
        thing.close()


def test_layers_and_streams_outlive_their_image(engine):
    with tarball.image_from_path(APP, engine=engine) as image:
        layer = image.layers()[1]
        stream = layer.uncompressed()
    with stream, layer:
        assert v1.sha256(stream)[0] == layer.diff_id() == hash_of(layer.uncompressed)


def test_a_layer_streams_into_tarfile(engine):
    with (
        tarball.image_from_path(APP, engine=engine) as image,
        image.layers()[2] as layer,
        layer.uncompressed() as stream,
        tarfile.open(fileobj=stream, mode="r|") as content,
    ):
        names = content.getnames()
    assert names


def test_a_layer_copies_to_a_file(engine, tmp_path):
    target = tmp_path / "layer.tar.gz"
    with (
        tarball.image_from_path(APP, engine=engine) as image,
        image.layers()[0] as layer,
        layer.compressed() as stream,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(stream, file)
        assert target.stat().st_size <= layer.size()
        file.flush()
        assert target.stat().st_size == layer.size()


@pytest.mark.full
def test_ten_thousand_rounds_leak_nothing(engine):
    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def round_trip() -> None:
        with (
            tarball.image_from_path(ZIPPED, engine=engine) as image,
            image.layer_by_diff_id(diff_id) as layer,
            layer.compressed() as stream,
        ):
            stream.read(10)

    with tarball.image_from_path(ZIPPED, engine=engine) as image:
        diff_id = image.config_file().rootfs.diff_ids[0]
    for _ in range(200):
        round_trip()
    files, memory = open_files(), resident()
    for _ in range(10_000 if os.environ.get("HYPOTHESIS_PROFILE") else 1_000):
        round_trip()
    assert open_files() == files
    assert resident() - memory < 8 << 20
