"""Archives that a function opens: any stream will do, and its errors reach the caller."""

from __future__ import annotations

import io
import itertools
import time
from pathlib import Path

import pytest

from pyggcr import errors, tarball, validate

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = [DATA / "25.0.2" / "app-tag.tar", DATA / "28.5.2-containerd-store" / "app-tag.tar"]


class Forward(io.RawIOBase):
    """A stream that cannot seek and gives little at a time."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = self._data.read(min(len(buffer), 1000))
        buffer[: len(piece)] = piece
        return len(piece)


OPENERS = {
    "file": lambda path: lambda: path.open("rb"),
    "bytes": lambda path: lambda: io.BytesIO(path.read_bytes()),
    "forward only": lambda path: lambda: Forward(path.read_bytes()),
}


@pytest.mark.parametrize("kind", OPENERS)
@pytest.mark.parametrize("path", ARCHIVES, ids=["plain layers", "gzip layers"])
def test_any_stream_gives_the_same_image(engine, kind, path):
    opener = OPENERS[kind](path)
    with (
        tarball.image(opener, "app:1", engine=engine) as image,
        tarball.image_from_path(path, engine=engine) as expected,
    ):
        assert image.digest() == expected.digest()
        validate.image(image)
        manifest = tarball.load_manifest(opener, engine=engine)
        assert manifest == tarball.load_manifest(path, engine=engine)


def test_every_stream_is_closed(engine):
    opened = []

    def opener():
        opened.append(ARCHIVES[0].open("rb"))
        return opened[-1]

    with tarball.image(opener, engine=engine) as image:
        validate.image(image)
        with image.layers()[0] as layer, layer.compressed() as stream:
            stream.read(1)
    assert opened
    # Go closes what it compresses in a goroutine of its own.
    deadline = time.monotonic() + 10
    while not all(stream.closed for stream in opened) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(stream.closed for stream in opened)


class MineError(Exception):
    """Not one of the package."""


def test_what_the_opener_raises_reaches_the_caller(engine):
    def opener():
        raise MineError("no archive today")

    with pytest.raises(MineError, match="no archive today"):
        tarball.image(opener, engine=engine)


@pytest.mark.parametrize("after", [0, 1, 3, 20, 60])
def test_what_reading_raises_reaches_the_caller(engine, after):
    data = ARCHIVES[1].read_bytes()

    class Failing(Forward):
        reads = itertools.count()

        def readinto(self, buffer) -> int:
            if next(self.reads) >= after:
                raise MineError("the disk is gone")
            return super().readinto(buffer)

    with pytest.raises(MineError, match="the disk is gone"):  # noqa: SIM117
        with tarball.image(lambda: Failing(data), engine=engine) as image:
            validate.image(image)
            image.digest()


def test_a_layer_from_an_opener(engine, tmp_path):
    path = tmp_path / "layer.tar"
    path.write_bytes(bytes(10_240))
    with (
        tarball.layer_from_opener(lambda: path.open("rb"), engine=engine) as layer,
        tarball.layer_from_path(path, engine=engine) as expected,
    ):
        assert layer.digest() == expected.digest()
        validate.layer(layer)


def test_a_missing_file_for_a_layer(engine, tmp_path):
    with pytest.raises(errors.MissingPathError):
        tarball.layer_from_path(tmp_path / "missing", engine=engine)
