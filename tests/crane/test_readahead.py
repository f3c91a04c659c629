"""A stream that another thread reads ahead gives the same bytes and errors, and ends."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest

from pyggcr import errors, limits
from pyggcr.crane.readahead import Readahead


class Dribble(io.RawIOBase):
    """Bytes in small pieces, and then an error if there is one."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self._content = io.BytesIO(content)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(min(size, 1000))
        if not piece and self._error is not None:
            raise self._error
        return piece


class Endless(io.RawIOBase):
    """Never ends, and looks whether it may go on."""

    def read(self, size: int = -1) -> bytes:
        limits.current().check()
        return bytes(size)


def read_ahead_threads() -> list[threading.Thread]:
    return [it for it in threading.enumerate() if it.name == "pyggcr-readahead"]


def test_the_bytes_are_those_of_the_stream():
    content = bytes(range(256)) * 20_000
    source = Dribble(content)
    with Readahead(source) as stream:
        assert not read_ahead_threads()  # nothing is read before somebody asks
        assert stream.read(10) == content[:10]
        assert stream.read() == content[10:]
        assert stream.read(1) == b""
    assert source.closed
    assert not read_ahead_threads()


@pytest.mark.parametrize("read", [lambda it: it.read(), lambda it: it.read(1 << 22)])
def test_an_error_comes_out_of_a_read(read: Callable[[Readahead], bytes]):
    with Readahead(Dribble(b"", errors.ArchiveError("broken"))) as stream:
        with pytest.raises(errors.ArchiveError, match="broken"):
            read(stream)
        assert stream.read(1) == b""


def test_closing_ends_the_thread_of_an_endless_stream():
    stream = Readahead(Endless())
    stream.read(1)
    assert read_ahead_threads()
    stream.close()
    stream.close()
    assert not read_ahead_threads()


def test_the_limits_are_those_of_whoever_made_it():
    token = limits.CancelToken()
    with limits.limit(cancel=token), Readahead(Endless()) as stream:
        stream.read(1)
        token.cancel()
        with pytest.raises(errors.CancelledError):
            while stream.read(1 << 20):
                continue
