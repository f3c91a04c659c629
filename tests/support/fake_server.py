"""An HTTP server of a test's own: a function answers, and every request is noted.

``FakeServer`` listens on loopback. What it is asked and answers is the test's business.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Answer", "Asked", "FakeServer"]


@dataclass(frozen=True)
class Asked:
    """A request: path with its query, headers by their names in lower case, the client's port."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: int


@dataclass(frozen=True)
class Answer:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeServer:
    """A running server; ``host`` is its address. A context manager, which stops it."""

    def __init__(
        self,
        answer: Callable[[Asked], Answer],
        *,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else a body waits 40 ms for its head to be received

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def _do(self) -> None:
                headers = {key.lower(): value for key, value in self.headers.items()}
                body = _body_of(self)
                peer = self.client_address[1]
                asked = Asked(self.command, self.path, headers, body, peer)
                server.asked.append(asked)
                said = answer(asked)
                self.send_response(said.status)
                for key, value in said.headers.items():
                    self.send_header(key, value)
                if "Content-Length" not in said.headers:
                    self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                pass  # a client that hangs up, or speaks TLS first

        self._server = Server(("127.0.0.1", port), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake server"
        )
        self._thread.start()

    def paths(self, method: str) -> list[str]:
        """The paths that were asked for with a method, in order."""
        return [asked.path for asked in list(self.asked) if asked.method == method]

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _body_of(handler: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, in one piece or in chunks."""
    file = handler.rfile
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return file.read(int(handler.headers.get("Content-Length", 0)))
    pieces = []
    while size := int(file.readline(), 16):
        pieces.append(file.read(size))
        file.readline()
    file.readline()
    return b"".join(pieces)
