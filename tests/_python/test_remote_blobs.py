"""Blobs on the Python engine: verified while they are read, read on where a connection broke."""

from __future__ import annotations

import hashlib

import pytest
from support.fake_server import Answer, Asked, FakeServer
from support.faulty_proxy import Fault, FaultyProxy, corrupt, truncate

from pyggcr import name, tarball, v1, validate
from pyggcr._gostd import json
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import (
    DeadlineExceededError,
    Error,
    ImageNotFoundError,
    TruncatedError,
    UnsupportedOptionError,
    ValidationError,
)

CONTENT = bytes(range(256)) * 4096  # 1 MiB
DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
QUICK = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)


class Blobs:
    """A registry with one blob; each GET is cut after so many bytes until none are left."""

    def __init__(self, *cuts: int, content: bytes = CONTENT, ranges: bool = True) -> None:
        self.cuts = list(cuts)
        self.content = content
        self.ranges = ranges

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/v2/":
            return Answer(200)
        if asked.method == "HEAD":
            return Answer(200, self.content)
        start = 0
        headers = {}
        status = 200
        if self.ranges and "range" in asked.headers:
            start = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
            last = len(self.content) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(self.content)}"
            status = 206
        body = self.content[start:]
        headers["Content-Length"] = str(len(body))
        if self.cuts:
            body = body[: self.cuts.pop(0)]
            headers["Connection"] = "close"
        return Answer(status, body, headers)


def read(server: FakeServer, digest: str = DIGEST) -> bytes:
    reference = name.new_digest(f"{server.host}/a/b@{digest}")
    layer = remote.layer(
        reference=reference, client=remote.client(options=RemoteOptions(retry=QUICK))
    )
    with layer.compressed() as stream:
        return stream.readall()


def ranges(server: FakeServer) -> list[str]:
    asked = [it for it in server.asked if it.method == "GET" and "/blobs/" in it.path]
    return [it.headers.get("range", "") for it in asked]


def test_a_blob_is_read_as_it_is():
    with FakeServer(Blobs()) as server:
        assert read(server) == CONTENT
        assert ranges(server) == [""]


def test_a_broken_download_goes_on_where_it_stopped():
    with FakeServer(Blobs(300_000, 200_000)) as server:
        assert read(server) == CONTENT
        assert ranges(server) == ["", "bytes=300000-", "bytes=500000-"]


def test_a_registry_that_knows_no_ranges_is_read_from_the_beginning():
    with FakeServer(Blobs(300_000, ranges=False)) as server:
        assert read(server) == CONTENT
        assert ranges(server) == ["", "bytes=300000-"]


def test_tries_count_anew_once_something_came():
    with FakeServer(Blobs(*[100_000] * 8)) as server:
        assert read(server) == CONTENT


def test_a_download_that_gets_nowhere_fails_as_in_go():
    with (
        FakeServer(Blobs(*[0] * 10)) as server,
        pytest.raises(TruncatedError, match=r"\Aunexpected EOF\Z"),
    ):
        read(server)


def test_other_bytes_after_a_break_are_found_out():
    blobs = Blobs(300_000)
    with FakeServer(blobs) as server:
        reference = name.new_digest(f"{server.host}/a/b@{DIGEST}")
        layer = remote.layer(
            reference=reference, client=remote.client(options=RemoteOptions(retry=QUICK))
        )
        with layer.compressed() as stream:
            stream.read(1000)
            blobs.content = CONTENT[:-1] + b"\x00"
            with pytest.raises(ValidationError, match="error verifying sha256 checksum"):
                stream.readall()


def test_a_blob_with_another_hash_is_refused_at_its_end():
    wrong = "sha256:" + 64 * "a"
    with FakeServer(Blobs()) as server, pytest.raises(ValidationError) as caught:
        read(server, wrong)
    assert str(caught.value) == (
        f"error verifying sha256 checksum after reading 1048576 bytes; got "
        f'"{DIGEST}", want "{wrong}"'
    )


