"""``MountableLayer`` and images of schema 1, on both engines."""

from __future__ import annotations

import hashlib
import json

import pytest
from support.fake_server import Answer, FakeServer

from pyggcr import errors, name, partial, random, remote, types, v1

SIGNED = types.MediaType.DOCKER_MANIFEST_SCHEMA1_SIGNED
OTHER_ENGINE = {"go": "python", "python": "go"}
BLOBS = {f"sha256:{hashlib.sha256(it).hexdigest()}": it for it in (b"newest", b"base")}
MANIFEST = json.dumps({"schemaVersion": 1, "fsLayers": [{"blobSum": it} for it in BLOBS]}).encode()
# The digest of a signed manifest is that of its payload.
DIGEST = f"sha256:{hashlib.sha256(b'payload').hexdigest()}"


def old_registry(asked):
    """A registry that has one image of schema 1."""
    if "/manifests/" in asked.path:
        headers = {"Content-Type": SIGNED, "Docker-Content-Digest": DIGEST}
        return Answer(200, MANIFEST, headers)
    for digest, blob in BLOBS.items():
        if asked.path.endswith(digest):
            return Answer(200, blob)
    return Answer(404 if "/blobs/" in asked.path else 200)


@pytest.fixture
def old(engine):
    """``old()``: what a registry says of an image of schema 1."""
    with FakeServer(old_registry) as server:
        yield lambda: remote.get(f"{server.host}/old/app:1", engine=engine)


def test_an_image_of_schema_1_can_be_read(old):
    image = old().schema1()
    assert isinstance(image, v1.Image)
    assert (image.media_type(), image.size()) == (SIGNED, len(MANIFEST))
    assert str(image.digest()) == DIGEST
    assert image.raw_manifest() == MANIFEST
    assert image.raw_config_file() == b"{}"
    assert str(image.config_name()) == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
    layers = image.layers()
    assert [str(layer.digest()) for layer in layers] == list(BLOBS)[::-1]
    for layer in layers:
        with layer.compressed() as stream:
            assert stream.read() == BLOBS[str(layer.digest())]
        assert layer.size() == len(BLOBS[str(layer.digest())])
    assert image.layer_by_digest(next(iter(BLOBS))).size() == len(b"newest")


def test_what_schema_1_has_not_is_refused(old):
    text = (
        f'unsupported MediaType: "{SIGNED}", '
        "see https://github.com/google/go-containerregistry/issues/377"
    )
    image = old().schema1()
    for ask in (image.config_file, image.manifest, lambda: image.layer_by_diff_id(DIGEST)):
        with pytest.raises(errors.UnsupportedOptionError) as caught:
            ask()
        assert str(caught.value) == text
    with pytest.raises(errors.UnsupportedOptionError) as caught:
        old().image()
    assert str(caught.value) == text


def test_a_damaged_manifest_of_schema_1_is_told(engine):
    def answer(asked):
        said = old_registry(asked)
        bad = json.dumps({"fsLayers": [{"blobSum": "sha256:short"}]}).encode()
        return Answer(200, bad, said.headers) if "/manifests/" in asked.path else said

    with FakeServer(answer) as server:
        image = remote.get(f"{server.host}/old/app:1", engine=engine).schema1()
        with pytest.raises(errors.InvalidHashError, match="found non-hex character in hash: s"):
            image.layers()


def test_any_manifest_may_be_taken_for_schema_1(real_registry, repository, engine):
    reference = f"{real_registry.host}/{repository}:1"
    with random.image(16, 1, engine=engine) as image:
        remote.write(reference, image, engine=engine)
        found = remote.get(reference, engine=engine).schema1()
        assert found.digest() == image.digest()
    assert found.layers() == []


