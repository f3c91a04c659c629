"""The tables of go-containerregistry's tests of pkg/v1/remote, on both engines."""

from __future__ import annotations

import hashlib
import json

import pytest
from support.fake_server import Answer, FakeServer
from support.raw_registry import registry_that_says
from support.upstream_tables import rows

from pyggcr import errors, remote, static
from pyggcr.types import MediaType

pytestmark = pytest.mark.usefixtures("kept_for_tracing")

ONCE = remote.Retry(duration=0.01, steps=1)
CONFIG = b"{}"
HEX = hashlib.sha256(CONFIG).hexdigest()
IMAGE = str(MediaType.DOCKER_MANIFEST_SCHEMA2)


def manifest(**more: object) -> bytes:
    config = {"mediaType": "c", "size": len(CONFIG), "digest": f"sha256:{HEX}"}
    return json.dumps({"schemaVersion": 2, "config": config, "layers": [], **more}).encode()


@pytest.fixture
def serve():
    """``serve(answer)``: a registry that greets, and asks the function for every other answer."""
    servers = []

    def start(answer):
        greets = lambda asked: Answer() if asked.path == "/v2/" else answer(asked)  # noqa: E731
        servers.append(FakeServer(greets))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def check_names(call, names):
    if names is None:
        with pytest.raises(errors.JSONError):
            call()
    else:
        assert call() == names


@pytest.mark.parametrize("row", rows("remote", "TestCatalogPage"))
def test_a_page_of_the_catalog(serve, engine, row):
    server = serve(lambda _: Answer(200, row["body"].encode()))
    check_names(lambda: remote.catalog_page(server.host, "", 100, engine=engine), row["names"])
    assert server.paths("GET")[-1] == "/v2/_catalog?last=&n=100"


@pytest.mark.parametrize("row", rows("remote", "TestCatalog"))
def test_the_catalog(serve, engine, row):
    def answer(asked):
        second = asked.path == "/v2/_catalog_two"
        link = {} if second else {"Link": "</v2/_catalog_two>"}
        return Answer(200, row["pages"][int(second)].encode(), link)

    host = serve(answer).host
    check_names(lambda: remote.catalog(host, engine=engine), row["names"])


@pytest.mark.parametrize("row", rows("remote", "TestList"))
def test_tags(serve, engine, row):
    host = serve(lambda _: Answer(200, row["body"].encode())).host
    check_names(lambda: remote.list_tags(f"{host}/ubuntu", engine=engine), row["names"])


@pytest.mark.parametrize("row", rows("remote", "TestGetNextPageURL", "TestGetNextPageURL_SSRF"))
def test_links_that_lead_nowhere(serve, engine, row):
    server = serve(lambda _: Answer(200, b'{"tags":["a"]}', {"Link": row}))
    try:
        assert remote.list_tags(f"{server.host}/app", engine=engine) == ["a"]
    except errors.Error:
        assert row
    assert len(server.paths("GET")) == 2


@pytest.mark.parametrize("row", rows("remote", "TestDelete and TestDeleteBadStatus"))
def test_deleting(serve, engine, row):
    server = serve(lambda _: Answer(row["status"], b"said"))
    if row["error"]:
        with pytest.raises(errors.TransportError):
            remote.delete(f"{server.host}/write/time:latest", engine=engine, retry=ONCE)
    else:
        remote.delete(f"{server.host}/write/time:latest", engine=engine)
    assert server.paths("DELETE") == ["/v2/write/time/manifests/latest"]


@pytest.mark.parametrize("row", rows("remote", "TestHead_MissingHeaders"))
def test_headers_that_a_head_must_have(engine, row):
    fields = {
        "Content-Type": "My-Media-Type",
        "Content-Length": "10",
        "Docker-Content-Digest": f"sha256:{HEX}",
    }
    lines = [f"{key}: {value}\r\n" for key, value in fields.items() if key != row]
    head = "HTTP/1.1 200 OK\r\n" + "".join(lines) + "\r\n"
    with registry_that_says(head.encode()) as host, pytest.raises(errors.Error) as raised:
        remote.head(f"{host}/app:1", engine=engine, retry=ONCE)
    assert str(raised.value).endswith(f": response did not include {row} header")


