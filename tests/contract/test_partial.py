"""pkg/v1/partial: both engines answer alike, of images, of layers and of made-up documents."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.boundary import ListIndex
from support.documents import damaged_json

from pyggcr import (
    empty,
    engines,
    errors,
    match,
    mutate,
    partial,
    registry,
    remote,
    stream,
    tarball,
    v1,
    validate,
)
from pyggcr._gostd import json as gojson
from pyggcr.differential.generate.archives import LayerSpec, layer_tar
from pyggcr.types import MediaType

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = [DATA / "25.0.2" / "app-tag.tar", DATA / "28.5.2-containerd-store" / "app-tag.tar"]
DOCUMENTS = (v1.Manifest, v1.ConfigFile, v1.Descriptor)
HASHES = [f"sha256:{digit * 64}" for digit in "0123"]

OF_MANIFEST = ("digest", "manifest", "raw_manifest", "size", "fs_layers", "artifact_type")
OF_CONFIG = ("config_file", "config_name", "diff_ids", "raw_config_file")
LOOK_UPS = ("blob_size", "blob_descriptor", "blob_to_diff_id", "diff_id_to_blob")

hash_lists = st.lists(st.sampled_from(HASHES), max_size=4)


def outcome(function: str, *arguments: object, engine: str) -> object:
    """The answer, or the class and text of the error."""
    try:
        return comparable(getattr(partial, function)(*arguments, engine=engine))
    except errors.Error as error:
        return type(error), str(error)


def comparable(answer: object) -> object:
    """The answer; documents as JSON, in which they come from Go: it has no empty lists."""
    if isinstance(answer, list):
        return [comparable(item) for item in answer]
    return gojson.marshal(answer) if isinstance(answer, DOCUMENTS) else answer


def agree(function: str, *arguments: object) -> object:
    """The answer, which has to be the same on both engines."""
    answers = [outcome(function, *arguments, engine=engine) for engine in ("go", "python")]
    assert answers[0] == answers[1]
    return answers[0]


def manifest_of(blobs: list[str]) -> bytes:
    """A manifest that lists these layers."""
    layers = [{"mediaType": "m", "size": at, "digest": blob} for at, blob in enumerate(blobs)]
    config = {"mediaType": "c", "size": 9, "digest": HASHES[3]}
    return json.dumps({"config": config, "layers": layers}).encode()


def config_of(contents: list[str]) -> bytes:
    """A config that lists these DiffIDs."""
    return json.dumps({"rootfs": {"diff_ids": contents}}).encode()


@given(blobs=hash_lists, contents=hash_lists, wanted=st.sampled_from(HASHES))
def test_made_up_layers(go_engine, blobs, contents, wanted):
    parts = partial.Parts(manifest=manifest_of(blobs), config_file=config_of(contents))
    for function in LOOK_UPS:
        agree(function, parts, wanted)
    assert agree("fs_layers", parts) == [v1.new_hash(blob) for blob in blobs]


@given(manifest=damaged_json("manifest"), config=damaged_json("config_file"))
def test_made_up_documents(go_engine, manifest, config):
    parts = partial.Parts(manifest=manifest, config_file=config)
    for function in (*OF_MANIFEST, *OF_CONFIG):
        agree(function, parts)
    for function in LOOK_UPS:
        agree(function, parts, HASHES[0])


@given(index=damaged_json("index_manifest"))
def test_made_up_indexes(go_engine, index):
    parts = partial.Parts(index_manifest=index)
    for matcher in (match.media_types("", "m"), match.digests(v1.new_hash(HASHES[1]))):
        agree("find_manifests", parts, matcher)


def test_bare_documents_are_enough(engine):
    manifest = v1.parse_manifest(manifest_of(HASHES[:2]))
    config = v1.parse_config_file(config_of(HASHES[2:]))
    assert partial.fs_layers(manifest, engine=engine) == [v1.new_hash(it) for it in HASHES[:2]]
    assert partial.diff_ids(config, engine=engine) == [v1.new_hash(it) for it in HASHES[2:]]
    assert partial.blob_size(manifest, HASHES[1], engine=engine) == 1


def test_unknown_hashes_say_so(engine):
    parts = partial.Parts(manifest=manifest_of(HASHES[:1]), config_file=config_of(HASHES[:1]))
    with pytest.raises(errors.UnknownBlobError, match=f"^unknown blob {HASHES[1]}$"):
        partial.blob_to_diff_id(parts, HASHES[1], engine=engine)
    with pytest.raises(errors.UnknownDiffIDError, match=f"^unknown diffID {HASHES[1]}$"):
        partial.diff_id_to_blob(parts, HASHES[1], engine=engine)
    with pytest.raises(errors.UnknownBlobError, match=f"^blob {HASHES[1]} not found$"):
        partial.blob_descriptor(parts, HASHES[1], engine=engine)


def test_documents_that_do_not_fit_together(engine):
    parts = partial.Parts(manifest=manifest_of(HASHES[:2]), config_file=config_of(HASHES[:1]))
    with pytest.raises(errors.MismatchedLayersError) as caught:
        partial.blob_to_diff_id(parts, HASHES[0], engine=engine)
    assert str(caught.value) == "mismatched fs layers (2) and diff ids (1)"


@pytest.mark.parametrize("path", ARCHIVES, ids=["plain layers", "gzip layers"])
def test_real_images(go_engine, path):
    answers = []
    for engine in ("go", "python"):
        with tarball.image_from_path(path, engine=engine) as image:
            found = {name: getattr(partial, name)(image) for name in (*OF_MANIFEST, *OF_CONFIG)}
            found["descriptor"] = partial.descriptor(image)
            for layer in image.layers():
                digest = layer.digest()
                found[str(digest)] = (
                    partial.descriptor(layer),
                    partial.uncompressed_size(layer),
                    partial.exists(layer),
                    partial.blob_descriptor(image, digest),
                    partial.blob_to_diff_id(image, digest),
                )
                layer.close()
            with partial.config_layer(image) as config, config.uncompressed() as stream:
                found["config"] = stream.read(), config.digest(), config.media_type()
        answers.append(found)
    assert answers[0] == answers[1]
    assert answers[1]["config"][2] == MediaType.OCI_CONFIG_JSON


class RawBytes(io.BytesIO, io.RawIOBase):
    """A stream of bytes, as a layer gives one."""


class OneLayer:
    """A layer that knows only its content (``UncompressedLayer`` in Go)."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def diff_id(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._content))[0]

    def uncompressed(self) -> io.RawIOBase:
        return RawBytes(self._content)

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_LAYER


