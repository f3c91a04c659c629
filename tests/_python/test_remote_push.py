"""Uploads on the Python engine: what is sent, what need not be, and what happens after a break."""

from __future__ import annotations

import io
import threading
from collections import Counter
from pathlib import Path

import pytest
from support.fake_server import Answer, Asked, FakeServer
from support.faulty_proxy import Fault, FaultyProxy, answer, drop, drop_upload

from pyggcr import name, tarball, v1, validate
from pyggcr._gostd import gzip, json
from pyggcr._layers import one_pass
from pyggcr._layers.hashing import CountingHash
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr._python import partial, remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.errors import TransportError
from pyggcr.types import MediaType

QUICK = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)


def options(**more: object) -> RemoteOptions:
    """Options that do not wait long; connections live as long as they do."""
    return RemoteOptions(retry=QUICK, **more)


def opened(archive: Path) -> v1.Image:
    return tarball.image_from_path(archive, engine="python")


@pytest.fixture
def proxy(real_registry):
    """A proxy before the registry, which notes what is asked and where nothing fails yet."""
    with FaultyProxy(real_registry.host) as started:
        yield started


@pytest.fixture
def repository(request) -> str:
    """The path of a repository that no other test has."""
    return "push/" + request.node.name.lower().replace("[", "-").replace("]", "").replace("_", "-")


def pulled(host: str, repository: str, tag: str = "1") -> v1.Image:
    return remote.image(
        reference=name.new_tag(f"{host}/{repository}:{tag}"),
        client=remote.client(options=options()),
    )


def test_an_image_arrives_as_it_is(proxy, repository, plain_archive):
    image = opened(plain_archive)
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        image=image,
        client=remote.client(options=options()),
    )

    found = pulled(proxy.host, repository)
    assert found.raw_manifest() == opened(plain_archive).raw_manifest()
    validate.image(found)


def test_the_manifest_is_written_last(proxy, repository, plain_archive):
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        image=opened(plain_archive),
        client=remote.client(options=options()),
    )

    written = [it for it in proxy.requests if it.method in ("PATCH", "PUT")]
    assert "/manifests/" in written[-1].path
    assert not any("/manifests/" in it.path for it in written[:-1])


def test_plain_layers_are_sent_while_they_are_compressed_once(
    proxy, repository, plain_archive, monkeypatch
):
    opened_streams = Counter[str]()
    image = opened(plain_archive)
    for layer in image.layers():
        core = type(layer.core)
    original = core.uncompressed

    def counting(self):
        opened_streams[str(self.diff_id())] += 1
        return original(self)

    monkeypatch.setattr(core, "uncompressed", counting)
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        image=image,
        client=remote.client(options=options()),
    )
    image.digest()

    assert set(opened_streams.values()) == {1}
    sent = [it for it in proxy.requests if it.method == "PATCH"]
    chunked = [it for it in sent if it.headers.get("transfer-encoding") == "chunked"]
    assert len(chunked) == len(opened_streams)


def test_what_is_there_is_not_sent_again(proxy, repository, plain_archive):
    image = opened(plain_archive)
    image.digest()
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        image=image,
        client=remote.client(options=options()),
    )
    proxy.requests.clear()

    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:2"),
        image=image,
        client=remote.client(options=options()),
    )

    assert proxy.paths("PATCH") == []
    assert proxy.paths("PUT") == [f"/v2/{repository}/manifests/2"]


@pytest.mark.parametrize("known", [True, False])
def test_a_tag_that_is_there_already_is_not_written(proxy, repository, plain_archive, known):
    reference = name.new_tag(f"{proxy.host}/{repository}:1")
    remote.write(
        reference=reference, image=opened(plain_archive), client=remote.client(options=options())
    )
    proxy.requests.clear()

    again = opened(plain_archive)
    if known:
        again.digest()
    remote.write(reference=reference, image=again, client=remote.client(options=options()))

    assert {it.method for it in proxy.requests} <= {"GET", "HEAD"}


def test_another_image_takes_over_the_tag(proxy, repository, plain_archive):
    reference = name.new_tag(f"{proxy.host}/{repository}:1")
    remote.write(
        reference=reference, image=opened(plain_archive), client=remote.client(options=options())
    )
    other = plain_archive.parent / "whiteout.tar"

    remote.write(reference=reference, image=opened(other), client=remote.client(options=options()))

    assert pulled(proxy.host, repository).digest() == opened(other).digest()


