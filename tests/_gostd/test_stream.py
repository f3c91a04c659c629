"""What all streams of the Python engine have in common."""

from __future__ import annotations

import gzip
import io

import pytest

from pyggcr._gostd.gzip import CompressedStream, Reader
from pyggcr._gostd.stream import PieceStream
from pyggcr.errors import CancelledError


class Interrupted(io.BytesIO, io.RawIOBase):
    """Bytes, and Ctrl-C at one of the reads."""

    def __init__(self, data: bytes, at: int) -> None:
        super().__init__(data)
        self._left = at

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return super().read(size)


class Passed(PieceStream):
    """A stream that gives what another one does."""

    def __init__(self, source: io.RawIOBase) -> None:
        super().__init__()
        self._source = source

    def _take(self, size: int) -> bytes:
        return self._source.read(size) or b""


NOISE = bytes(range(256)) * 4000

STREAMS = {
    "plain": Passed,
    "gzip undone": Reader,
    "gzip made": lambda source: CompressedStream(source, "go1.26"),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_that_was_interrupted_does_not_go_on_as_if_it_had_ended(kind):
    data = gzip.compress(NOISE, 0) if kind == "gzip undone" else NOISE
    stream = STREAMS[kind](Interrupted(data, at=3))
    with pytest.raises(KeyboardInterrupt):
        while stream.read(1 << 16):
            continue
    for _ in range(2):
        with pytest.raises(CancelledError, match="interrupted"):
            stream.read(1)
    stream.close()


def test_an_error_of_the_source_leaves_the_stream_as_it_is():
    class Once(io.BytesIO, io.RawIOBase):
        failed = False

        def read(self, size: int | None = -1, /) -> bytes:
            if not self.failed:
                self.failed = True
                raise OSError("the disk is tired")
            return super().read(size)

    stream = Passed(Once(b"bytes"))
    with pytest.raises(OSError, match="tired"):
        stream.read(10)
    assert stream.read(10) == b"bytes"