def test_the_size_of_a_blob_is_asked_for_without_reading_it():
    with FakeServer(Blobs()) as server:
        reference = name.new_digest(f"{server.host}/a/b@{DIGEST}")

        assert remote.layer(
            reference=reference, client=remote.client(options=RemoteOptions())
        ).size() == len(CONTENT)
        assert ranges(server) == []


def options() -> RemoteOptions:
    """Options that do not wait long; connections live as long as they do."""
    return RemoteOptions(retry=QUICK)


@pytest.fixture
def pushed(real_registry, plain_archive) -> str:
    """The name of an image in the real registry."""
    reference = name.new_tag(f"{real_registry.host}/pulled/image:1")
    remote.write(
        reference=reference,
        image=tarball.image_from_path(plain_archive, engine="python"),
        client=remote.client(options=options()),
    )
    return str(reference)


def pull(host: str, pushed: str) -> v1.Image:
    path = pushed.partition("/")[2]
    return remote.image(
        reference=name.new_tag(f"{host}/{path}"), client=remote.client(options=options())
    )


def test_an_image_is_valid_after_breaks_everywhere(real_registry, pushed):
    faults = [Fault("GET", "/blobs/", truncate(at)) for at in (10, 100, 1000, 2000, 4000)]
    with FaultyProxy(real_registry.host, *faults) as proxy:
        validate.image(pull(proxy.host, pushed))


@pytest.mark.parametrize("what", ["blobs", "manifests"])
def test_a_corrupted_answer_is_never_taken(real_registry, pushed, what):
    image = pull(real_registry.host, pushed)
    fault = Fault("GET", f"/{what}/", corrupt(50), times=None)
    with FaultyProxy(real_registry.host, fault) as proxy:
        path = f"{proxy.host}/pulled/image@{image.digest()}"
        with pytest.raises(ValidationError):
            validate.image(
                remote.image(
                    reference=name.new_digest(path), client=remote.client(options=options())
                )
            )


def test_the_diff_id_of_a_layer_is_the_configs_claim(real_registry, pushed):
    image = pull(real_registry.host, pushed)
    config = image.config_file()

    assert [layer.diff_id() for layer in image.layers()] == config.rootfs.diff_ids
    assert [layer.digest() for layer in image.layers()] == [
        entry.digest for entry in image.manifest().layers
    ]


def index_of(platforms: list[v1.Platform | None]) -> bytes:
    entries = [
        v1.Descriptor(
            media_type="application/vnd.oci.image.manifest.v1+json",
            size=2,
            digest=v1.new_hash(f"sha256:{number:064x}"),
            platform=platform,
        )
        for number, platform in enumerate(platforms)
    ]
    return json.marshal(
        v1.IndexManifest(
            schema_version=2,
            media_type="application/vnd.oci.image.index.v1+json",
            manifests=entries,
        )
    )


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (v1.Platform(os="linux", architecture="amd64"), 1),
        (v1.Platform(os="linux", architecture="arm64"), 0),
        (v1.Platform(os="linux", architecture="arm64", variant="v9"), 3),
        (v1.Platform(os="windows", architecture="amd64", os_version="10"), 4),
    ],
)
def test_the_first_image_that_fits_is_taken(wanted, number):
    index = index_of(
        [
            v1.Platform(os="linux", architecture="arm64", variant="v8"),
            None,  # taken for linux/amd64
            v1.Platform(os="linux", architecture="amd64"),
            v1.Platform(os="linux", architecture="arm64", variant="v9"),
            v1.Platform(os="windows", architecture="amd64", os_version="10"),
        ]
    )

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/latest"):
            return Answer(200, index, {"Content-Type": "application/vnd.oci.image.index.v1+json"})
        return Answer(404 if "manifests" in asked.path else 200)

    with FakeServer(answer) as server:
        reference = name.new_tag(f"{server.host}/a/b:latest")
        with pytest.raises(OSError, match="404"):
            remote.image(
                reference=reference,
                client=remote.client(options=RemoteOptions(platform=wanted, retry=QUICK)),
            )
        assert server.paths("GET")[-1].endswith(f"sha256:{number:064x}")


