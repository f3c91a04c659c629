"""The server of a registry: HTTP/1.1 and a thread for each connection, all gone on ``close``."""

from __future__ import annotations

import contextlib
import http
import os
import re
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pyggcr._python.registry.exchange import Request
from pyggcr._python.registry.routes import Registry
from pyggcr._python.registry.storage import Storage
from pyggcr.errors import TransportError

__all__ = ["RegistryServer"]

_CHUNK = 1 << 16
# A body that no handler read is read to its end if it is short; else the connection is closed,
# as Go's server does (``maxPostHandlerReadBytes``).
_READ_AWAY = 256 << 10
_LENGTH = re.compile("[0-9]{1,18}")
_CHUNK_SIZE = re.compile(b"[0-9a-fA-F]{1,16}")
_PORT = re.compile("[+-]?[0-9]{1,18}|")
_LAST_PORT = 65535
_POLL = 0.02  # seconds until ``close`` is noticed


class RegistryServer:
    """A registry that is served; ``address`` is its host and port."""

    def __init__(self, address: str, storage: Storage, *, referrers: bool) -> None:
        wanted, port = _host_and_port(address)
        try:
            self._server = _Server((wanted, port), storage, referrers)
        except socket.gaierror as error:
            raise TransportError(f"listen tcp: lookup {wanted}: no such host") from error
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise TransportError(f"listen tcp {address}: bind: {reason}") from error
        host = self._server.server_name
        self.address = f"{f'[{host}]' if ':' in host else host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL},
            name=f"registry {self.address}",
            daemon=True,
        )
        self._thread.start()
        self._closing = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Stop listening, cut all connections and wait for their threads. Idempotent."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._server.shutdown()
            self._thread.join()
            self._server.cut()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for them
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], storage: Storage, referrers: bool) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)
        self.registry = Registry(storage, referrers=referrers)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def server_bind(self) -> None:
        # http.server would ask for the host's name, which can take seconds.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """Cut all connections; what their threads do then fails at once."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection broke: the client's business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write for the headers, and no waiting for more before they are sent.
    wbufsize = _CHUNK
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        length = self.headers.get("Content-Length")
        try:
            address = urllib.parse.urlsplit(self.path)
        except ValueError:
            return self.send_error(400)
        if length is not None and not _LENGTH.fullmatch(length):
            return self.send_error(400)
        body = self._chunks() if self._is_chunked() else self._plain(int(length or 0))
        request = Request(
            self.command,
            urllib.parse.unquote(address.path, errors="surrogateescape"),
            _first_values(address.query),
            {name.lower(): value for name, value in self.headers.items()},
            body,
            -1 if length is None else int(length),
        )
        answer = self.server.registry.answer(request)
        try:
            self._read_away(body)
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, _one_line(value))
            if answer.status != http.HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(answer.length))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                for piece in answer.body:
                    self.wfile.write(piece)
            self.wfile.flush()
        finally:
            answer.close()

    def __getattr__(self, name: str) -> Any:
        # The handlers answer unknown methods too, each with an error of its own.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _is_chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding", "").lower() == "chunked"

    def _plain(self, left: int) -> Iterator[bytes]:
        while left > 0:
            piece = self.rfile.read(min(left, _CHUNK))
            if not piece:
                raise ConnectionError("unexpected EOF")
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._plain(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def _chunk_size(self) -> int:
        digits = self.rfile.readline(_CHUNK).partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(digits):
            raise ConnectionError("invalid byte in chunk length")
        return int(digits, 16)

    def _read_away(self, body: Iterator[bytes]) -> None:
        left = _READ_AWAY
        for piece in body:
            left -= len(piece)
            if left < 0:
                self.close_connection = True
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is logged."""


def _host_and_port(address: str) -> tuple[str, int]:
    """The parts of an address to listen on (``net.Listen``).

    Raises:
        TransportError: it is none.
    """
    host, colon, port = address.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    fault = ""
    if not colon:
        fault = f"address {address}: missing port in address"
    elif host.startswith("[") != host.endswith("]"):
        fault = f"address {address}: missing ']' in address"
    elif ":" in host and bare == host:
        fault = f"address {address}: too many colons in address"
    elif not _PORT.fullmatch(port):
        fault = f"lookup tcp/{port}: unknown port"
    elif not 0 <= int(port or 0) <= _LAST_PORT:
        fault = f"address {port}: invalid port"
    if fault:
        raise TransportError(f"listen tcp: {fault}")
    return bare, int(port or 0)


def _one_line(value: str) -> str:
    """The value of a header as ``http.server`` takes it; as in Go without ends of lines."""
    line = value.replace("\r", " ").replace("\n", " ")
    return line.encode("utf-8", "surrogateescape").decode("latin-1")


def _first_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, value)
    return values
