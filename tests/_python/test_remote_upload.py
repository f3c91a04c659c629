"""Uploads that break: they go on where the registry tells what it has, and else begin anew."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import random

import pytest
from support.boundary import wait_until
from support.fake_server import Answer, Asked, FakeServer
from support.faulty_proxy import Fault, FaultyProxy, answer, cut_upload, drop

from pyggcr import limits, name, registry, tarball, v1
from pyggcr._gostd import gzip
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.errors import CancelledError, TransportError
from pyggcr.types import MediaType

CONTENT = random.Random(1).randbytes(1_000_000)
DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
PLACE = "/v2/up/load?_state=1"
# The proxy takes pieces of so many bytes, the last of which is not passed on as a whole.
PIECE = 1 << 16


def options(**more: object) -> RemoteOptions:
    retry = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)
    return RemoteOptions(retry=retry, **more)


class Blob(v1.Layer):
    """A blob of the user's own."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self._content = content

    def digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._content))[0]

    diff_id = digest

    def compressed(self) -> io.BytesIO:
        return io.BytesIO(self._content)

    uncompressed = compressed

    def size(self) -> int:
        return len(self._content)

    def media_type(self) -> MediaType:
        return MediaType.OCI_LAYER


@pytest.fixture
def resumable():
    """A registry in this process, which tells what it has of an upload."""
    with registry.serve(conforming=True) as server:
        yield server.host


@pytest.fixture
def plain_image(tmp_path) -> v1.Image:
    """An image with one plain layer of more than a million bytes that are hard to compress."""
    archive = tmp_path / "image.tar"
    archive.write_bytes(docker_save([ImageSpec([LayerSpec(layer_tar({"noise": CONTENT}))])]))
    return tarball.image_from_path(archive, engine="python", gzip_profile="go1.26")


def stored(host: str, path: str = "a/b", digest: str = DIGEST) -> bytes:
    """What the registry has, verified."""
    with remote.layer(
        reference=name.new_digest(f"{host}/{path}@{digest}"),
        client=remote.client(options=options()),
    ).compressed() as it:
        return it.readall()


def patches(proxy: FaultyProxy) -> list[str | None]:
    """The Content-Range of each PATCH."""
    return [it.headers.get("content-range") for it in proxy.requests if it.method == "PATCH"]


def test_what_the_registry_has_is_not_sent_again(resumable):
    with FaultyProxy(resumable, Fault("PATCH", "", cut_upload(300_000))) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        assert patches(proxy) == [None, f"300000-{len(CONTENT) - 1}"]
        assert proxy.received("PATCH") - len(CONTENT) <= PIECE
    assert stored(resumable) == CONTENT


def test_what_is_compressed_on_the_way_goes_on_with_the_same_bytes(resumable, plain_image):
    layer = plain_image.layers()[0]
    with FaultyProxy(resumable, Fault("PATCH", "", cut_upload(700_000))) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=layer,
            client=remote.client(options=options()),
        )

        assert patches(proxy) == [None, f"700000-{layer.size() - 1}"]
        # Here the pieces are the client's own.
        assert proxy.received("PATCH") - layer.size() <= 4 * PIECE
    fresh = gzip.CompressedStream(layer.uncompressed(), "go1.26")
    assert stored(resumable, digest=str(layer.digest())) == fresh.readall()


def test_a_copy_goes_on_too(resumable, real_registry):
    source = name.new_repository(f"{real_registry.host}/uploads/source")
    remote.write_layer(repository=source, layer=Blob(), client=remote.client(options=options()))
    layer = remote.layer(reference=source.digest(DIGEST), client=remote.client(options=options()))
    with FaultyProxy(resumable, Fault("PATCH", "", cut_upload(300_000))) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=layer,
            client=remote.client(options=options()),
        )

        assert patches(proxy) == [None, f"300000-{len(CONTENT) - 1}"]
    assert stored(resumable) == CONTENT


