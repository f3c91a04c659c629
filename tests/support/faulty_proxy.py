"""A proxy before a registry that fails at chosen points, to see what clients make of it.

``FaultyProxy`` listens on loopback and passes requests on. Each ``Fault`` says to which requests
it happens, how often, and what: ``drop``, ``truncate``, ``corrupt``, ``stall``, ``answer``,
``drop_upload``, ``cut_upload``. Every request is noted in ``requests`` as the client sent it, and
``received`` counts the bytes of bodies.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Fault",
    "FaultyProxy",
    "Request",
    "answer",
    "corrupt",
    "cut_upload",
    "delay",
    "drop",
    "drop_upload",
    "stall",
    "truncate",
]

_CHUNK = 1 << 16
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "host")


@dataclass(frozen=True)
class Request:
    """A request as the client sent it; headers by their names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


# What to do with a request instead of passing it on as it is.
Deed = Callable[["_Handler"], None]


@dataclass
class Fault:
    """Something that goes wrong: for which requests, what, and how often (``None``: always)."""

    method: str
    path: str  # a regular expression that must be found in the path and query
    deed: Deed
    times: int | None = 1
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def strikes(self, request: Request) -> bool:
        """Whether it happens to this request; counts that it did."""
        if request.method != self.method or not re.search(self.path, request.path):
            return False
        with self._lock:
            if self.times is None:
                return True
            self.times -= 1
            return self.times >= 0


def drop() -> Deed:
    """Close the connection without an answer."""
    return lambda handler: handler.hang_up()


def delay(seconds: float) -> Deed:
    """Pass the request on after a while."""

    def deed(handler: _Handler) -> None:
        handler.server.closing.wait(seconds)
        handler.pass_on(lambda pieces: pieces)

    return deed


def truncate(after: int) -> Deed:
    """Announce the whole body, and close the connection after that many bytes of it."""

    def deed(handler: _Handler) -> None:
        handler.pass_on(lambda pieces: _first(pieces, after))
        handler.hang_up()

    return deed


def corrupt(position: int) -> Deed:
    """Flip a bit of the byte at that position of the body."""
    return lambda handler: handler.pass_on(lambda pieces: _flipped(pieces, position))


def stall(after: int = 0) -> Deed:
    """Send that many bytes of the body, then nothing until the proxy is closed.

    A HEAD request gets nothing at all: its answer would be complete, and the client would use the
    stalled connection for another request.
    """

    def deed(handler: _Handler) -> None:
        if handler.command != "HEAD":
            handler.pass_on(lambda pieces: _first(pieces, after))
            handler.wfile.flush()
        handler.server.closing.wait()
        handler.hang_up()

    return deed


