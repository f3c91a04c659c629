"""Answers of registries that break off in their head, or whose head is none, are none."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from pyggcr import name
from pyggcr._python import remote
from pyggcr.errors import TransportError
from pyggcr.remote_values import RemoteOptions

GREETING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BROKEN = "net/http: HTTP/1.x transport connection broken: "


@contextlib.contextmanager
def registry_that_says(answer):
    """A registry that greets, and gives this answer to everything else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        asked = connection.recv(1 << 16)
                        connection.sendall(GREETING if b" /v2/ " in asked else answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 202 Accepted\r\n", "unexpected EOF"),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n", "unexpected EOF"),
        (
            b"HTTP/1.1 202 Accepted\r\nContent-Le",
            'malformed MIME header: missing colon: "Content-Le"',
        ),
        (
            b"HTTP/1.1 202 Accepted\r\nnonsense\r\n\r\n",
            'malformed MIME header: missing colon: "nonsense"',
        ),
    ],
)
def test_nothing_was_deleted_as_far_as_anybody_knows(answer, reason):
    with registry_that_says(answer) as host, pytest.raises(TransportError) as raised:
        remote.delete(name.new_tag(f"{host}/a/b:1"), RemoteOptions())
    assert str(raised.value) == (f'Delete "http://{host}/v2/a/b/manifests/1": {BROKEN}{reason}')


def test_an_interim_answer_has_a_head_of_its_own():
    answer = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 202 Accepted\r\nX: folded\r\n  line\r\nContent-Length: 0\r\n\r\n"
    )
    with registry_that_says(answer) as host:
        remote.delete(name.new_tag(f"{host}/a/b:1"), RemoteOptions())