def test_layers_of_the_image_that_had_the_tag_are_not_sent_again(
    proxy, repository, plain_archive, tmp_path
):
    reference = name.new_tag(f"{proxy.host}/{repository}:1")
    remote.write(
        reference=reference, image=opened(plain_archive), client=remote.client(options=options())
    )
    kept = opened(plain_archive)
    proxy.requests.clear()

    more = tmp_path / "more.tar"
    more.write_bytes(with_one_more_layer(plain_archive))
    remote.write(reference=reference, image=opened(more), client=remote.client(options=options()))

    assert len(proxy.paths("PATCH")) == 2  # the new layer and the config
    found = pulled(proxy.host, repository)
    assert len(found.layers()) == len(kept.layers()) + 1
    validate.image(found)


def with_one_more_layer(archive: Path) -> bytes:
    """The archive of an image with all layers of this one, and another on top."""
    image = opened(archive)
    contents = []
    for layer in image.layers():
        with layer.uncompressed() as stream:
            contents.append(stream.readall())
    contents.append(layer_tar({"new": b"new"}))
    return docker_save([ImageSpec([LayerSpec(content) for content in contents])])


def test_blobs_are_mounted_from_another_repository(proxy, repository, plain_archive):
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}/a:1"),
        image=opened(plain_archive),
        client=remote.client(options=options()),
    )
    image = pulled(proxy.host, f"{repository}/a")
    proxy.requests.clear()

    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}/b:1"),
        image=image,
        client=remote.client(options=options()),
    )

    assert proxy.paths("PATCH") == []
    mounts = proxy.paths("POST")
    assert len(mounts) == len({str(layer.digest()) for layer in image.layers()}) + 1
    assert all(f"from={repository.replace('/', '%2F')}%2Fa&mount=sha256" in it for it in mounts)
    validate.image(pulled(proxy.host, f"{repository}/b"))


def test_a_mount_that_is_refused_becomes_an_upload(proxy, repository, plain_archive):
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}/a:1"),
        image=opened(plain_archive),
        client=remote.client(options=options()),
    )
    image = pulled(proxy.host, f"{repository}/a")
    proxy.faults.append(Fault("POST", "mount=", answer(405), times=None))

    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}/b:1"),
        image=image,
        client=remote.client(options=options()),
    )

    validate.image(pulled(proxy.host, f"{repository}/b"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/uploads/", answer(503)),
        Fault("POST", "/uploads/", drop()),
        Fault("PATCH", "/uploads/", drop_upload(0)),
        Fault("PATCH", "/uploads/", drop_upload(1000)),
        Fault("PATCH", "/uploads/", answer(500)),
        Fault("PATCH", "/uploads/", answer(429, b"", {"Retry-After": "0"})),
        Fault("PUT", "/uploads/", drop()),
        Fault("PUT", "/manifests/", answer(502)),
        Fault("HEAD", "/blobs/", drop()),
    ],
    ids=lambda fault: f"{fault.method}-{fault.path.strip('/')}",
)
@pytest.mark.parametrize("known", [True, False])
def test_an_upload_that_breaks_begins_anew(real_registry, repository, plain_archive, fault, known):
    image = opened(plain_archive)
    if known:
        image.digest()
    again = Fault(fault.method, fault.path, fault.deed, times=2)
    with FaultyProxy(real_registry.host, again) as proxy:
        remote.write(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            image=image,
            client=remote.client(options=options()),
        )

    found = pulled(real_registry.host, repository)
    assert found.digest() == opened(plain_archive).digest()
    validate.image(found)


def test_a_registry_that_refuses_is_asked_once(proxy, repository, plain_archive):
    proxy.faults.append(Fault("POST", "/uploads/", answer(403, b"no"), times=None))

    with pytest.raises(TransportError, match="403 Forbidden: no"):
        remote.write(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            image=opened(plain_archive),
            client=remote.client(options=options(jobs=1)),
        )
    assert proxy.paths("PUT") == []


def test_no_tag_is_left_after_a_failure(proxy, repository, plain_archive):
    proxy.faults.append(Fault("PUT", "/uploads/", answer(400), times=None))

    with pytest.raises(TransportError):
        remote.write(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            image=opened(plain_archive),
            client=remote.client(options=options()),
        )
    with pytest.raises(TransportError, match="404"):
        remote.head(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            client=remote.client(options=options()),
        )


def test_what_a_source_raises_reaches_the_caller(proxy, repository, plain_archive):
    opens = []

    def opener():
        opens.append(threading.get_ident())
        if len(opens) > 5:
            raise PermissionError("the user's own")
        return plain_archive.open("rb")

    image = tarball.image(opener, engine="python")
    with pytest.raises(PermissionError, match="the user's own"):
        remote.write(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            image=image,
            client=remote.client(options=options()),
        )


