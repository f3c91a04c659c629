"""pkg/v1/partial: both engines answer alike, of images, of layers and of made-up documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.documents import damaged_json

from pyggcr import errors, match, partial, tarball, v1
from pyggcr._gostd import json as gojson
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


class OneLayer:
    """What a user knows of a layer: its content."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def diff_id(self) -> v1.Hash:
        import hashlib

        return v1.Hash("sha256", hashlib.sha256(self._content).hexdigest())

    def uncompressed(self):
        import io

        class Raw(io.BytesIO, io.RawIOBase):
            pass

        return Raw(self._content)

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_LAYER


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


def test_an_image_of_ones_own_is_completed():
    from pyggcr import validate

    image = partial.uncompressed_to_image(OneLayerImage(OneLayer(bytes(1024))))
    validate.image(image)
    (layer,) = image.layers()
    assert image.layer_by_digest(layer.digest()).diff_id() == layer.diff_id()
    assert partial.descriptor(layer).size == layer.size()
