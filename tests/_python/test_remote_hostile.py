"""Servers that lie, and sources that do: an error of the package, soon, and nothing sent astray."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import logging
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import authn, limits, name, tarball, v1
from pyggcr._python import remote
from pyggcr._python.remote.addresses import is_private_or_link_local
from pyggcr._python.remote.connections import place_of
from pyggcr._python.remote.retry import retry_after
from pyggcr._python.remote.sockets import DialError
from pyggcr._python.remote.urls import encode_query, parse, resolve
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import (
    CancelledError,
    Diagnostic,
    Error,
    ImageNotFoundError,
    TransportError,
    TruncatedError,
    UnsupportedOptionError,
    ValidationError,
)
from pyggcr.types import MediaType

MANY_DIGITS = "9" * 5000  # more than Python makes a number of
DIGEST = "sha256:" + hashlib.sha256(b"content").hexdigest()


def options(**more: object) -> RemoteOptions:
    retry = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)
    return RemoteOptions(retry=retry, **more)


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    """``serve(answer)``: a server that greets as a registry, and answers all else so."""
    with contextlib.ExitStack() as servers:

        def start(answer: Callable[[Asked], Answer]) -> FakeServer:
            def greet(asked: Asked) -> Answer:
                return Answer(200) if asked.path == "/v2/" else answer(asked)

            return servers.enter_context(FakeServer(greet))

        yield start


@pytest.fixture
def serve_bytes() -> Iterator[Callable[[Callable[[bytes], Iterable[bytes]]], str]]:
    """``serve_bytes(pieces)``: a server that sends ``pieces(request)``, whatever HTTP says."""
    servers: list[socket.socket] = []

    def start(pieces: Callable[[bytes], Iterable[bytes]]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def talk(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                while asked := connection.recv(1 << 16):
                    if b" /v2/ " in asked:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        continue
                    if asked.startswith(b"GET"):
                        for piece in pieces(asked):
                            connection.sendall(piece)
                    return

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=server.accept()[:1], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def get(host: str, **more: object):
    return remote.get(
        reference=name.new_tag(f"{host}/a/b:1"), client=remote.client(options=options(**more))
    )


def read_layer(host: str) -> bytes:
    digest = name.new_digest(f"{host}/a/b@{DIGEST}")
    with remote.layer(
        reference=digest, client=remote.client(options=options())
    ).compressed() as stream:
        return stream.readall()


PARTS_OF_ADDRESSES = (
    "a.b",
    "127.0.0.1",
    "\\",
    "@",
    ":",
    "80",
    "/",
    "?",
    "[::1]",
    "[",
    "%40",
    "é",
    "。",
    " ",
)


def ascii_of(host: str) -> str:
    """A host's name as a resolver is asked for it."""
    return host if host.isascii() else host.encode("idna").decode()


