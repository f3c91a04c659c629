"""What goes wrong with a ``FakeEngine``: slow, stalled, closed, cut short, nonsense, refused.

A fault meets the requests whose path holds ``on``, ``times`` times. It may spoil what the engine
receives, or what it sends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.fake_engine import _Exchange

__all__ = [
    "Closed",
    "ClosedWhileReceiving",
    "Fault",
    "Instead",
    "Slow",
    "Stalled",
    "Truncated",
    "garbage",
    "html",
    "refused",
]

_ALWAYS = 1 << 30


@dataclass
class Fault:
    """Nothing goes wrong yet: what the others have in common.

    Attributes:
        on: a part of the path.
        times: how many requests meet it, from the first.
    """

    on: str
    times: int = _ALWAYS

    def meets(self, path: str) -> bool:
        """Whether this request meets it; counts that it did."""
        if self.on not in path or self.times <= 0:
            return False
        self.times -= 1
        return True

    def receive(self, body: Iterator[bytes]) -> Iterator[bytes]:
        """What the engine gets of a request's body."""
        return body

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        """Send the answer."""
        answer()


class _Spoiled:
    """A connection's stream that calls ``spoil`` with what is left to send before it is silent."""

    def __init__(self, stream: Any, after: int, then: Callable[[], None]) -> None:
        self._stream = stream
        self._left = after
        self._then = then

    def write(self, data: bytes) -> int:
        if len(data) < self._left:
            self._left -= len(data)
            self._stream.write(data)
            return len(data)
        self._stream.write(data[: self._left])
        self._stream.flush()
        self._then()
        raise ConnectionAbortedError

    def flush(self) -> None:
        self._stream.flush()


@dataclass
class Slow(Fault):
    """Each piece of the answer takes ``pause`` seconds."""

    pause: float = 0.01

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        real = exchange.wfile
        wait = functools.partial(exchange.engine.stopping.wait, self.pause)

        class Slowed:
            def write(self, data: bytes) -> int:
                for start in range(0, len(data), 4096):
                    wait()
                    real.write(data[start : start + 4096])
                return len(data)

            def flush(self) -> None:
                real.flush()

        exchange.wfile = Slowed()  # type: ignore[assignment]
        try:
            answer()
        finally:
            exchange.wfile = real


@dataclass
class Stalled(Fault):
    """After so many bytes of the answer, its head too, nothing comes any more."""

    after: int = 0

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        _spoil(exchange, answer, self.after, exchange.engine.stopping.wait)


@dataclass
class Closed(Fault):
    """After so many bytes of the answer, its head too, the connection is closed."""

    after: int = 0

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        _spoil(exchange, answer, self.after, lambda: None)


def _spoil(
    exchange: _Exchange, answer: Callable[[], None], after: int, then: Callable[[], object]
) -> None:
    real = exchange.wfile
    exchange.wfile = _Spoiled(real, after, lambda: then() and None)  # type: ignore[assignment]
    try:
        answer()
    finally:
        exchange.wfile = real
        exchange.close_connection = True


@dataclass
class Truncated(Fault):
    """The answer ends as it should, but has only the first ``size`` bytes of its body."""

    size: int = 0

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        body = _body_of(exchange, answer)
        exchange.answer(200, body[: self.size], "application/x-tar")


def _body_of(exchange: _Exchange, answer: Callable[[], None]) -> bytes:
    """The body that an answer has, without chunks."""
    real = exchange.wfile
    sent = bytearray()

    class Collected:
        def write(self, data: bytes) -> int:
            sent.extend(data)
            return len(data)

        def flush(self) -> None:
            pass

    exchange.wfile = Collected()  # type: ignore[assignment]
    try:
        answer()
    finally:
        exchange.wfile = real
    head, _, body = bytes(sent).partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return body
    whole = bytearray()
    while size := int(body[: body.index(b"\r\n")], 16):
        start = body.index(b"\r\n") + 2
        whole += body[start : start + size]
        body = body[start + size + 2 :]
    return bytes(whole)


@dataclass
class Instead(Fault):
    """Another answer."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"

    def send(self, exchange: _Exchange, answer: Callable[[], None]) -> None:
        exchange.answer(self.status, self.body, self.media_type)


@dataclass
class ClosedWhileReceiving(Fault):
    """The connection is closed once so many bytes of the request's body have come."""

    after: int = 0

    def receive(self, body: Iterator[bytes]) -> Iterator[bytes]:
        left = self.after
        for piece in body:
            left -= len(piece)
            if left <= 0:
                raise ConnectionAbortedError
            yield piece


def garbage(on: str) -> Instead:
    """What says that it is JSON, and is not."""
    return Instead(on, body=b'{"Id": "sha256:')


def html(on: str) -> Instead:
    """The page of some other server."""
    return Instead(on, body=b"<html><body>It works!</body></html>", media_type="text/html")


def refused(on: str) -> Instead:
    """An error of the engine."""
    return Instead(on, status=500, body=b'{"message":"something went wrong"}\n')