def test_as_long_as_something_arrives_it_goes_on(resumable):
    with FaultyProxy(resumable, Fault("PATCH", "", cut_upload(100_000), times=None)) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        assert len(patches(proxy)) == 10
        assert proxy.received("PATCH") - len(CONTENT) <= 10 * PIECE
    assert stored(resumable) == CONTENT


def test_a_refusal_in_the_middle_is_waited_for(resumable):
    faults = Fault("PATCH", "", cut_upload(300_000)), Fault("PATCH", "", answer(503))
    with FaultyProxy(resumable, *faults) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        rest = f"300000-{len(CONTENT) - 1}"
        assert patches(proxy) == [None, rest, rest]
        assert len(proxy.paths("POST")) == 1


@pytest.mark.parametrize("fault", [drop(), answer(503)], ids=["dropped", "refused"])
def test_an_end_that_fails_is_said_again_without_the_bytes(real_registry, fault, request):
    path = f"uploads/{request.node.callspec.id}"
    with FaultyProxy(real_registry.host, Fault("PUT", "", fault)) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/{path}"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        assert proxy.received("PATCH") == len(CONTENT)
        assert len(proxy.paths("PUT")) == 2
    assert stored(real_registry.host, path) == CONTENT


@pytest.mark.parametrize("kind", ["docker-registry", "registry by go"])
def test_a_registry_that_cannot_tell_gets_all_of_it_again(kind, request):
    if kind == "docker-registry":
        host = request.getfixturevalue("real_registry").host
    else:
        request.getfixturevalue("go_engine")
        server = registry.serve(engine="go")
        request.addfinalizer(server.close)
        host = server.host
    with FaultyProxy(host, Fault("PATCH", "", cut_upload(300_000))) as proxy:
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/uploads/anew"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        assert patches(proxy) == [None, None]
        assert len(proxy.paths("POST")) == 2
        assert 300_000 <= proxy.received("PATCH") - len(CONTENT) <= 300_000 + PIECE
    assert stored(host, "uploads/anew") == CONTENT


class Odd:
    """A registry that takes the first PATCH for broken, and tells of it what it likes."""

    def __init__(self, told: Answer, resumed: int = 202) -> None:
        self._told = told
        self._resumed = resumed
        self.written: list[bytes] = []

    def __call__(self, asked: Asked) -> Answer:
        place = {"Location": PLACE}
        if asked.method == "GET":
            return self._told if asked.path == PLACE else Answer(200)
        if asked.method == "HEAD":
            return Answer(404)
        if asked.method == "PUT":
            right = b"".join(self.written) == CONTENT
            return Answer(201 if right else 400)
        if asked.method == "POST":
            self.written = []
            return Answer(202, b"", place)
        return self._patch(asked)

    def _patch(self, asked: Asked) -> Answer:
        if "content-range" in asked.headers:
            self.written.append(asked.body)
            return Answer(self._resumed, b"", {"Location": PLACE})
        self._patch = self._whole
        return Answer(500)

    def _whole(self, asked: Asked) -> Answer:
        self.written.append(asked.body)
        return Answer(202, b"", {"Location": PLACE})