def stall_the_last(after: int) -> Deed:
    """The same in an answer that says it is the connection's last, and not how long it is."""

    def deed(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(bytes(after))
        handler.wfile.flush()
        handler.server.closing.wait()
        handler.hang_up()

    return deed


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Deed:
    """Answer so, without asking the registry."""

    def deed(handler: _Handler) -> None:
        handler.read_body()
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return deed


def endless(begin: bytes) -> Deed:
    """Answer with that, and then with the letter x for as long as anybody reads."""

    def deed(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        piece = bytes(begin)
        with contextlib.suppress(OSError):
            while not handler.server.closing.is_set():
                handler.wfile.write(piece)
                piece = b"x" * (1 << 20)
        handler.hang_up()

    return deed


def drop_upload(after: int) -> Deed:
    """Read that many bytes of the request's body, then close the connection."""

    def deed(handler: _Handler) -> None:
        left = after
        for piece in handler.body():
            left -= len(piece)
            if left <= 0:
                break
        handler.hang_up()

    return deed


def cut_upload(after: int) -> Deed:
    """Pass that many bytes of the request's body on, then break both connections.

    The registry has noticed that before the client does.
    """

    def deed(handler: _Handler) -> None:
        with contextlib.closing(handler.connect()) as upstream:
            handler.send_head(upstream)
            for piece in _first(handler.body(), after):
                upstream.send(handler.framed(piece))
            upstream.sock.shutdown(socket.SHUT_WR)
            while upstream.sock.recv(_CHUNK):
                pass
        handler.hang_up()

    return deed


def _first(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (piece := next(pieces, b"")):
        yield piece[:size]
        size -= len(piece)


def _flipped(pieces: Iterator[bytes], position: int) -> Iterator[bytes]:
    begin = 0
    for piece in pieces:
        if begin <= position < begin + len(piece):
            changed = bytearray(piece)
            changed[position - begin] ^= 1
            yield bytes(changed)
        else:
            yield piece
        begin += len(piece)


class FaultyProxy:
    """A running proxy; ``host`` is its address. A context manager, which stops it."""

    def __init__(self, upstream: str, *faults: Fault) -> None:
        self.upstream = upstream
        self.faults = list(faults)
        self.requests: list[Request] = []
        self._received = Counter[str]()
        self._counting = threading.Lock()
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="faulty proxy"
        )
        self._thread.start()

    def paths(self, method: str) -> list[str]:
        """The paths and queries that were asked for with a method, in order."""
        return [request.path for request in list(self.requests) if request.method == method]

    def received(self, method: str) -> int:
        """How many bytes of bodies came with requests of a method, broken ones included."""
        with self._counting:
            return self._received[method]

    def count(self, method: str, size: int) -> None:
        """Note bytes of a body that have come."""
        with self._counting:
            self._received[method] += size

    def close(self) -> None:
        """Stop, and cut every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.cut()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True  # server_close waits for the threads

    def __init__(self, proxy: FaultyProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        self.closing.set()
        with self._lock:
            for connection in self._connections:
                _shut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what these tests are about."""


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for its head to be received
    server: _Server

    def _serve(self) -> None:
        proxy = self.server.proxy
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers)
        proxy.requests.append(request)
        for fault in proxy.faults:
            if fault.strikes(request):
                fault.deed(self)
                return
        self.pass_on(lambda pieces: pieces)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def pass_on(self, change: Callable[[Iterator[bytes]], Iterator[bytes]]) -> None:
        """Ask the registry, and give its answer, the body as ``change`` makes it."""
        upstream = self.connect()
        try:
            self._forward(upstream)
            response = upstream.getresponse()
            self.send_response_only(response.status, response.reason)
            for name, value in response.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if response.headers.get("Content-Length") is None and response.status != 204:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if self.command != "HEAD":
                for piece in change(iter(lambda: response.read(_CHUNK), b"")):
                    self.wfile.write(piece)
        finally:
            upstream.close()

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the registry."""
        return http.client.HTTPConnection(self.server.proxy.upstream, timeout=60)

    def send_head(self, upstream: http.client.HTTPConnection) -> None:
        """Send the client's request without its body."""
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        # The client's own: the registry makes addresses of it.
        upstream.putheader("Host", self.headers["Host"])
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                upstream.putheader(name, value)
        if self._is_chunked():
            upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()

    def _forward(self, upstream: http.client.HTTPConnection) -> None:
        self.send_head(upstream)
        for piece in self.body():
            upstream.send(self.framed(piece))
        if self._is_chunked():
            upstream.send(b"0\r\n\r\n")

    def framed(self, piece: bytes) -> bytes:
        """A piece of the body as the client sends bodies: as a chunk, or as it is."""
        return b"%x\r\n%b\r\n" % (len(piece), piece) if self._is_chunked() else piece

    def _is_chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding") == "chunked"

    def body(self) -> Iterator[bytes]:
        """The request's body, piece by piece."""
        for piece in self._body():
            self.server.proxy.count(self.command, len(piece))
            yield piece

    def _body(self) -> Iterator[bytes]:
        if self._is_chunked():
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                piece = self.rfile.read(size)
                self.rfile.readline()
                yield piece
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            piece = self.rfile.read(min(left, _CHUNK))
            if not piece:
                raise ConnectionError("the client went away")
            left -= len(piece)
            yield piece

    def read_body(self) -> None:
        """Read the request's body and forget it."""
        for _ in self.body():
            pass

    def hang_up(self) -> None:
        """Close the connection at once."""
        self.close_connection = True
        _shut(self.connection)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nobody reads it."""