@pytest.mark.parametrize("row", rows("remote", "TestGetSchema1", "TestGet_NonManifestMediaType"))
def test_a_manifest_of_schema_1(serve, engine, row):
    headers = {"Content-Type": row["type"], "Docker-Content-Digest": row["digest"]}
    host = serve(lambda _: Answer(200, row["body"].encode(), headers)).host
    got = remote.get(f"{host}/app:1", engine=engine)
    assert str(got.descriptor.digest) == row["digest"]
    assert (got.descriptor.artifact_type, got.descriptor.annotations) == ("", None)
    if "error" in row:
        for kind in (remote.image, remote.index):
            with pytest.raises(errors.Error) as raised:
                kind(f"{host}/app:1", engine=engine)
            assert str(raised.value) == row["error"]


@pytest.mark.parametrize("row", rows("remote", "TestHeadSchema1"))
def test_the_head_of_a_manifest_of_schema_1(serve, engine, row):
    headers = {"Content-Type": row["type"], "Docker-Content-Digest": row["digest"]}
    host = serve(lambda _: Answer(200, row["body"].encode(), headers)).host
    got = remote.head(f"{host}/app:1", engine=engine)
    assert (str(got.media_type), str(got.digest)) == (row["type"], row["digest"])
    assert got.size == len(row["body"])


@pytest.mark.parametrize("row", rows("remote", "TestGet_ArtifactTypeAndAnnotations"))
def test_artifact_type_and_annotations(serve, engine, row):
    config = {"mediaType": row["config"], "size": 1, "digest": f"sha256:{HEX}"}
    more = {"artifactType": row.get("given"), "annotations": row.get("annotations")}
    body = manifest(config=config, **{key: it for key, it in more.items() if it is not None})
    headers = {"Content-Type": str(MediaType.OCI_MANIFEST_SCHEMA1)}
    host = serve(lambda _: Answer(200, body, headers)).host
    got = remote.get(f"{host}/app:1", engine=engine).descriptor
    assert (got.artifact_type, got.annotations) == (row["artifact_type"], row.get("annotations"))


@pytest.mark.parametrize("row", rows("remote", "TestRawManifestDigests"))
def test_the_body_is_checked_and_the_header_is_not(serve, engine, row):
    raw = manifest()
    header = hashlib.sha256(raw).hexdigest() if row["header"] == "right" else 8 * "deadbeef"
    headers = {"Content-Type": IMAGE, "Docker-Content-Digest": f"sha256:{header}"}
    body = raw if row["body"] == "manifest" else row["body"].encode()
    host = serve(lambda _: Answer(200, body, headers)).host
    reference = f"{host}/app:1"
    if row["by"] != "tag":
        reference = f"{host}/app@{row['by']}:{hashlib.new(row['by'], raw).hexdigest()}"
    if row["error"]:
        with pytest.raises(errors.ValidationError, match="does not match requested digest"):
            remote.get(reference, engine=engine)
    else:
        assert remote.get(reference, engine=engine).manifest == raw


def push(engine, host, **options):
    layer = static.new_layer(b"abc", MediaType.DOCKER_LAYER, engine=engine)
    remote.write_layer(f"{host}/app", layer, engine=engine, retry=ONCE, **options)


@pytest.mark.parametrize("row", rows("remote", "TestNextLocationSSRFProtection"))
def test_an_upload_is_not_sent_into_a_private_network(serve, engine, row):
    answers = {"HEAD": Answer(404), "POST": Answer(202, b"", {"Location": row})}
    port = serve(lambda asked: answers[asked.method]).port
    with pytest.raises(errors.Error, match="SSRF protection: Location header redirects to"):
        push(engine, f"localhost:{port}")