class TestAddresses:
    @pytest.mark.parametrize(
        ("location", "said"),
        [
            ("http://[::1/", "missing ']' in host"),
            ("http://a:x/", 'invalid port ":x" after host'),
            ("http://a:99999/", 'invalid port ":99999" after host'),
            ("http://127.0.0.9\\@example.com/", "net/url: invalid userinfo"),
            ("http://127.0.0.9\\x/", 'invalid character "\\\\" in host name'),
            ("http://a b/", 'invalid character " " in host name'),
            ("http://a\tb/", "net/url: invalid control character in URL"),
            (" http://a/", "first path segment in URL cannot contain colon"),
        ],
    )
    def test_a_redirect_to_what_is_no_url(self, serve, location, said):
        server = serve(lambda _: Answer(307, b"", {"Location": location}))
        with pytest.raises(TransportError) as caught:
            get(server.host)
        # The library strips blanks from a header.
        assert said in str(caught.value) or location != location.strip()

    @pytest.mark.parametrize("kind", ["upload", "page", "realm"])
    def test_other_addresses_that_are_none(self, kind, request):
        bad = "http://127.0.0.9\\@example.com/?signature=SECRET"

        def answer(asked: Asked) -> Answer:
            if kind == "realm":
                quoted = bad.replace("\\", "\\\\")
                return Answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{quoted}"'})
            if asked.path == "/v2/":
                return Answer(200)
            if kind == "page":
                return Answer(200, b'{"tags":["a"]}', {"Link": f'<{bad}>; rel="next"'})
            return Answer(404 if asked.method == "HEAD" else 202, b"", {"Location": bad})

        with FakeServer(answer) as server:
            repository = name.new_repository(f"{server.host}/a/b")
            with pytest.raises(Error, match="invalid userinfo") as caught:
                if kind == "upload":
                    remote.write_layer(
                        repository=repository,
                        layer=Blob(b"content", 7),
                        client=remote.client(options=options()),
                    )
                else:
                    remote.list_tags(repository=repository, client=remote.client(options=options()))
        assert kind == "realm" or "SECRET" not in str(caught.value)

    def test_an_address_of_many_digits_is_not_private(self):
        assert not is_private_or_link_local(MANY_DIGITS)

    @pytest.mark.parametrize(
        "url",
        ["", "/v2/x", "//host/x", "https://u:p@host:5000/x?a=b", "http://[::1]:80/", "https://é/"],
    )
    def test_what_is_a_url_is_taken(self, url):
        assert parse(url).geturl() == url

    @given(
        st.sampled_from(["", "//", "http:", "https://"]),
        st.lists(st.sampled_from(PARTS_OF_ADDRESSES), max_size=6).map("".join),
    )
    @example("https://", "127.0.0.1\\@a.b")
    @example("//", "é")
    def test_whoever_reads_an_address_finds_the_same_host(self, begin, rest):
        try:
            url = resolve("http://base.example:5000/v2/?x=y", begin + rest)
        except Error:
            return
        ours = urllib.parse.urlsplit(url)
        try:
            connected = place_of(ours) if ours.scheme in ("http", "https") else None
        except DialError:
            return  # then there is no connection
        if connected is not None:
            port = {"http": 80, "https": 443}[ours.scheme] if ours.port is None else ours.port
            assert (connected.host, connected.port) == (ascii_of(ours.hostname or ""), port)

    @pytest.mark.parametrize("host", ["127\u30020\u30020\u30021", "\uff11\uff12\uff17.0.0.1"])
    def test_no_connection_to_an_address_in_other_letters(self, host):
        # Nobody has seen that it is a private one.
        with pytest.raises(DialError, match="no such host"):
            place_of(urllib.parse.urlsplit(f"http://{host}/"))

    def test_the_password_of_an_address_is_not_logged(self, caplog):
        def answer(asked: Asked) -> Answer:
            own = f"http://{asked.headers['host']}"
            if asked.path.startswith("/token"):
                return Answer(200, b'{"token":"t"}')
            if "/blobs/" in asked.path:
                other = f"http://ann:very-SECRET@localhost:{own.rpartition(':')[2]}/other"
                return Answer(307, b"", {"Location": other})
            realm = f"{own}/token" if asked.path == "/v2/" else "https://127.0.0.9/"
            return Answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}"'})

        caplog.set_level(logging.WARNING)
        with FakeServer(answer) as server, pytest.raises(TransportError):
            read_layer(server.host)
        assert 'cross-host bearer exchange for "localhost' in caplog.text
        assert "SECRET" not in caplog.text

    def test_a_location_in_utf_8_is_followed(self, serve):
        def answer(asked: Asked) -> Answer:
            if asked.path == "/v2/a/b/blobs/" + DIGEST:
                return Answer(307, b"", {"Location": "/blobs/é".encode().decode("latin-1")})
            return Answer(200, b"content")

        server = serve(answer)
        assert read_layer(server.host) == b"content"
        assert server.paths("GET")[-1] == "/blobs/%C3%A9"


