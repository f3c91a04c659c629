"""Connections of the Python engine: which are used again, proxies with tunnels, what is trusted."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest
from support.fake_server import Answer, Asked, FakeServer
from support.registries import Certificate, certificate

from pyggcr import crane, name, tarball
from pyggcr import remote as public_remote
from pyggcr._python import remote
from pyggcr._python.remote import tls
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import TransportError

ONCE = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=1)
TAGS = b'{"tags": ["one"]}'
DIGEST = "sha256:" + 64 * "a"


@pytest.fixture(scope="module")
def own(require, tmp_path_factory) -> Certificate:
    """A certificate of 127.0.0.1 that nobody else trusts."""
    if shutil.which("openssl") is None:
        require("openssl", "there is no such program")
    return certificate(tmp_path_factory.mktemp("certificate"))


def shown_by(own: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    return context


@pytest.fixture
def secure(own) -> Iterator[FakeServer]:
    """A server with TLS that knows one tag."""
    with FakeServer(lambda _: Answer(200, TAGS), tls=shown_by(own)) as server:
        yield server


@contextlib.contextmanager
def tunnels(secured: ssl.SSLContext | None = None, refusal: bytes = b"") -> Iterator[tuple]:
    """A proxy that leads anywhere, or refuses: its address, and the heads of its requests."""
    heads = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client = self.request
            if secured is not None:
                client = secured.wrap_socket(client, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            heads.append(head)
            if refusal:
                client.sendall(b"HTTP/1.1 " + refusal + b"\r\n\r\n")
                client.close()
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as target, client:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pump, args=(target, client))
                back.start()
                pump(client, target)
                back.join()

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", heads
        finally:
            server.shutdown()
            thread.join()


def tags(server: FakeServer, **options) -> list[str]:
    client = remote.client(options=RemoteOptions(retry=ONCE, **options))
    repository = name.new_repository(f"{server.host}/a/b")
    try:
        return remote.list_tags(repository=repository, client=client)
    finally:
        client.close()


def test_one_connection_serves_one_request_after_another():
    def answer(asked: Asked) -> Answer:
        if asked.method == "HEAD":
            headers = {"Content-Type": "x/y", "Docker-Content-Digest": DIGEST}
            return Answer(200, b"", {**headers, "Content-Length": "7"})
        return Answer(404, b"{}") if "none" in asked.path else Answer(200, TAGS)

    with FakeServer(answer) as server:
        client = remote.client(options=RemoteOptions(retry=ONCE))
        repository = name.new_repository(f"{server.host}/a/b")
        for _ in range(2):
            remote.head(client=client, reference=repository.tag("one"))
            remote.list_tags(client=client, repository=repository)
            with pytest.raises(TransportError):
                remote.get(client=client, reference=repository.tag("none"))
        client.close()
        assert len(server.asked) == 7  # and one that greets
        assert len({asked.peer for asked in server.asked}) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_leads_to_a_registry_with_tls(own, secure, scheme):
    secured = shown_by(own) if scheme == "https" else None
    with tunnels(secured) as (host, heads):
        proxy = f"{scheme}://ann:s%40fe@{host}"
        assert tags(secure, proxy=proxy, ca_file=str(own.certificate)) == ["one"]

    (head,) = heads  # the greeting and the question share a tunnel
    assert head.startswith(f"CONNECT {secure.host} HTTP/1.1\r\nHost: {secure.host}\r\n".encode())
    assert b"\r\nProxy-Authorization: Basic YW5uOnNAZmU=\r\n" in head
    assert all("proxy-authorization" not in asked.headers for asked in secure.asked)


def test_a_proxy_that_refuses_is_told_as_go_tells_it(own, secure):
    with (
        tunnels(refusal=b"407 Proxy Authentication Required") as (host, _),
        pytest.raises(TransportError) as caught,
    ):
        tags(secure, proxy=f"http://{host}", ca_file=str(own.certificate))
    said = f'Get "https://{secure.host}/v2/": Proxy Authentication Required; '
    assert str(caught.value).startswith(said)


def test_a_proxy_that_is_not_there_is_told_as_go_tells_it(own, secure):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        host = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(TransportError) as caught:
        tags(secure, proxy=f"http://{host}", ca_file=str(own.certificate))
    refused = f"proxyconnect tcp: dial tcp {host}: connect: connection refused"
    assert str(caught.value).startswith(f'Get "https://{secure.host}/v2/": {refused}; ')


class TestTheSystemsCertificates:
    @pytest.fixture(autouse=True)
    def others(self, own, tmp_path, monkeypatch):
        """The system has a folder with another certificate, and a file."""
        self.folder, self.file = tmp_path / "certs", tmp_path / "all.pem"
        self.folder.mkdir()
        (self.folder / "0a0b0c0d.0").write_bytes(own.certificate.read_bytes())
        self.file.write_bytes(own.certificate.read_bytes())
        for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(variable, raising=False)
        there = ssl.get_default_verify_paths()._replace(
            cafile=str(self.file), capath=str(self.folder)
        )
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: there)
        tls.context_of_system.cache_clear()
        yield
        tls.context_of_system.cache_clear()

    def is_unread(self) -> bool:
        return tls.has_unread(tls.context_of_system(False))

    def test_the_file_is_read_where_the_folder_does_not_do(self, secure):
        assert tags(secure) == ["one"]
        assert not self.is_unread()
        assert tags(secure) == ["one"]

    def test_the_file_is_not_read_where_the_folder_does(self, own, secure):
        command = ["openssl", "x509", "-noout", "-hash", "-in", own.certificate]
        hashed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        shutil.copy(own.certificate, self.folder / f"{hashed.strip()}.0")
        assert tags(secure) == ["one"]
        assert self.is_unread()

    def test_what_neither_has_is_not_trusted(self, secure, tmp_path_factory):
        other = certificate(tmp_path_factory.mktemp("other"))
        self.file.write_bytes(other.certificate.read_bytes())
        with pytest.raises(TransportError, match="certificate signed by unknown authority"):
            tags(secure)

    def test_a_folder_without_hashes_is_not_enough(self, own):
        (self.folder / "0a0b0c0d.0").rename(self.folder / "own.pem")
        assert not self.is_unread()

    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
    def test_what_the_environment_names_is_read_as_before(self, variable, monkeypatch):
        monkeypatch.setenv(variable, str(self.file))
        assert not self.is_unread()

    def test_a_file_in_the_folder_waits_even_if_the_environment_names_it(self, secure, monkeypatch):
        inside = self.folder / "all.pem"
        self.file.rename(inside)
        there = ssl.get_default_verify_paths()._replace(cafile=str(inside))
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: there)
        monkeypatch.setenv("SSL_CERT_FILE", str(inside))
        assert self.is_unread()
        assert tags(secure) == ["one"]
        assert not self.is_unread()


def test_no_verb_asks_more_than_crane(real_registry, faulty, run_crane, plain_archive, tmp_path):
    proxy = faulty(real_registry.host)

    def asked() -> list[str]:
        """What was asked since the last time, in no order: several threads ask at once."""
        kinds = []
        for request in proxy.requests:
            path = re.sub(r"sha256:[0-9a-f]{64}", "DIGEST", request.path.partition("?")[0])
            path = re.sub("uploads/.+", "uploads/ID", path)
            kinds.append(f"{request.method} {path.replace('requests/pyggcr', 'requests/crane')}")
        proxy.requests.clear()
        return sorted(kinds)

    def crane_does(verb: str, *arguments: object) -> list[str]:
        run_crane(verb, *arguments)
        return asked()

    theirs, ours = f"{proxy.host}/requests/crane", f"{proxy.host}/requests/pyggcr"
    wanted = [
        crane_does("push", plain_archive, f"{theirs}:1"),
        crane_does("pull", f"{theirs}:1", tmp_path / "crane.tar"),
        crane_does("copy", f"{theirs}:1", f"{theirs}/other:1"),
        crane_does("ls", theirs),
        crane_does("digest", f"{theirs}:1"),
    ]
    got = []
    with tarball.image_from_path(plain_archive, engine="python") as image:
        crane.push(image, f"{ours}:1", engine="python")
        got.append(asked())
    with crane.pull(f"{ours}:1", engine="python") as image:
        crane.save({f"{ours}:1": image}, tmp_path / "pyggcr.tar")
        got.append(asked())
    crane.copy(f"{ours}:1", f"{ours}/other:1", engine="python")
    got.append(asked())
    crane.list_tags(ours, engine="python")
    got.append(asked())
    crane.digest(f"{ours}:1", engine="python")
    got.append(asked())
    for ours_asked, theirs_asked in zip(got, wanted, strict=True):
        assert len(ours_asked) <= len(theirs_asked), (ours_asked, theirs_asked)


def test_what_nobody_asked_for_answers_no_request(engine):
    """A server that sends two answers at once could have the second taken for another request's."""
    asked: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while request := self.rfile.readline():
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                asked.append(request)
                true, forged = (self.whole(tags) for tags in (TAGS, b'{"tags": ["forged"]}'))
                self.wfile.write(true if b" /v2/ " in request else true + forged)

        def whole(self, body: bytes) -> bytes:
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever).start()
        try:
            with public_remote.Puller(engine=engine) as puller:
                host = f"127.0.0.1:{server.server_address[1]}"
                listed = [puller.list_tags(f"{host}/a/b", timeout=10) for _ in range(3)]
        finally:
            server.shutdown()
    assert listed == [["one"]] * 3
    assert sum(b"tags/list" in it for it in asked) == 3