class OneBlob:
    """A layer that knows only its blob (``CompressedLayer`` in Go)."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    def digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._blob))[0]

    def compressed(self) -> io.RawIOBase:
        return RawBytes(self._blob)

    def size(self) -> int:
        return len(self._blob)

    def media_type(self) -> MediaType:
        return MediaType.OCI_LAYER_ZSTD


class OneLayerImage:
    """What a user knows of an image: its config and layers."""

    def __init__(self, layer: OneLayer) -> None:
        self._layer = layer

    def raw_config_file(self) -> bytes:
        diff_ids = [str(self._layer.diff_id())]
        return json.dumps({"rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_MANIFEST_SCHEMA2

    def layer_by_diff_id(self, diff_id: v1.Hash) -> OneLayer:
        assert diff_id == self._layer.diff_id()
        return self._layer


def read(stream: io.RawIOBase) -> bytes:
    """All bytes of a stream, which is closed then."""
    with stream:
        return b"".join(iter(lambda: stream.read(1 << 16), b""))


def test_an_image_of_ones_own_is_completed():
    image = partial.uncompressed_to_image(OneLayerImage(OneLayer(bytes(1024))))
    validate.image(image)
    (layer,) = image.layers()
    assert image.layer_by_digest(layer.digest()).diff_id() == layer.diff_id()
    assert partial.descriptor(layer).size == layer.size()


class StoredImage:
    """As little of an image as ``compressed_to_image`` asks for: what a store of blobs knows."""

    def __init__(self, image: v1.Image) -> None:
        self._image = image

    def raw_config_file(self) -> bytes:
        return self._image.raw_config_file()

    def media_type(self) -> MediaType:
        return self._image.media_type()

    def raw_manifest(self) -> bytes:
        return self._image.raw_manifest()

    def layer_by_digest(self, digest: v1.Hash) -> v1.Layer:
        return self._image.layer_by_digest(digest)


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.parent.name)
def test_an_image_of_blobs_is_completed(engine, path):
    with tarball.image_from_path(path, tag=None, engine=engine) as image:
        completed = partial.compressed_to_image(StoredImage(image))
        validate.image(completed, engine=engine)
        assert completed.digest() == image.digest()
        (first, *_) = image.layers()
        assert completed.layer_by_diff_id(first.diff_id()).digest() == first.digest()


CONTENT = layer_tar({"file": b"content" * 1000})


@pytest.mark.parametrize("content", [CONTENT, b"no tar", b""], ids=["tar", "no tar", "empty"])
def test_a_layer_of_content_has_the_blob_that_the_engine_makes_of_a_file(engine, content):
    profile = engines()[engine].gzip_profile
    layer = partial.uncompressed_to_layer(OneLayer(content), gzip_profile=profile)

    with tarball.layer_from_opener(lambda: RawBytes(content), engine=engine) as made:
        assert read(layer.compressed()) == read(made.compressed())
        assert (layer.digest(), layer.size()) == (made.digest(), made.size())
        assert (layer.diff_id(), layer.media_type()) == (made.diff_id(), made.media_type())
    assert read(layer.uncompressed()) == content


def test_a_layer_of_content_is_valid_to_both_engines(engine):
    layer = partial.uncompressed_to_layer(OneLayer(CONTENT))
    validate.layer(layer, engine=engine)
    assert partial.exists(layer, engine=engine)
    assert partial.uncompressed_size(layer, engine=engine) == len(CONTENT)
    assert partial.descriptor(layer, engine=engine) == v1.Descriptor(
        media_type=MediaType.DOCKER_LAYER, size=layer.size(), digest=layer.digest()
    )


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layer_of_a_blob_has_the_content_of_the_blob(engine, compression):
    blob = LayerSpec(CONTENT, compression).stored()
    layer = partial.compressed_to_layer(OneBlob(blob))

    if compression == "gzip":
        validate.layer(layer, engine=engine)
    else:  # of pkg/v1/validate, which reads every blob as gzip
        with pytest.raises(errors.ValidationError, match="^gzip: invalid header$"):
            validate.layer(layer, engine=engine)
    assert read(layer.compressed()) == blob
    assert read(layer.uncompressed()) == CONTENT
    assert layer.diff_id() == v1.sha256(io.BytesIO(CONTENT))[0]
    assert partial.uncompressed_size(layer, engine=engine) == len(CONTENT)
    assert partial.descriptor(layer, engine=engine) == v1.Descriptor(
        media_type=MediaType.OCI_LAYER_ZSTD, size=len(blob), digest=layer.digest()
    )


def test_a_layer_of_a_damaged_blob_fails_alike_on_both_engines(go_engine):
    layer = partial.compressed_to_layer(OneBlob(LayerSpec(CONTENT, "gzip").stored()[:-20]))
    failures = []
    for engine in ("go", "python"):
        with pytest.raises(errors.Error) as caught:
            validate.layer(layer, engine=engine)
        failures.append((type(caught.value), str(caught.value)))
    assert failures[0] == failures[1]
    assert "unexpected EOF" in failures[0][1]


def test_what_a_users_layer_raises_reaches_the_caller(engine):
    class Broken(OneLayer):
        def uncompressed(self):
            raise ValueError("the disk is gone")

    layer = partial.uncompressed_to_layer(Broken(CONTENT))
    for ask in (layer.digest, layer.size, layer.compressed, layer.uncompressed):
        with pytest.raises(ValueError, match="^the disk is gone$"):
            ask()
    with pytest.raises(ValueError, match="^the disk is gone$"):
        partial.uncompressed_size(layer, engine=engine)


def test_a_completed_layer_that_is_closed_says_so(engine):
    for layer in (
        partial.uncompressed_to_layer(OneLayer(CONTENT)),
        partial.compressed_to_layer(OneBlob(CONTENT)),
    ):
        layer.close()
        with pytest.raises(errors.ClosedError):
            partial.descriptor(layer, engine=engine)


AMD64, ARM64 = v1.parse_platform("linux/amd64"), v1.parse_platform("linux/arm64")


@pytest.fixture
def pushed(engine):
    """The name of an index of an image for each of two platforms and of an index."""
    with (
        registry.serve(engine=engine) as served,
        tarball.image_from_path(ARCHIVES[0], engine=engine) as amd64,
        tarball.image_from_path(ARCHIVES[1], engine=engine) as arm64,
    ):
        written = ListIndex(amd64, arm64, ListIndex(arm64), platforms=(str(AMD64), str(ARM64)))
        reference = f"{served.host}/tests/index:1"
        remote.write_index(reference, written, engine=engine)
        yield reference


def test_the_images_of_an_index_are_found(pushed, engine):
    with remote.index(pushed, engine=engine) as index:
        listed = [entry.digest for entry in index.index_manifest().manifests]

        images = partial.find_images(index, lambda _: True)
        (for_arm64,) = partial.find_images(index, match.platforms(ARM64))

        assert [image.digest() for image in images] == listed[:2]
        assert [image.engine for image in images] == [index.engine] * 2
        assert for_arm64.digest() == listed[1]
        assert partial.find_images(index, lambda _: False) == []
        for image in images:
            validate.image(image)


def test_the_indexes_of_an_index_are_found(pushed, engine):
    with remote.index(pushed, engine=engine) as index:
        listed = [entry.digest for entry in index.index_manifest().manifests]

        (nested,) = partial.find_indexes(index, lambda _: True)

        assert nested.digest() == listed[2]
        assert nested.engine == index.engine
        assert [
            image.digest() for image in partial.find_images(nested, match.digests(listed[1]))
        ] == [listed[1]]
        assert partial.find_indexes(index, match.digests(listed[0])) == []
        assert partial.find_indexes(nested, lambda _: True) == []


def test_what_a_matcher_raises_reaches_the_caller(pushed, engine):
    with remote.index(pushed, engine=engine) as index:

        def refuse(_):
            raise ValueError("not this one")

        for find in (partial.find_images, partial.find_indexes):
            with pytest.raises(ValueError, match="^not this one$"):
                find(index, refuse)


def test_an_image_that_the_registry_has_lost_is_an_error(pushed, engine):
    with remote.index(pushed, engine=engine) as index:
        lost = index.index_manifest().manifests[0].digest
        remote.delete(f"{pushed.removesuffix(':1')}@{lost}", engine=engine)

        with pytest.raises(errors.TransportError) as caught:
            partial.find_images(index, lambda _: True)

        assert caught.value.status == 404
        assert len(partial.find_images(index, match.platforms(ARM64))) == 1
        assert len(partial.find_indexes(index, lambda _: True)) == 1


# What an index lists, as objects.


def listing(engine: str) -> v1.ImageIndex:
    """An index of an image, an index and a layer."""
    layer = tarball.layer_from_opener(lambda: io.BytesIO(layer_tar({"f": b"1"})), engine=engine)
    objects = (empty.image(engine=engine), empty.index(engine=engine), layer)
    return mutate.append_manifests(empty.index(engine=engine), *objects, engine=engine)


@pytest.mark.parametrize("function", ["manifests", "compute_manifests"])
def test_an_index_lists_objects(function, engine):
    index = listing(engine)
    found = getattr(partial, function)(index, engine=engine)
    kinds = (v1.Image, v1.ImageIndex, v1.Layer)
    assert all(isinstance(it, kind) for it, kind in zip(found, kinds, strict=True))
    assert [(it.media_type(), it.size(), it.digest()) for it in found] == [
        (it.media_type, it.size, it.digest) for it in index.index_manifest().manifests
    ]


@pytest.mark.parametrize("function", ["manifests", "compute_manifests"])
def test_an_entry_that_cannot_be_opened_is_described(function, engine):
    entry = v1.Descriptor(MediaType("text/plain"), 4, v1.new_hash(HASHES[0]), urls=["u"])

    class Bare(ListIndex):
        def index_manifest(self):
            return v1.IndexManifest(manifests=[entry])

    (found,) = getattr(partial, function)(Bare(), engine=engine)
    assert (found.media_type(), found.size(), found.digest()) == ("text/plain", 4, entry.digest)
    assert partial.descriptor(found, engine=engine) == entry
    assert found.descriptor() == entry


def test_a_stream_that_is_not_read_yet_is_listed(engine):
    unread = stream.new_layer(io.BytesIO(layer_tar({"f": b"1"})), engine=engine)
    index = mutate.append_manifests(listing(engine), unread, engine=engine)
    with pytest.raises(errors.StreamNotComputedError):
        partial.compute_manifests(index, engine=engine)
    found = partial.manifests(index, engine=engine)
    assert len(found) == 4
    found[-1].compressed().close()


def test_lists_cross_engines(go_engine, engine):
    other = {"go": "python", "python": "go"}[engine]
    own = [it.digest() for it in partial.manifests(listing(engine), engine=engine)]
    assert [it.digest() for it in partial.manifests(listing(other), engine=engine)] == own


def test_an_entry_that_is_missing_is_an_error(engine):
    class Missing(ListIndex):
        def index_manifest(self):
            return listing("python").index_manifest()

        def image(self, digest):
            raise errors.UnknownBlobError(f"unknown blob {digest}")

    with pytest.raises(errors.UnknownBlobError):
        partial.manifests(Missing(), engine=engine)
