"""Answers of registries that are odd or none: both engines read them as Go's net/http does."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

import pytest
from support.fake_server import Answer, FakeServer
from support.raw_registry import registry_that_says

from pyggcr import errors, remote, static
from pyggcr.types import MediaType

# crane, or a level that another test set, may make Go report its requests.
pytestmark = pytest.mark.usefixtures("kept_for_tracing")

ONCE = remote.Retry(duration=0.01, steps=1)
LAYER = b"a layer" * 8
TYPE = b"Content-Type: application/vnd.docker.distribution.manifest.v2+json\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = "net/http: HTTP/1.x transport connection broken: "


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest_with(**layer: object) -> bytes:
    described = {"mediaType": str(MediaType.DOCKER_UNCOMPRESSED_LAYER), "size": len(LAYER)}
    layers = [{**described, "digest": digest(LAYER), **layer}]
    config = {"mediaType": str(MediaType.DOCKER_CONFIG_JSON), "size": 2, "digest": digest(b"{}")}
    return json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode()


MANIFEST = manifest_with()
GZIPPED = gzip.compress(MANIFEST, mtime=0)


def whole(body: bytes, *fields: bytes, status: bytes = OK) -> bytes:
    """An answer with a length."""
    head = b"".join(field + b"\r\n" for field in fields)
    return status + TYPE + head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(encoded: bytes, *fields: bytes, status: bytes = OK) -> bytes:
    head = b"".join(field + b"\r\n" for field in fields)
    return status + TYPE + head + b"Transfer-Encoding: chunked\r\n\r\n" + encoded


def chunk(content: bytes, after: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(content), after, content)


END = b"0\r\n\r\n"
ENCODED = b"Content-Encoding: gzip"

GOOD = {
    "compressed": whole(GZIPPED, ENCODED),
    "compressed, in capitals": whole(GZIPPED, b"CONTENT-ENCODING: GZIP"),
    "compressed, in two members": whole(
        gzip.compress(MANIFEST[:9]) + gzip.compress(MANIFEST[9:]), ENCODED
    ),
    "compressed, in chunks": chunked(chunk(GZIPPED[:7]) + chunk(GZIPPED[7:]) + END, ENCODED),
    "of another coding": whole(MANIFEST, b"Content-Encoding: deflate"),
    "with many headers": whole(MANIFEST, *(b"X-%d: a" % number for number in range(2000))),
    "with a long header": whole(MANIFEST, b"X: " + b"a" * 100_000),
    "with a folded header": whole(MANIFEST, b"X: a", b"  b", b"\tc"),
    "with a space before a colon": whole(MANIFEST, b"X : a"),
    "with other bytes in a header": whole(MANIFEST, b"X: \xff\xc3\xa4"),
    "with a long reason": whole(MANIFEST, status=b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n"),
    "without a reason": whole(MANIFEST, status=b"HTTP/1.1 200\r\n"),
    "of HTTP/2.0": whole(MANIFEST, status=b"HTTP/2.0 200 OK\r\n"),
    "of HTTP/0.9": whole(MANIFEST, status=b"HTTP/0.9 200 OK\r\n"),
    "with ends of lines of Unix": whole(MANIFEST).replace(b"\r\n", b"\n"),
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + whole(MANIFEST),
    "after many of them": b"HTTP/1.1 102 Processing\r\n\r\n" * 50 + whole(MANIFEST),
    "with its length twice": whole(MANIFEST, b"Content-Length: %d" % len(MANIFEST)),
    "with a length and in chunks": chunked(chunk(MANIFEST) + END, b"Content-Length: 5"),
    "in chunks with extensions": chunked(chunk(MANIFEST, b";a=b") + END),
    "in chunks of a byte": chunked(b"".join(chunk(b"%c" % it) for it in MANIFEST) + END),
    "with a trailer": chunked(chunk(MANIFEST) + b"0\r\nX: a\r\n\r\n"),
}


@pytest.mark.parametrize("answer", GOOD)
def test_a_good_answer(engine, answer):
    with registry_that_says(GOOD[answer]) as host:
        got = remote.get(f"{host}/app:1", engine=engine, retry=ONCE)
    assert (got.manifest, got.descriptor.size) == (MANIFEST, len(MANIFEST))


BAD_HEADS = {
    "nothing": (b"", "EOF"),
    "half a head": (OK + TYPE, BROKEN + "unexpected EOF"),
    "an interim answer": (b"HTTP/1.1 100 Continue\r\n\r\n", BROKEN + "unexpected EOF"),
    "no status": (b"nonsense\r\n\r\n", BROKEN + 'malformed HTTP response "nonsense"'),
    "a short status": (
        b"HTTP/1.1 20 OK\r\n\r\n",
        BROKEN + 'malformed HTTP status code "20"',
    ),
    "a long status": (
        b"HTTP/1.1 2000 OK\r\n\r\n",
        BROKEN + 'malformed HTTP status code "2000"',
    ),
    "no version": (b"HTTP/12.1 200 OK\r\n\r\n", BROKEN + 'malformed HTTP version "HTTP/12.1"'),
    "a first line that continues": (
        OK + b" X: a\r\n\r\n",
        BROKEN + 'malformed MIME header initial line: " X: a"',
    ),
    "an empty name": (OK + b": a\r\n\r\n", BROKEN + 'malformed MIME header line: ": a"'),
    "a tab in a name": (
        OK + b"X\t: a\r\n\r\n",
        BROKEN + 'malformed MIME header line: "X\\t: a"',
    ),
    "a control character": (
        OK + b"x-one: a\x01b\r\n\r\n",
        BROKEN + 'malformed MIME header line: "X-One: a\\x01b"',
    ),
    "headers of 11 MB": (
        whole(MANIFEST, b"X: " + b"a" * (11 << 20)),
        BROKEN + "net/http: server response headers exceeded 10485760 bytes; aborted",
    ),
    "two lengths": (
        whole(MANIFEST, b"Content-Length: 1"),
        BROKEN + "http: message cannot contain multiple Content-Length headers; "
        f'got ["1" "{len(MANIFEST)}"]',
    ),
    "a redirect without a host": (
        b"HTTP/1.1 307 x\r\nLocation: http:///x\r\nContent-Length: 0\r\n\r\n",
        "http: no Host in request URL",
    ),
    "a redirect without even slashes": (
        b"HTTP/1.1 307 x\r\nLocation: http:x\r\nContent-Length: 0\r\n\r\n",
        "http: no Host in request URL",
    ),
}


@pytest.mark.parametrize("answer", BAD_HEADS)
def test_an_answer_whose_head_is_none(engine, answer):
    sent, fault = BAD_HEADS[answer]
    with registry_that_says(sent) as host, pytest.raises(errors.TransportError) as raised:
        remote.get(f"{host}/app:1", engine=engine, retry=ONCE)
    asked = {
        "a redirect without a host": "http:///x",
        "a redirect without even slashes": "http:x",
    }.get(answer, f"http://{host}/v2/app/manifests/1")
    assert str(raised.value) == f'Get "{asked}": {fault}'


BAD_BODIES = {
    "no gzip": (whole(MANIFEST, ENCODED), errors.CompressionError, "gzip: invalid header"),
    "half of it": (whole(GZIPPED[:-5], ENCODED), errors.TruncatedError, "unexpected EOF"),
    "a wrong checksum": (
        whole(GZIPPED[:-8] + b"abcd" + GZIPPED[-4:], ENCODED),
        errors.CompressionError,
        "gzip: invalid checksum",
    ),
    "more than a manifest may have": (
        whole(gzip.compress(bytes(101 << 20), 1), ENCODED),
        errors.Error,
        "body exceeds 104857600 byte limit",
    ),
    "a chunk of no size": (chunked(b"zz\r\n"), errors.Error, "invalid byte in chunk length"),
    "a chunk without a size": (chunked(b"\r\n"), errors.Error, "empty hex number for chunk length"),
    "a chunk of a negative size": (
        chunked(b"-1\r\n"),
        errors.Error,
        "invalid byte in chunk length",
    ),
    "a chunk of 2^64": (
        chunked(b"1" + b"0" * 16 + b"\r\n"),
        errors.Error,
        "http chunk length too large",
    ),
    "a chunk's size without its end": (
        chunked(b"1\na\r\n" + END),
        errors.Error,
        "chunked line ends with bare LF",
    ),
    "a chunk's size with two ends": (
        chunked(b"1\r;\r\na\r\n" + END),
        errors.Error,
        "invalid CR in chunked line",
    ),
    "a chunk without its end": (
        chunked(b"1\r\nab" + END),
        errors.Error,
        "malformed chunked encoding",
    ),
    "half a chunk": (chunked(b"9\r\nab"), errors.TruncatedError, "unexpected EOF"),
    "a long extension": (
        chunked(chunk(MANIFEST, b";" + b"a" * 5000) + END),
        errors.Error,
        "header line too long",
    ),
    "many extensions": (
        chunked(chunk(b"a", b";" + b"a" * 3000) * 20 + END),
        errors.Error,
        "chunked encoding contains too much non-data",
    ),
    "a long trailer": (
        chunked(chunk(MANIFEST) + b"0\r\nX: " + b"a" * 9000 + b"\r\n\r\n"),
        errors.Error,
        "http: suspiciously long trailer after chunked body",
    ),
    "half a trailer": (
        chunked(chunk(MANIFEST) + b"0\r\n"),
        errors.Error,
        "http: unexpected EOF reading trailer",
    ),
}


@pytest.mark.parametrize("answer", BAD_BODIES)
def test_an_answer_whose_body_is_none(engine, answer):
    sent, kind, fault = BAD_BODIES[answer]
    with registry_that_says(sent) as host, pytest.raises(errors.Error) as raised:
        remote.get(f"{host}/app:1", engine=engine, retry=ONCE)
    assert (type(raised.value), str(raised.value)) == (kind, fault)


def test_compression_is_asked_for_as_go_does(engine):
    """By GET only: of a compressed answer to HEAD nobody would know the length."""

    def answer(asked):
        headers = {"Content-Type": "text/x", "Docker-Content-Digest": digest(MANIFEST)}
        return Answer(200, MANIFEST, {} if asked.path == "/v2/" else headers)

    with FakeServer(answer) as server:
        remote.get(f"{server.host}/app:1", engine=engine)
        remote.head(f"{server.host}/app:1", engine=engine)
        told = {it.method: it.headers.get("accept-encoding") for it in server.asked}
    assert told == {"GET": "gzip", "HEAD": None}


def layer_of(engine, manifest: bytes, answer: Answer | None = None) -> bytes:
    """The content of the only layer of such an image."""

    def answers(asked):
        if "/manifests/" in asked.path:
            return Answer(200, manifest, {"Content-Type": str(MediaType.DOCKER_MANIFEST_SCHEMA2)})
        return Answer() if asked.path == "/v2/" else answer or Answer(200, LAYER)

    with (
        FakeServer(answers) as server,
        remote.image(f"{server.host}/app:1", engine=engine, retry=ONCE) as image,
        image.layers()[0].compressed() as stream,
    ):
        return stream.read()


def test_a_blob_that_is_compressed_on_its_way(engine):
    compressed = Answer(200, gzip.compress(LAYER), {"Content-Encoding": "gzip"})
    assert layer_of(engine, MANIFEST, compressed) == LAYER


def test_a_blob_that_grows_without_end_on_its_way(engine):
    """No more than its size is read."""
    compressed = Answer(200, gzip.compress(bytes(1 << 20)), {"Content-Encoding": "gzip"})
    with pytest.raises(errors.ValidationError, match=f"after reading {len(LAYER)} bytes; got"):
        layer_of(engine, MANIFEST, compressed)


def test_data_in_a_descriptor(engine):
    inline = base64.b64encode(LAYER).decode()
    assert layer_of(engine, manifest_with(data=inline), Answer(404)) == LAYER


def wrong_checksum(got: bytes) -> str:
    told = f'got "{digest(got)}", want "{digest(LAYER)}"'
    return f"error verifying sha256 checksum after reading {len(got)} bytes; {told}"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"abc", f"error verifying size; got 3, want {len(LAYER)}"),
        (
            bytes(len(LAYER)),
            wrong_checksum(bytes(len(LAYER))),
        ),
        (
            b"x" + LAYER,
            wrong_checksum(b"x" + LAYER[:-1]),
        ),
    ],
    ids=["too short", "other bytes", "too long"],
)
def test_data_that_is_not_what_its_descriptor_says(engine, data, fault):
    with pytest.raises(errors.ValidationError) as raised:
        layer_of(engine, manifest_with(data=base64.b64encode(data).decode()), Answer(404))
    assert str(raised.value) == fault


@pytest.mark.parametrize("size", [-2, 0, 3, 1 << 62])
def test_a_size_that_the_registry_contradicts(engine, size):
    fault = f"Content-Length header {len(LAYER)} does not match expected size {size}$"
    with pytest.raises(errors.TransportError, match=fault):
        layer_of(engine, manifest_with(size=size))


def pushed(engine, *, begun: Answer, sent: Answer) -> list[str]:
    """What a push asks for after HEAD, if a registry answers so to POST and PATCH."""
    answers = {"HEAD": Answer(404), "POST": begun, "PATCH": sent, "PUT": Answer(201)}
    with FakeServer(lambda it: answers.get(it.method, Answer(200))) as server:
        layer = static.new_layer(b"abc", MediaType.DOCKER_LAYER, engine=engine)
        remote.write_layer(f"{server.host}/app", layer, engine=engine, retry=ONCE)
        return [asked.method for asked in server.asked if asked.method not in ("GET", "HEAD")]


def at(location: str) -> Answer:
    return Answer(202, b"", {"Location": location})


def test_an_upload_that_is_done_when_it_begins(engine):
    assert pushed(engine, begun=Answer(201), sent=at("/up/2")) == ["POST"]


@pytest.mark.parametrize("location", ["http:///x", "http:x"])
def test_an_upload_that_goes_on_nowhere(engine, location):
    with pytest.raises(errors.TransportError) as raised:
        pushed(engine, begun=at(location), sent=at("/up/2"))
    assert str(raised.value) == f'Patch "{location}": http: no Host in request URL'
    with pytest.raises(errors.TransportError) as raised:
        pushed(engine, begun=at("/up/1"), sent=at(location))
    asked = f"{location}?digest={digest(b'abc').replace(':', '%3A')}"
    assert str(raised.value) == f'Put "{asked}": http: no Host in request URL'


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("%zz", 'parse "%zz": invalid URL escape "%zz"'),
        ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
        ("http://ann:SECRET@[::1/x?SECRET", "parse \"http://[::1/x\": missing ']' in host"),
    ],
)
def test_an_upload_that_goes_on_at_no_url(engine, location, fault):
    with pytest.raises(errors.Error) as raised:
        pushed(engine, begun=at(location), sent=at("/up/2"))
    assert str(raised.value) == fault
