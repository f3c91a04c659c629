"""Limits of a call hold while the Python engine waits for the network, wherever it waits."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import limits, name, tarball
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions
from pyggcr.errors import CancelledError, DeadlineExceededError

SOON = 0.2  # seconds until the call is stopped
AT_MOST = 1.0  # seconds that it may take to end after that


@contextlib.contextmanager
def cancelled_soon() -> Iterator[None]:
    token = limits.CancelToken()
    timer = threading.Timer(SOON, token.cancel)
    timer.start()
    begin = time.monotonic()
    try:
        with limits.limit(cancel=token):
            yield
    finally:
        timer.cancel()
        timer.join()
    assert time.monotonic() - begin < SOON + AT_MOST


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def stalling() -> Iterator[Callable[[str, str], FakeServer]]:
    """``stalling(method, part)``: a registry that never answers such requests."""
    go_on = threading.Event()
    started = []

    def start(method: str, part: str) -> FakeServer:
        def answer(asked: Asked) -> Answer:
            if asked.method == method and part in asked.path:
                go_on.wait(10)
            if asked.method == "POST":
                return Answer(202, b"", {"Location": "/v2/up"})
            return Answer(404 if asked.path != "/v2/" else 200)

        started.append(FakeServer(answer))
        return started[-1]

    yield start
    go_on.set()
    for server in started:
        server.close()


def head(host: str) -> None:
    remote.head(
        reference=name.new_tag(f"{host}/a/b:1"), client=remote.client(options=RemoteOptions())
    )


def test_while_a_server_says_nothing_to_a_greeting(silent):
    with pytest.raises(CancelledError), cancelled_soon():
        head(silent)


def test_while_a_handshake_lasts(silent):
    host = silent.replace("127.0.0.1", "localhost.example.com")  # a name that needs TLS
    with pytest.raises(CancelledError), cancelled_soon(), pytest.MonkeyPatch.context() as patch:
        port = int(silent.partition(":")[2])
        there = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: there)
        head(host)


def test_while_a_name_is_looked_up(monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: go_on.wait(5) and [])
    with pytest.raises(CancelledError), cancelled_soon():
        head("slow.example.com")
    go_on.set()


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_while_an_answer_does_not_come(stalling, method):
    server = stalling(method, "manifests")
    reference = name.new_tag(f"{server.host}/a/b:1")
    ask = remote.head if method == "HEAD" else remote.get
    with pytest.raises(CancelledError), cancelled_soon():
        ask(client=remote.client(options=RemoteOptions()), reference=reference)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_while_an_upload_hangs(stalling, plain_archive, method):
    server = stalling(method, "/v2/")
    image = tarball.image_from_path(plain_archive, engine="python")
    with pytest.raises(CancelledError), cancelled_soon():
        remote.write(
            reference=name.new_tag(f"{server.host}/a/b:1"),
            image=image,
            client=remote.client(options=RemoteOptions()),
        )


def test_while_the_other_side_takes_nothing_more(monkeypatch):
    # A server that answers up to the upload and then reads none of it.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            kept = []
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    kept.append(connection)
                    connection.settimeout(2)
                    with contextlib.suppress(OSError):
                        while request := connection.recv(4096):
                            if not request.startswith((b"GET", b"POST", b"HEAD")):
                                break
                            status = b"202 A" if request.startswith(b"POST") else b"200 OK"
                            if request.startswith(b"HEAD"):
                                status = b"404 No"
                            connection.sendall(
                                b"HTTP/1.1 " + status + b"\r\nLocation: /v2/up\r\n"
                                b"Content-Length: 0\r\n\r\n"
                            )
            for connection in kept:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(CancelledError), cancelled_soon():
                remote.write_layer(
                    repository=name.new_repository(f"127.0.0.1:{port}/a/b"),
                    layer=big_layer(),
                    client=remote.client(options=RemoteOptions()),
                )
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def big_layer():
    """A layer that does not fit into the buffers of a connection."""
    import io

    from pyggcr import v1
    from pyggcr.types import MediaType

    class Big(v1.Layer):
        def digest(self):
            return v1.Hash("sha256", 64 * "a")

        diff_id = digest

        def compressed(self):
            return io.BytesIO(bytes(64 << 20))

        uncompressed = compressed

        def size(self):
            return 64 << 20

        def media_type(self):
            return MediaType.DOCKER_LAYER

    return Big()


def test_while_it_waits_to_try_again():
    def answer(asked: Asked) -> Answer:
        return Answer(200) if asked.path == "/v2/" else Answer(503, b"", {"Retry-After": "30"})

    with FakeServer(answer) as server, pytest.raises(CancelledError), cancelled_soon():
        head(server.host)


def test_a_deadline_ends_a_call_too(stalling):
    server = stalling("HEAD", "manifests")
    begin = time.monotonic()
    with pytest.raises(DeadlineExceededError), limits.limit(timeout=SOON):
        head(server.host)
    assert time.monotonic() - begin < SOON + AT_MOST