class TestHeaders:
    def test_a_length_of_many_digits_is_refused(self, serve_bytes):
        body = b"HTTP/1.0 200 OK\r\nContent-Length: %b\r\n\r\ncontent" % MANY_DIGITS.encode()
        with pytest.raises(TransportError, match='bad Content-Length "999'):
            read_layer(serve_bytes(lambda _: [body]))

    def test_a_range_of_many_digits_is_another_one(self, serve_bytes):
        def pieces(asked: bytes) -> list[bytes]:
            if b"Range: bytes=4-" not in asked:
                return [b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncont"]
            found = f"bytes {MANY_DIGITS}-6/7".encode()
            head = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: "
            return [head + found + b"\r\n\r\nent"]

        with pytest.raises(TruncatedError, match="unexpected EOF"):
            read_layer(serve_bytes(pieces))

    @pytest.mark.parametrize(
        "header",
        [
            MANY_DIGITS,
            "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
            "Mon, 01 Jan 2030 00:00:00 +99999999999999999999",
            "Mon, 01 Jan 2030 00:00:00 -9999",
        ],
    )
    def test_a_time_to_wait_that_makes_no_sense_is_bounded(self, header):
        assert 0 <= retry_after(header) <= 60

    @pytest.mark.parametrize("token", ["a\r\nHost: evil", "a\nb", "a\x00b"])
    def test_a_token_is_no_other_header(self, serve, token):
        server = serve(lambda _: Answer(200, b"{}"))
        with pytest.raises(TransportError) as caught:
            get(server.host, auth=authn.Bearer(token))
        assert str(caught.value).endswith(
            'net/http: invalid header field value for "Authorization"'
        )
        assert all("authorization" not in asked.headers for asked in server.asked)

    def test_a_media_type_is_no_other_header(self, serve):
        entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json\r\nX: y", "size": 2}
        entry |= {"digest": DIGEST, "platform": {"os": "linux", "architecture": "amd64"}}
        index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        headers = {"Content-Type": MediaType.OCI_IMAGE_INDEX}
        server = serve(lambda _: Answer(200, index, headers))
        with pytest.raises(TransportError, match='invalid header field value for "Accept"'):
            remote.image(
                reference=name.new_tag(f"{server.host}/a/b:1"),
                client=remote.client(options=options()),
            )

    def test_no_log_shows_the_query_of_an_address_with_odd_headers(self, serve_bytes, caplog):
        def pieces(asked: bytes) -> list[bytes]:
            if b"signature" in asked:
                return [b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 7\r\n\r\ncontent"]
            return [b"HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: /?signature=SECRET\r\n\r\n"]

        caplog.set_level(0)
        with contextlib.suppress(Error):
            read_layer(serve_bytes(pieces))
        assert "signature=" in caplog.text
        assert "SECRET" not in caplog.text


class TestBodies:
    @pytest.mark.parametrize(
        ("size", "fault"),
        [
            (b"-1", "invalid byte in chunk length"),
            (b"-5", "invalid byte in chunk length"),
            (b"zz", "invalid byte in chunk length"),
            (b"", "empty hex number for chunk length"),
        ],
    )
    def test_chunks_of_no_size_are_not_read(self, serve_bytes, size, fault):
        sent = []

        def pieces(_: bytes) -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n"
            for _ in range(1000):
                sent.append(1)
                yield b"x" * (1 << 16)

        with pytest.raises(Error, match=f"^{fault}$"):
            get(serve_bytes(pieces))
        assert len(sent) < 1000

    def test_interim_answers_without_end_can_be_cancelled(self, serve_bytes):
        def pieces(_: bytes) -> Iterator[bytes]:
            while True:
                yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100

        token = limits.CancelToken()
        timer = threading.Timer(0.2, token.cancel)
        timer.start()
        with pytest.raises(CancelledError), limits.limit(cancel=token):
            get(serve_bytes(pieces))
        timer.join()

    @pytest.mark.parametrize(
        "detail",
        ["[" * 3000 + "]" * 3000, "[" * 10001 + "]" * 10001, "-Infinity", "NaN"],
        ids=["deep", "too deep for Go", "-infinite", "none"],
    )
    def test_errors_whose_details_cannot_be_told(self, serve, detail):
        body = f'{{"errors":[{{"code":"DENIED","message":"no","detail":{detail}}}]}}'.encode()
        server = serve(lambda _: Answer(403, body))
        with pytest.raises(TransportError) as caught:
            get(server.host)
        assert caught.value.status == 403
        assert caught.value.diagnostics == ()

    @pytest.mark.parametrize(
        "detail", ["1" * 400, MANY_DIGITS, "1e999"], ids=["large", "very large", "infinite"]
    )
    def test_a_number_that_go_cannot_hold_is_no_detail(self, serve, detail):
        body = f'{{"errors":[{{"code":"DENIED","message":"no","detail":{detail}}}]}}'.encode()
        server = serve(lambda _: Answer(403, body))
        with pytest.raises(TransportError, match="DENIED: no$") as caught:
            get(server.host)
        assert caught.value.diagnostics == (Diagnostic("DENIED", "no"),)

    @pytest.mark.parametrize(("size", "got"), [(-5, 0), (9, 7)])
    def test_a_config_of_another_size(self, serve_bytes, size, got):
        config = {"digest": DIGEST, "size": size}
        manifest = json.dumps({"schemaVersion": 2, "config": config}).encode()

        def pieces(asked: bytes) -> list[bytes]:
            if b"/manifests/" in asked:
                kind = MediaType.OCI_MANIFEST_SCHEMA1.encode()
                length = b"%d" % len(manifest)
                head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %b\r\n\r\n"
                return [head % (kind, length), manifest]
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return [head + b"7\r\ncontent\r\n0\r\n\r\n"]

        host = serve_bytes(pieces)
        image = remote.image(
            reference=name.new_tag(f"{host}/a/b:1"), client=remote.client(options=options())
        )
        with pytest.raises(ValidationError) as caught:
            image.raw_config_file()
        assert str(caught.value) == f"error verifying size; got {got}, want {size}"

    def test_a_config_of_unknown_size_is_read(self, serve):
        manifest = json.dumps({"schemaVersion": 2, "config": {"digest": DIGEST, "size": -1}})

        def answer(asked: Asked) -> Answer:
            if "/manifests/" in asked.path:
                kind = {"Content-Type": MediaType.OCI_MANIFEST_SCHEMA1}
                return Answer(200, manifest.encode(), kind)
            return Answer(200, b"content")

        image = remote.image(
            reference=name.new_tag(f"{serve(answer).host}/a/b:1"),
            client=remote.client(options=options()),
        )
        assert image.raw_config_file() == b"content"


class Blob(v1.Layer):
    """A blob that claims to have so many bytes."""

    def __init__(self, content: bytes, claimed: int) -> None:
        self._content = content
        self._claimed = claimed

    def digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._content))[0]

    diff_id = digest

    def compressed(self) -> io.BytesIO:
        return io.BytesIO(self._content)

    uncompressed = compressed

    def size(self) -> int:
        return self._claimed

    def media_type(self) -> MediaType:
        return MediaType.OCI_LAYER


