"""What a registry can be given: blob handlers in Python, warnings, a logger, TLS."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import logging
import pickle
import re
import socket
import ssl
import urllib.request

import pytest

from pyggcr import crane, random, registry
from pyggcr.errors import (
    BlobNotFoundError,
    EngineUnavailableError,
    RedirectError,
    TransportError,
    UnsupportedOptionError,
    ValidationError,
)

BLOB = b"what a layer holds" * 10_000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
OTHER = "sha256:" + 64 * "0"
UPLOADS = "/v2/team/app/blobs/uploads/"
BLOB_UNKNOWN = (404, "BLOB_UNKNOWN", "Unknown blob")
UNSUPPORTED = (405, "UNSUPPORTED", "Unsupported operation")


class Reading(registry.BlobHandler):
    """Has blobs, and notes what it is asked."""

    def __init__(self, blobs=()):
        self.blobs = dict(blobs)
        self.calls = []
        self.opened = []

    def get(self, repository, digest):
        self.calls.append(("get", repository, str(digest)))
        self.opened.append(io.BytesIO(self._find(digest)))
        return self.opened[-1]

    def _find(self, digest):
        if str(digest) not in self.blobs:
            raise BlobNotFoundError
        return self.blobs[str(digest)]


class Complete(
    Reading, registry.BlobStatHandler, registry.BlobPutHandler, registry.BlobDeleteHandler
):
    """Can do everything."""

    def stat(self, repository, digest):
        self.calls.append(("stat", repository, str(digest)))
        return len(self._find(digest))

    def put(self, repository, digest, content):
        self.calls.append(("put", repository, str(digest)))
        self.blobs[str(digest)] = content.read()

    def delete(self, repository, digest):
        self.calls.append(("delete", repository, str(digest)))
        del self.blobs[str(digest)]


@pytest.fixture
def serve(engine, require):
    """``serve(**options)``: a function that asks a registry with these options."""
    with contextlib.ExitStack() as stack:

        def start(**options):
            try:
                server = registry.serve(engine=engine, **options)
            except EngineUnavailableError as error:
                require(f"registry of {engine}", str(error))
            stack.enter_context(server)
            connection = http.client.HTTPConnection(server.host, timeout=10)
            stack.callback(connection.close)

            def ask(method, path, body=None, headers=None):
                connection.request(method, path, body, headers or {})
                response = connection.getresponse()
                response.body = response.read()
                return response

            ask.host = server.host
            return ask

        yield start


def refused(response):
    (error,) = json.loads(response.body)["errors"]
    return response.status, error["code"], error["message"]


def test_a_handler_that_only_reads(serve):
    handler = Reading({DIGEST: BLOB})
    ask = serve(blob_handler=handler)
    got = ask("GET", f"/v2/team/app/blobs/{DIGEST}")
    head = ask("HEAD", f"/v2/team/app/blobs/{DIGEST}")
    assert (got.status, got.body) == (200, BLOB)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(BLOB)))
    assert handler.calls == 2 * [("get", "team/app", DIGEST)]
    assert [it.closed for it in handler.opened] == [True, True]
    assert refused(ask("GET", f"/v2/team/app/blobs/{OTHER}")) == BLOB_UNKNOWN
    assert refused(ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)) == UNSUPPORTED
    assert ask("PATCH", f"{UPLOADS}1", b"x").status == 202
    assert refused(ask("PUT", f"{UPLOADS}1?digest={DIGEST}")) == UNSUPPORTED
    assert refused(ask("DELETE", f"/v2/team/app/blobs/{DIGEST}")) == UNSUPPORTED


@pytest.mark.parametrize("methods", [(), ("stat",), ("put",), ("delete",), ("stat", "put")])
@pytest.mark.parametrize("more", [False, True])
def test_what_a_handler_can_do_is_told_by_its_methods(serve, methods, more):
    methods = {*methods, "delete"} if more else set(methods)
    body = {name: vars(Complete)[name] for name in methods}
    handler = type("Handler", (Reading,), body)({DIGEST: BLOB})
    ask = serve(blob_handler=handler)
    ask("HEAD", f"/v2/a/blobs/{DIGEST}")
    assert handler.calls == [("stat" if "stat" in methods else "get", "a", DIGEST)]
    assert ask("POST", f"/v2/a/blobs/uploads/?digest={DIGEST}", BLOB).status == (
        201 if "put" in methods else 405
    )
    assert ask("DELETE", f"/v2/a/blobs/{DIGEST}").status == (202 if "delete" in methods else 405)


def test_a_handler_takes_blobs_in_each_way(serve):
    handler = Complete()
    ask = serve(blob_handler=handler)
    assert ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB).status == 201
    assert handler.blobs.pop(DIGEST) == BLOB
    place = ask("POST", UPLOADS).headers["Location"]
    assert ask("PATCH", place, BLOB[:-7]).status == 202
    assert ask("PUT", f"{place}?digest={DIGEST}", BLOB[-7:]).status == 201
    assert handler.blobs == {DIGEST: BLOB}
    # As in Go, whose arithmetic takes /blobs for a part of the name.
    assert handler.calls == [("put", "team/app", DIGEST), ("put", "team/app/blobs", DIGEST)]
    assert ask("DELETE", f"/v2/team/app/blobs/{DIGEST}").status == 202
    assert handler.blobs == {}


def test_a_range_of_a_handlers_blob_is_read_up_to(serve):
    ask = serve(blob_handler=Complete({DIGEST: BLOB}))

    def part(text):
        return ask("GET", f"/v2/a/blobs/{DIGEST}", headers={"Range": text})

    got = part("bytes=5-11")
    assert (got.status, got.body) == (206, BLOB[5:12])
    assert got.headers["Content-Range"] == f"bytes 5-11/{len(BLOB)}"
    size = len(BLOB)
    assert refused(part(f"bytes={size + 1}-{size + 2}")) == (
        416,
        "BLOB_UNKNOWN",
        f"Failed to discard {size + 1} bytes",
    )
    assert refused(part("bytes=5-")) == (416, "BLOB_UNKNOWN", "We don't understand your Range")
    backwards = part("bytes=9-5")
    assert (backwards.status, backwards.body) == (206, b"")


@pytest.mark.parametrize("body", [BLOB[:-1], BLOB + b"x"])
@pytest.mark.parametrize("kind", ["lets it pass", "raises another from it"])
def test_a_handler_is_told_of_a_wrong_digest(serve, body, kind):
    caught = []

    class Careful(Complete):
        def put(self, repository, digest, content):
            try:
                content.read()
            except ValidationError as error:
                caught.append(str(error))
                if kind == "lets it pass":
                    raise
                raise RuntimeError("not kept") from error

    ask = serve(blob_handler=Careful())
    refusal = refused(ask("POST", f"{UPLOADS}?digest={DIGEST}", iter([body])))
    assert refusal == (400, "DIGEST_INVALID", "digest does not match contents")
    got = hashlib.sha256(body).hexdigest()
    said = f"error verifying sha256 checksum after reading {len(body)} bytes"
    assert caught == [f'{said}; got "sha256:{got}", want "{DIGEST}"']


def test_a_handler_that_swallows_the_wrong_digest_has_kept_the_blob(serve):
    class Careless(Complete):
        def put(self, repository, digest, content):
            with contextlib.suppress(ValidationError):
                content.read()

    ask = serve(blob_handler=Careless())
    assert ask("POST", f"{UPLOADS}?digest={DIGEST}", b"x").status == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v2/a/blobs/{DIGEST}"),
        ("HEAD", f"/v2/a/blobs/{DIGEST}"),
        ("POST", f"{UPLOADS}?digest={DIGEST}"),
        ("PUT", f"{UPLOADS}1?digest={DIGEST}"),
        ("DELETE", f"/v2/a/blobs/{DIGEST}"),
    ],
)
def test_what_a_handler_raises_is_an_internal_error(serve, method, path):
    class Broken(Complete):
        def stat(self, *_):
            raise OSError("the store is <away>")

        put = delete = stat

    ask = serve(blob_handler=Broken())
    response = ask(method, path, BLOB if method in ("POST", "PUT") else None)
    if method == "HEAD":
        assert response.status == 500
    else:
        assert refused(response) == (500, "INTERNAL_SERVER_ERROR", "the store is <away>")


def test_a_blob_that_is_not_found_by_delete_is_an_internal_error_as_in_go(serve):
    class Deleting(Complete):
        def delete(self, *_):
            raise BlobNotFoundError

    ask = serve(blob_handler=Deleting())
    refusal = refused(ask("DELETE", f"/v2/a/blobs/{DIGEST}"))
    assert refusal == (500, "INTERNAL_SERVER_ERROR", "not found")


@pytest.mark.parametrize("raised_by", ["get", "stat"])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("https://blobs.example.com/a?b=c&d", "https://blobs.example.com/a?b=c&d"),
        ("../other/./x", "/v2/a/other/x"),
        ("/elsewhere/?q=..", "/elsewhere/?q=.."),
        ("/日", "/%e6%97%a5"),
    ],
)
def test_a_redirect(serve, raised_by, wrapped, location, sent):
    class Elsewhere(Complete):
        pass

    def away(self, *_):
        error = RedirectError(location, 307)
        if wrapped:
            raise LookupError("not here") from error
        raise error

    setattr(Elsewhere, raised_by, away)
    ask = serve(blob_handler=Elsewhere({DIGEST: BLOB}))
    got = ask("GET", f"/v2/a/blobs/{DIGEST}")
    assert (got.status, got.headers["Location"]) == (307, sent)
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    shown = sent.replace("&", "&amp;").replace("%e6%97%a5", "日")
    assert got.body.decode() == f'<a href="{shown}">Temporary Redirect</a>.\n\n'
    if raised_by == "stat":
        head = ask("HEAD", f"/v2/a/blobs/{DIGEST}")
        assert (head.status, head.headers["Location"]) == (307, sent)


def test_the_errors_of_handlers_have_gos_texts():
    redirect = RedirectError("http://x/", 308)
    assert str(redirect) == "redirecting (308): http://x/"
    assert (redirect.location, redirect.code) == ("http://x/", 308)
    copy = pickle.loads(pickle.dumps(redirect))
    assert (str(copy), copy.location, copy.code) == (str(redirect), "http://x/", 308)
    assert str(BlobNotFoundError()) == "not found"


def test_an_image_travels_through_a_handler(serve, engine):
    handler = Complete()
    ask = serve(blob_handler=handler)
    image = random.image(5000, 3, engine=engine)
    crane.push(image, f"{ask.host}/a:1", insecure=True)
    pulled = crane.pull(f"{ask.host}/a:1", insecure=True, engine=engine)
    assert [it.compressed().read() for it in pulled.layers()] == [
        it.compressed().read() for it in image.layers()
    ]
    assert len(handler.blobs) == 4


def test_a_folder_or_a_handler():
    with pytest.raises(UnsupportedOptionError, match="not both"):
        registry.serve(folder=".", blob_handler=Reading())


def test_warnings_by_their_probability(serve):
    ask = serve(warnings={1.0: "this is\na test", 0.0: "never"})
    for path in ("/v2/", "/v2/a/blobs/x", f"/v2/a/blobs/{DIGEST}"):
        assert ask("GET", path).headers.get_all("Warning") == ['299 - "this is a test"']
    assert ask("HEAD", "/v2/").headers.get_all("Warning") == ['299 - "this is a test"']


def test_a_logger_gets_a_line_for_each_request(serve, caplog):
    log = logging.getLogger("tests.registry")
    caplog.set_level(logging.INFO, "tests.registry")
    ask = serve(logger=log)
    ask("GET", "/v2/?x=%20")
    ask("GET", f"/v2/a/blobs/{OTHER}")
    ask("POST", f"{UPLOADS}?digest={OTHER}", b"x")
    entry = {"mediaType": "text/plain", "digest": OTHER, "size": 1}
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]})
    media_type = "application/vnd.oci.image.index.v1+json"
    ask("PUT", "/v2/a/manifests/1", index, {"Content-Type": media_type})
    got = "sha256:" + hashlib.sha256(b"x").hexdigest()
    mismatch = f'error verifying sha256 checksum after reading 1 bytes; got "{got}", want "{OTHER}"'
    assert [it.getMessage() for it in caplog.records if it.name == log.name] == [
        "GET /v2/?x=%20",
        f"GET /v2/a/blobs/{OTHER} 404 BLOB_UNKNOWN Unknown blob",
        f"Digest mismatch: {mismatch}",
        f"POST {UPLOADS}?digest={OTHER} 400 DIGEST_INVALID digest does not match contents",
        f'TODO: Check blobs for "{OTHER}"',
        "PUT /v2/a/manifests/1",
    ]


def test_tls_for_a_domain(engine, tmp_path, request):
    with registry.serve(tls="registry.example.com", engine=engine) as server:
        assert server.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cadata=server.certificate.decode())
        with urllib.request.urlopen(f"{server.url}/v2/", context=context) as response:
            assert response.status == 200
        idle = socket.create_connection(server.host.rsplit(":", 1))
        request.addfinalizer(idle.close)
        trusted = tmp_path / "ca.pem"
        trusted.write_bytes(server.certificate)
        image = random.image(100, 1, engine=engine)
        crane.push(image, f"{server.host}/a:1", ca_file=trusted)
        again = crane.digest(f"{server.host}/a:1", ca_file=trusted, engine=engine)
        assert again == str(image.digest())
    assert idle.recv(1) == b""


def test_tls_with_a_certificate_of_ones_own(engine, tls_certificate, tmp_path):
    shown = registry.ServerCertificate.from_files(tls_certificate.certificate, tls_certificate.key)
    assert re.fullmatch(r"ServerCertificate\(certificate=b'.*'\)", repr(shown))
    with registry.serve(tls=shown, engine=engine) as server:
        context = ssl.create_default_context(cafile=tls_certificate.certificate)
        context.check_hostname = False
        with urllib.request.urlopen(f"{server.url}/v2/", context=context) as response:
            assert response.status == 200


def test_a_certificate_that_is_none(engine):
    with pytest.raises(TransportError, match="^tls: "):
        registry.serve(tls=registry.ServerCertificate(b"x", b"y"), engine=engine)


def test_a_domain_that_is_none(engine):
    with pytest.raises(UnsupportedOptionError, match="is no domain"):
        registry.serve(tls=f"{64 * 'a'}.example.com", engine=engine)


def test_a_folder_that_is_not_there_takes_nothing_as_in_go(serve, tmp_path):
    ask = serve(folder=tmp_path / "missing")
    status, code, message = refused(ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB))
    assert (status, code) == (500, "INTERNAL_SERVER_ERROR")
    assert re.fullmatch(r"open .*/missing/upload-\d+: no such file or directory", message)


def test_a_blob_of_a_folder_that_is_deleted_twice(serve, tmp_path):
    ask = serve(folder=tmp_path)
    path = f"/v2/a/blobs/{DIGEST}"
    ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
    assert (tmp_path / "sha256" / DIGEST[7:]).read_bytes() == BLOB
    assert ask("DELETE", path).status == 202
    assert refused(ask("DELETE", path)) == (
        500,
        "INTERNAL_SERVER_ERROR",
        f"remove {tmp_path}/sha256/{DIGEST[7:]}: no such file or directory",
    )


def test_blobs_of_sha512(serve):
    ask = serve()
    digest = "sha512:" + hashlib.sha512(BLOB).hexdigest()
    assert ask("POST", f"{UPLOADS}?digest={digest}", BLOB).status == 201
    assert ask("GET", f"/v2/a/blobs/{digest}").body == BLOB
