"""``pyggcr.static`` on both engines: pkg/v1/static."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from pyggcr import empty, mutate, static, types, v1

CONTENTS = {"empty": b"", "json": b"{}", "gzip": gzip.compress(b"content"), "zeros": bytes(1 << 20)}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_the_bytes_are_the_layer_in_both_forms(engine, content):
    layer = static.new_layer(content, types.MediaType.OCI_LAYER, engine=engine)

    digest = v1.Hash("sha256", hashlib.sha256(content).hexdigest())
    assert (layer.digest(), layer.diff_id(), layer.size()) == (digest, digest, len(content))
    for open_again in (layer.compressed, layer.uncompressed, layer.compressed):
        with open_again() as stream:
            assert stream.read() == content


def test_the_media_type_is_whatever_was_given(engine):
    layer = static.new_layer(b"", "text/plain", engine=engine)
    assert layer.media_type() == "text/plain"
    assert isinstance(layer.media_type(), types.MediaType)
    assert layer.engine == engine


def test_the_bytes_are_copied(engine):
    content = bytearray(b"before")
    layer = static.new_layer(memoryview(content), types.MediaType.OCI_LAYER, engine=engine)
    content[:] = b"after!"
    with layer.compressed() as stream:
        assert stream.read() == b"before"


def test_a_text_is_no_content(engine):
    with pytest.raises(TypeError):
        static.new_layer("text", types.MediaType.OCI_LAYER, engine=engine)


def test_an_image_gets_such_a_layer(engine):
    layer = static.new_layer(b"content", types.MediaType.OCI_LAYER, engine=engine)
    image = mutate.append_layers(empty.image(engine=engine), layer)
    (described,) = image.manifest().layers
    assert described == v1.Descriptor(
        "application/vnd.oci.image.layer.v1.tar+gzip", 7, layer.digest()
    )