def test_streams_of_the_user_are_read_in_the_calling_thread(proxy, repository, plain_archive):
    threads = set()

    def opener():
        threads.add(threading.get_ident())
        return plain_archive.open("rb")

    image = tarball.image(opener, engine="python")
    remote.write(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        image=image,
        client=remote.client(options=options()),
    )

    assert threads == {threading.get_ident()}
    validate.image(pulled(proxy.host, repository))


class Blob(v1.Layer):
    """A blob of the user's own."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self._content = content
        self._media_type = MediaType(media_type)

    def digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._content))[0]

    diff_id = digest

    def compressed(self) -> io.BytesIO:
        return io.BytesIO(self._content)

    uncompressed = compressed

    def size(self) -> int:
        return len(self._content)

    def media_type(self) -> MediaType:
        return self._media_type


def test_a_blob_of_the_users_own_is_sent(proxy, repository):
    blob = Blob(b"of my own", MediaType.OCI_LAYER)
    target = name.new_repository(f"{proxy.host}/{repository}")

    remote.write_layer(repository=target, layer=blob, client=remote.client(options=options()))

    with remote.layer(
        reference=target.digest(str(blob.digest())), client=remote.client(options=options())
    ).compressed() as stream:
        assert stream.readall() == b"of my own"


@pytest.mark.parametrize(("allowed", "sent"), [(False, 0), (True, 1)])
def test_layers_that_must_not_be_distributed_are_left_out(proxy, repository, allowed, sent):
    blob = Blob(b"not for others", MediaType.DOCKER_FOREIGN_LAYER)

    remote.write_layer(
        repository=name.new_repository(f"{proxy.host}/{repository}"),
        layer=blob,
        client=remote.client(options=options(allow_nondistributable_artifacts=allowed)),
    )

    assert len(proxy.paths("PATCH")) == sent


def test_several_images_are_written_and_what_they_share_once(proxy, repository, plain_archive):
    image = opened(plain_archive)
    image.digest()
    references = [name.new_tag(f"{proxy.host}/{repository}:{tag}") for tag in ("a", "b")]

    remote.multi_write(
        parts=dict.fromkeys(references, image), client=remote.client(options=options())
    )

    blobs = {str(layer.digest()) for layer in image.layers()}
    assert len(proxy.paths("PATCH")) == len(blobs) + 1  # the config
    assert sorted(
        remote.list_tags(
            repository=references[0].context(), client=remote.client(options=options())
        )
    ) == ["a", "b"]


class Index(v1.ImageIndex):
    """An index of images that are at hand."""

    def __init__(self, *images: v1.Image) -> None:
        self._images = {image.digest(): image for image in images}
        self._raw = json.marshal(
            v1.IndexManifest(
                schema_version=2,
                media_type=MediaType.OCI_IMAGE_INDEX,
                manifests=[partial.descriptor(image) for image in images],
            )
        )

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
        return self._images[v1.to_hash(digest)]

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        raise AssertionError(digest)


def test_an_index_is_written_after_its_images(proxy, repository, plain_archive):
    images = [opened(plain_archive), opened(plain_archive.parent / "whiteout.tar")]
    index = Index(*images)

    remote.write_index(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        index=index,
        client=remote.client(options=options()),
    )

    manifests = [path for path in proxy.paths("PUT") if "/manifests/" in path]
    assert manifests == [
        *(f"/v2/{repository}/manifests/{image.digest()}" for image in images),
        f"/v2/{repository}/manifests/1",
    ]
    found = remote.index(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        client=remote.client(options=options()),
    )
    assert found.raw_manifest() == index.raw_manifest()
    for image in images:
        validate.image(found.image(image.digest()))


def test_a_descriptor_can_be_pushed_as_it_came(proxy, repository, plain_archive):
    source = name.new_tag(f"{proxy.host}/{repository}/a:1")
    remote.write(
        reference=source, image=opened(plain_archive), client=remote.client(options=options())
    )

    remote.push(
        reference=name.new_tag(f"{proxy.host}/{repository}/b:1"),
        source=remote.get(reference=source, client=remote.client(options=options())),
        client=remote.client(options=options()),
    )

    validate.image(pulled(proxy.host, f"{repository}/b"))


def test_an_image_of_schema_1_can_be_copied():
    blobs = [b"base", b"top", b"base"]
    digests = [str(v1.sha256(io.BytesIO(blob))[0]) for blob in blobs]
    manifest = json_bytes({"schemaVersion": 1, "fsLayers": [{"blobSum": it} for it in digests]})
    kept = dict(zip(digests, blobs, strict=True))
    written: dict[str, bytes] = {}

    def source(asked: Asked) -> Answer:
        if "/manifests/" in asked.path:
            return Answer(200, manifest, {"Content-Type": MediaType.DOCKER_MANIFEST_SCHEMA1})
        return Answer(200, kept.get(asked.path.rpartition("/")[2], b""))

    def target(asked: Asked) -> Answer:
        if asked.method == "GET":
            return Answer(200)
        if asked.method == "HEAD":
            return Answer(404)
        if asked.method == "PUT":
            written[asked.path] = asked.body
        return Answer(201 if asked.method == "PUT" else 202, b"", {"Location": "/v2/up?_state=1"})

    with FakeServer(source) as old, FakeServer(target) as new:
        found = remote.get(
            reference=name.new_tag(f"{old.host}/a/b:1"), client=remote.client(options=options())
        )
        remote.push(
            reference=name.new_tag(f"{new.host}/c/d:1"),
            source=found,
            client=remote.client(options=options()),
        )

        sent = sorted(asked.body for asked in new.asked if asked.method == "PATCH")
    assert sent == [b"base", b"top"]
    assert written["/v2/c/d/manifests/1"] == manifest


def json_bytes(document: object) -> bytes:
    import json

    return json.dumps(document).encode()


def test_referrers_are_kept_under_a_tag_where_the_registry_knows_none(
    proxy, repository, plain_archive
):
    target = name.new_repository(f"{proxy.host}/{repository}")
    image = opened(plain_archive)
    remote.write(reference=target.tag("1"), image=image, client=remote.client(options=options()))
    config = Blob(b"{}", MediaType.OCI_EMPTY_JSON)
    remote.write_layer(repository=target, layer=config, client=remote.client(options=options()))
    subject = v1.Descriptor(media_type=image.media_type(), size=image.size(), digest=image.digest())
    attached = []
    for kind in ("application/x.one", "application/x.two"):
        raw = json.marshal(
            v1.Manifest(
                schema_version=2,
                media_type=MediaType.OCI_MANIFEST_SCHEMA1,
                config=v1.Descriptor(
                    media_type=MediaType.OCI_EMPTY_JSON, size=2, digest=config.digest()
                ),
                layers=[],
                subject=subject,
                artifact_type=kind,
            )
        )
        digest = v1.sha256(io.BytesIO(raw))[0]
        attached.append(digest)
        remote.put(
            reference=target.digest(str(digest)),
            source=Raw(raw),
            client=remote.client(options=options()),
        )

    found = remote.referrers(
        reference=target.digest(str(image.digest())), client=remote.client(options=options())
    )
    entries = found.index_manifest().manifests
    assert sorted(str(entry.digest) for entry in entries) == sorted(map(str, attached))
    one = remote.referrers(
        reference=target.digest(str(image.digest())),
        client=remote.client(options=options(filter={"artifactType": "application/x.one"})),
    )
    assert [entry.digest for entry in one.index_manifest().manifests] == attached[:1]


class Raw:
    """A manifest that is only bytes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def raw_manifest(self) -> bytes:
        return self._raw

    def media_type(self) -> MediaType:
        return MediaType.OCI_MANIFEST_SCHEMA1