class TestSources:
    @pytest.mark.parametrize("claimed", [0, 6, 8, 100])
    def test_a_layer_that_claims_another_size_is_refused(self, serve, claimed):
        def answer(asked: Asked) -> Answer:
            status = {"HEAD": 404, "PUT": 201}.get(asked.method, 202)
            return Answer(status, b"", {"Location": "/v2/up/load"})

        server = serve(answer)
        repository = name.new_repository(f"{server.host}/a/b")
        with pytest.raises(TransportError) as caught:
            remote.write_layer(
                repository=repository,
                layer=Blob(b"content", claimed),
                client=remote.client(options=options()),
            )
        assert f"http: ContentLength={claimed} with Body length 7" in str(caught.value)
        assert server.paths("PUT") == []

    @pytest.mark.parametrize(
        ("proxy", "said"),
        [
            ("http://ann:very-SECRET@[bad", "proxy is no URL of a proxy"),
            ("socks5://ann:very-SECRET@proxy", 'proxies of the kind "socks5" are not supported'),
        ],
    )
    def test_a_proxy_of_the_environment_that_will_not_do(self, monkeypatch, proxy, said):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(TransportError) as caught:
            get("registry.example.com")
        assert said in str(caught.value)
        assert "SECRET" not in f"{caught.value!r} {caught.value}"


