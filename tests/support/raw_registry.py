"""A registry that gives one answer to everything, byte for byte as a test has it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

__all__ = ["registry_that_says"]

GREETING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def registry_that_says(answer: bytes, *, greets: bool = True) -> Iterator[str]:
    """A registry that greets, if it does, and gives this answer to everything else; its address."""
    connections: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                connections.append(connection)
                with connection, contextlib.suppress(OSError):
                    asked = connection.recv(1 << 16)
                    connection.sendall(GREETING if greets and b" /v2/ " in asked else answer)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 16):
                        pass  # closing it at once would throw away what is on its way

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            for it in (server, *connections):
                with contextlib.suppress(OSError):
                    it.shutdown(socket.SHUT_RDWR)
            thread.join()