def test_a_platform_that_no_image_is_for_is_told():
    index = index_of([v1.Platform(os="linux", architecture="arm64")])
    headers = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
    with FakeServer(lambda _: Answer(200, index, headers)) as server:
        reference = name.new_tag(f"{server.host}/a/b:latest")
        with pytest.raises(ImageNotFoundError) as caught:
            remote.image(reference=reference, client=remote.client(options=RemoteOptions()))
    assert str(caught.value) == f"no child with platform linux/amd64 in index {reference}"


def test_an_image_of_schema_1_is_refused():
    headers = {"Content-Type": "application/vnd.docker.distribution.manifest.v1+json"}
    with FakeServer(lambda _: Answer(200, b"{}", headers)) as server:
        reference = name.new_tag(f"{server.host}/a/b:latest")
        with pytest.raises(UnsupportedOptionError, match="unsupported MediaType"):
            remote.image(reference=reference, client=remote.client(options=RemoteOptions()))


def test_pages_are_read_to_the_last():
    def answer(asked: Asked) -> Answer:
        if "last=" in asked.path:
            return Answer(200, b'{"tags": ["three"]}')
        link = {"Link": '</v2/a/b/tags/list?last=two&n=2>; rel="next"'}
        return Answer(200, b'{"tags": ["one", "two"]}', link)

    with FakeServer(answer) as server:
        repository = name.new_repository(f"{server.host}/a/b")
        client = remote.client(options=RemoteOptions(page_size=2))

        assert remote.list_tags(repository=repository, client=client) == ["one", "two", "three"]
        assert server.paths("GET")[-2:] == [
            "/v2/a/b/tags/list?n=2",
            "/v2/a/b/tags/list?last=two&n=2",
        ]


def test_pages_that_lead_in_a_circle_end():
    link = {"Link": '</v2/a/b/tags/list?n=1000>; rel="next"'}
    with FakeServer(lambda _: Answer(200, b'{"tags": ["one"]}', link)) as server:
        repository = name.new_repository(f"{server.host}/a/b")
        with pytest.raises(Exception, match="leads in a circle"):
            remote.list_tags(repository=repository, client=remote.client(options=RemoteOptions()))


def test_a_blob_that_comes_drop_by_drop_ends_with_its_deadline():
    from pyggcr import limits

    with FakeServer(Blobs(*[1] * 1_000_000)) as server:
        slow = Retry(duration=0.05, factor=1.0, jitter=0.0, steps=3)
        client = remote.client(options=RemoteOptions(retry=slow))
        reference = name.new_digest(f"{server.host}/a/b@{DIGEST}")
        layer = remote.layer(reference=reference, client=client)
        with limits.limit(timeout=0.3), pytest.raises(DeadlineExceededError):
            layer.compressed().readall()


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "http://127.0.0.1:1/x",
            'foreign layer URL host "127.0.0.1" is a private or link-local address',
        ),
        (
            "ftp://files.example.com/x",
            (
                'foreign layer URL scheme "ftp" not allowed; must be https '
                "(or http for insecure registries)"
            ),
        ),
    ],
)
def test_a_layer_that_is_elsewhere_is_not_looked_for_in_the_clients_network(url, text):
    layer = v1.Descriptor(
        media_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        size=5,
        digest=v1.new_hash("sha256:" + 64 * "a"),
        urls=[url],
    )
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = v1.Descriptor(digest=v1.new_hash("sha256:" + 64 * "b"))
    manifest = json.marshal(
        v1.Manifest(schema_version=2, media_type=kind, config=config, layers=[layer])
    )

    def answer(asked: Asked) -> Answer:
        if "/manifests/" in asked.path:
            return Answer(200, manifest, {"Content-Type": kind})
        return Answer(404 if "/blobs/" in asked.path else 200)

    with FakeServer(answer) as server:
        image = remote.image(
            reference=name.new_tag(f"{server.host}/a/b:1"), client=remote.client(options=options())
        )
        found = image.layer_by_digest(layer.digest)
        with pytest.raises(Error) as caught:
            found.compressed()
    assert str(caught.value) == text