@pytest.mark.parametrize("other", [False, True], ids=["same engine", "other engine"])
def test_an_image_of_schema_1_can_be_copied(old, engine, other, go_engine):
    noted = []

    def target(asked):
        noted.append((asked.method, asked.path.partition("?")[0], asked.body))
        if asked.method == "POST":
            return Answer(202, b"", {"Location": "/v2/new/app/blobs/uploads/1"})
        status = {"PATCH": 202, "PUT": 201, "HEAD": 404}.get(asked.method, 200)
        return Answer(status, b"", {"Location": "/v2/new/app/blobs/uploads/1"})

    engine = OTHER_ENGINE[engine] if other else engine
    with FakeServer(target) as server:
        remote.push(f"{server.host}/new/app:1", old().schema1(), jobs=1, engine=engine)
    manifests = [it for it in noted if it[0] == "PUT" and "/manifests/" in it[1]]
    assert manifests == [("PUT", "/v2/new/app/manifests/1", MANIFEST)]
    sent = {body for method, _path, body in noted if method == "PATCH"}
    assert sent == set(BLOBS.values())
    heads = [path for method, path, _body in noted if method == "HEAD"]
    assert not any("config" in path for path in heads)


# ---- MountableLayer


def test_a_mountable_layer_is_the_layer_and_says_where_it_is(engine):
    layer = random.layer(64, engine=engine)
    mountable = remote.MountableLayer(layer, "registry.example/team/base:1")
    assert mountable.reference == name.new_tag("registry.example/team/base:1")
    assert mountable.digest() == layer.digest()
    assert mountable.diff_id() == layer.diff_id()
    assert (mountable.size(), mountable.media_type()) == (layer.size(), layer.media_type())
    with mountable.compressed() as one, layer.compressed() as other:
        assert one.read() == other.read()
    with mountable.uncompressed() as one, layer.uncompressed() as other:
        assert one.read() == other.read()
    assert mountable.descriptor() == partial.descriptor(layer, engine=engine)
    assert mountable.descriptor().digest == layer.digest()
    assert repr(mountable) == "<MountableLayer of registry.example/team/base>"


def test_a_mountable_layer_can_be_asked_whether_it_is_there(real_registry, repository, engine):
    host = real_registry.host
    layer = random.layer(64, engine=engine)
    remote.write_layer(f"{host}/{repository}", layer, engine=engine)
    there = remote.layer(f"{host}/{repository}@{layer.digest()}", engine=engine)
    missing = remote.layer(f"{host}/{repository}@sha256:{'0' * 64}", engine=engine)
    for found, expected in ((there, True), (missing, False)):
        reference = name.new_digest(f"{host}/{repository}@{layer.digest()}")
        assert remote.MountableLayer(found, reference).exists() is expected
    # A layer that cannot tell is there.
    assert remote.MountableLayer(layer, f"{host}/{repository}").exists()


def test_a_mountable_layer_is_mounted(real_registry, repository, faulty, engine):
    layer = random.layer(4096, engine=engine)
    base = f"{real_registry.host}/{repository}/base"
    remote.write_layer(base, layer, engine=engine)
    proxy = faulty(real_registry.host)
    mountable = remote.MountableLayer(layer, f"{proxy.host}/{repository}/base:1")
    remote.write_layer(f"{proxy.host}/{repository}/app", mountable, engine=engine)
    assert proxy.received("PATCH") == 0
    (upload,) = proxy.paths("POST")
    assert f"mount={layer.digest()}".replace(":", "%3A") in upload
    assert f"from={repository}/base".replace("/", "%2F") in upload
    found = remote.layer(f"{proxy.host}/{repository}/app@{layer.digest()}", engine=engine)
    assert partial.exists(found, engine=engine)


def test_a_mountable_layer_that_is_not_there_is_sent(real_registry, repository, faulty, engine):
    layer = random.layer(4096, engine=engine)
    proxy = faulty(real_registry.host)
    mountable = remote.MountableLayer(layer, f"{proxy.host}/{repository}/nowhere:1")
    remote.write_layer(f"{proxy.host}/{repository}/app", mountable, engine=engine)
    assert proxy.received("PATCH") == layer.size()
    with remote.layer(f"{proxy.host}/{repository}/app@{layer.digest()}", engine=engine) as found:
        assert found.diff_id() == layer.diff_id()