@pytest.mark.parametrize("row", rows("remote", "TestCheckRedirectSSRF"))
def test_a_redirect_does_not_lead_into_a_private_network(serve, engine, row):
    port = serve(lambda _: Answer(307, b"", {"Location": row})).port
    with pytest.raises(errors.TransportError, match="SSRF protection: redirect from"):
        remote.get(f"localhost:{port}/app:1", engine=engine, retry=ONCE)


@pytest.mark.parametrize("row", rows("remote", "TestValidateForeignURL"))
def test_urls_of_layers_that_are_not_followed(serve, engine, row):
    kind = str(MediaType.DOCKER_FOREIGN_LAYER)
    layer = {"mediaType": kind, "size": 1, "digest": f"sha256:{8 * 'deadbeef'}", "urls": [row]}
    body = manifest(layers=[layer])

    def answer(asked):
        if "/manifests/" in asked.path:
            return Answer(200, body, {"Content-Type": IMAGE})
        return Answer(404)

    host = serve(answer).host
    with (
        remote.image(f"{host}/app:1", engine=engine, retry=ONCE) as image,
        pytest.raises(errors.Error, match="^foreign layer URL"),
        image.layers()[0].compressed() as stream,
    ):
        stream.read()


@pytest.mark.parametrize("row", rows("remote", "TestCheckExistingBlob"))
def test_a_blob_is_asked_for_before_it_is_sent(serve, engine, row):
    answers = {
        "HEAD": Answer(row["status"]),
        "POST": Answer(202, b"", {"Location": "/up/1"}),
        "PATCH": Answer(202, b"", {"Location": "/up/2"}),
        "PUT": Answer(201),
    }
    server = serve(lambda asked: answers[asked.method])
    if row.get("error"):
        with pytest.raises(errors.TransportError):
            push(engine, server.host)
    else:
        push(engine, server.host)
        assert [asked.method for asked in server.asked if asked.path != "/v2/"] == row["asked"]


@pytest.mark.parametrize("row", rows("remote", "TestInitiateUpload"))
def test_mounting(serve, engine, row):
    statuses = iter(row["posts"])

    def answer(asked):
        if asked.method == "POST":
            return Answer(next(statuses), b"", {"Location": "/up/1"})
        done = {"PATCH": Answer(202, b"", {"Location": "/up/2"}), "PUT": Answer(201)}
        return done.get(asked.method, Answer(404))

    server = serve(answer)
    inner = static.new_layer(b"abc", MediaType.DOCKER_LAYER, engine=engine)
    layer = remote.MountableLayer(inner, f"{server.host}/baz/bar:1")
    if row["error"]:
        with pytest.raises(errors.TransportError):
            remote.write_layer(f"{server.host}/foo/bar", layer, engine=engine, retry=ONCE)
    else:
        remote.write_layer(f"{server.host}/foo/bar", layer, engine=engine, retry=ONCE)
    uploads = "/v2/foo/bar/blobs/uploads/"
    digest = hashlib.sha256(b"abc").hexdigest()
    origin = server.host.replace(":", "%3A")
    mount = f"{uploads}?from=baz%2Fbar&mount=sha256%3A{digest}&origin={origin}"
    mounts = [mount, uploads]
    assert server.paths("POST") == mounts[: len(row["posts"])]


@pytest.mark.parametrize("row", rows("remote", "TestStatusCodeReturned"))
def test_a_teapot(engine, row):
    def answer(asked):
        return Answer(row["ping"] if asked.path == "/v2/" else 418)

    with FakeServer(answer) as server, pytest.raises(errors.TransportError) as raised:
        remote.get(f"{server.host}/app:1", engine=engine, retry=ONCE)
    assert raised.value.status == 418