@pytest.mark.parametrize(
    "told",
    [
        Answer(204),
        Answer(204, b"", {"Range": "0-0"}),
        Answer(204, b"", {"Range": "0-1000000"}),
        Answer(204, b"", {"Range": "0-" + "9" * 5000}),
        Answer(204, b"", {"Range": "100-200"}),
        Answer(204, b"", {"Range": "bytes 0--1"}),
        Answer(204, b"", {"Range": "0-99", "Location": "http://[bad"}),
        Answer(204, b"", {"Range": "0-99", "Location": "http://169.254.169.254/"}),
        Answer(200, b"all is well"),
        Answer(404),
        Answer(405),
    ],
    ids=lambda told: f"{told.status} {str(dict(told.headers))[:40]}",
)
def test_whatever_it_is_told_the_upload_begins_anew(told):
    odd = Odd(told)
    with FakeServer(odd) as server:
        remote.write_layer(
            repository=name.new_repository(f"{server.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        assert len(server.paths("POST")) == 2
    assert odd.written == [CONTENT]


@pytest.mark.parametrize("resumed", [202, 416, 404])
def test_a_registry_that_puts_it_together_wrongly_is_found_out(resumed):
    odd = Odd(Answer(204, b"", {"Range": "bytes=0-299999"}), resumed)
    with FakeServer(odd) as server:
        remote.write_layer(
            repository=name.new_repository(f"{server.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )

        ranges = [it.headers.get("content-range") for it in server.asked if it.method == "PATCH"]
    assert ranges == [None, f"300000-{len(CONTENT) - 1}", None]
    assert odd.written == [CONTENT]


def test_a_source_that_has_changed_is_not_taken(resumable):
    class Changing(Blob):
        """Other bytes each time."""

        times = 0

        def compressed(self) -> io.BytesIO:
            self.times += 1
            return io.BytesIO(bytes([self.times]) * len(CONTENT))

    with (
        FaultyProxy(resumable, Fault("PATCH", "", cut_upload(300_000))) as proxy,
        pytest.raises(TransportError, match="DIGEST_INVALID: the content has the digest"),
    ):
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=Changing(),
            client=remote.client(options=options()),
        )
    with pytest.raises(TransportError, match="BLOB_UNKNOWN"):
        stored(resumable)


def test_the_question_can_be_cancelled(resumable):
    token = limits.CancelToken()

    def cancelling(handler) -> None:
        token.cancel()
        handler.hang_up()

    faults = Fault("PATCH", "", cut_upload(300_000)), Fault("GET", "/uploads/", cancelling)
    with (
        FaultyProxy(resumable, *faults) as proxy,
        pytest.raises(CancelledError),
        limits.limit(cancel=token),
    ):
        remote.write_layer(
            repository=name.new_repository(f"{proxy.host}/a/b"),
            layer=Blob(),
            client=remote.client(options=options()),
        )


@pytest.fixture
def ask(resumable):
    """``ask(method, path, body, **headers)``: status, Range, body; each on its own connection."""

    def do(method: str, path: str, body: bytes = b"", **headers: str):
        connection = http.client.HTTPConnection(resumable, timeout=10)
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        with contextlib.closing(connection), connection.getresponse() as response:
            return response.status, response.headers.get("Range"), response.read()

    return do


@pytest.fixture
def place(resumable):
    """Where an upload that has begun goes on."""
    connection = http.client.HTTPConnection(resumable, timeout=10)
    connection.request("POST", "/v2/a/b/blobs/uploads/")
    with contextlib.closing(connection), connection.getresponse() as response:
        assert response.status == 202
        return response.headers["Location"]


def test_the_registry_tells_what_it_has_of_an_upload(ask, place):
    status, _, body = ask("GET", "/v2/a/b/blobs/uploads/7")
    assert (status, b"BLOB_UPLOAD_UNKNOWN" in body) == (404, True)

    ask("PATCH", place, b"12345")

    assert ask("GET", place) == (204, "0-4", b"")
    assert ask("PATCH", place, b"67", Content_Range="5-6")[:2] == (202, "0-6")
    seven = "sha256:" + hashlib.sha256(b"1234567").hexdigest()
    assert ask("PUT", f"{place}?digest={seven}")[0] == 201
    assert ask("GET", place)[0] == 404


def test_who_comes_late_with_a_piece_does_no_harm(resumable, ask, place):
    late = http.client.HTTPConnection(resumable, timeout=10)
    late.putrequest("PATCH", place)
    late.putheader("Transfer-Encoding", "chunked")
    late.endheaders(b"5\r\nfirst\r\n")
    wait_until(lambda: ask("GET", place)[1] == "0-4")

    assert ask("PATCH", place, b"second", Content_Range="5-10")[:2] == (202, "0-10")
    late.send(b"4\r\nlate\r\n0\r\n\r\n")
    with contextlib.closing(late), late.getresponse() as refused:
        assert refused.status == 416

    assert ask("GET", place)[1] == "0-10"