def test_the_right_to_push_is_tried_and_taken_back(proxy, repository):
    remote.check_push_permission(
        reference=name.new_tag(f"{proxy.host}/{repository}:1"),
        client=remote.client(options=options()),
    )

    assert proxy.paths("POST") == [f"/v2/{repository}/blobs/uploads/"]
    assert len(proxy.paths("DELETE")) == 1


def test_who_may_not_push_is_told(proxy, repository):
    proxy.faults.append(Fault("POST", "/uploads/", answer(401), times=None))

    with pytest.raises(TransportError, match="401 Unauthorized"):
        remote.check_push_permission(
            reference=name.new_tag(f"{proxy.host}/{repository}:1"),
            client=remote.client(options=options()),
        )


def test_a_deleted_tag_is_gone(proxy, repository, plain_archive):
    target = name.new_repository(f"{proxy.host}/{repository}")
    remote.write(
        reference=target.tag("1"),
        image=opened(plain_archive),
        client=remote.client(options=options()),
    )
    digest = remote.head(reference=target.tag("1"), client=remote.client(options=options())).digest

    remote.delete(reference=target.digest(str(digest)), client=remote.client(options=options()))

    with pytest.raises(TransportError, match="404"):
        remote.head(reference=target.tag("1"), client=remote.client(options=options()))


def test_compressing_piece_by_piece_gives_gos_bytes():
    content = bytes(range(256)) * 8192
    blob = CountingHash()
    with WorkerPool(1) as pool:
        pieces = b"".join(
            one_pass.compress_pieces(
                io.BytesIO(content),
                gzip.Compressor("go1.26"),
                pool,
                blob,
            )
        )

    whole = gzip.Compressor("go1.26")
    assert pieces == whole.compress(content) + whole.flush()
    assert (blob.hash(), blob.size) == v1.sha256(io.BytesIO(pieces))