DEEP = 500


class Nested(v1.ImageIndex):
    """An index that lists an index, and so on."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._raw = nested(depth)[depth]

    def media_type(self) -> MediaType:
        return MediaType.OCI_IMAGE_INDEX

    def digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        return len(self._raw)

    def index_manifest(self) -> v1.IndexManifest:
        return v1.parse_index_manifest(self._raw)

    def raw_manifest(self) -> bytes:
        return self._raw

    def image(self, digest: v1.Hash | str) -> v1.Image:
        raise AssertionError(digest)

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        return Nested(self._depth - 1)


@functools.cache
def nested(depth: int) -> list[bytes]:
    """An index without entries, one that lists it, one that lists that one, and so on."""
    found = [b'{"schemaVersion":2,"manifests":[]}']
    for _ in range(depth):
        inner = found[-1]
        entry = {"mediaType": MediaType.OCI_IMAGE_INDEX, "size": len(inner)}
        entry |= {"digest": "sha256:" + hashlib.sha256(inner).hexdigest()}
        found.append(json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
    return found


@pytest.mark.parametrize("size", [-1, 1 << 40])
def test_a_config_that_nobody_asked_for_is_not_read_if_it_is_large(serve, plain_archive, size):
    config = {"digest": DIGEST, "size": size}
    manifest = json.dumps({"schemaVersion": 2, "config": config}).encode()
    headers = {
        "Content-Type": MediaType.OCI_MANIFEST_SCHEMA1,
        "Docker-Content-Digest": "sha256:" + hashlib.sha256(manifest).hexdigest(),
    }

    def answer(asked: Asked) -> Answer:
        if asked.method in ("HEAD", "GET") and "/manifests/" in asked.path:
            return Answer(200, manifest, headers)
        return Answer(403)

    server = serve(answer)
    image = tarball.image_from_path(plain_archive, engine="python")
    with pytest.raises(TransportError, match="403"):
        remote.write(
            reference=name.new_tag(f"{server.host}/a/b:1"),
            image=image,
            client=remote.client(options=options()),
        )
    assert [path for path in server.paths("GET") if "/blobs/" in path] == []


class TestNestedIndexes:
    def test_they_are_followed_to_the_end(self, serve):
        kept = {hashlib.sha256(it).hexdigest(): it for it in nested(DEEP)}

        def answer(asked: Asked) -> Answer:
            wanted = asked.path.rpartition(":")[2]
            raw = kept.get(wanted, nested(DEEP)[-1])
            return Answer(200, raw, {"Content-Type": MediaType.OCI_IMAGE_INDEX})

        server = serve(answer)
        with pytest.raises(ImageNotFoundError, match="no child with platform linux/amd64"):
            remote.image(
                reference=name.new_tag(f"{server.host}/a/b:1"),
                client=remote.client(options=options()),
            )
        assert len(server.asked) > DEEP

    def test_none_that_is_too_deep_is_written(self, serve):
        server = serve(lambda _: Answer(404))
        with pytest.raises(UnsupportedOptionError, match="indexes are nested too deeply"):
            remote.push(
                reference=name.new_tag(f"{server.host}/a/b:1"),
                source=Nested(DEEP),
                client=remote.client(options=options()),
            )
        assert server.paths("PUT") == []


def test_a_query_takes_bytes_that_are_no_text():
    assert encode_query([("names", "a b\udcff")]) == "names=a+b%FF"
