"""The library's partial functions on parts, below the models of ``pyggcr.v1``."""

from __future__ import annotations

import json

import pytest

from pyggcr._go import call, open_handles
from pyggcr.errors import MismatchedLayersError, UnknownBlobError, UnsupportedOptionError

BLOB = "sha256:" + 64 * "a"
DIFF_ID = "sha256:" + 64 * "b"
MANIFEST = json.dumps({"layers": [{"size": 7, "digest": BLOB}]}).encode()
CONFIG = json.dumps({"rootfs": {"type": "layers", "diff_ids": [DIFF_ID]}}).encode()
INDEX = json.dumps({"manifests": [{"size": 3, "digest": BLOB}]}).encode()


@pytest.fixture
def parts(go):
    """Makes parts in Go; releases them after the test."""
    loaded = go.library.load()
    handles = []

    def made(manifest=None, config=None, index=None):
        arguments = []
        for document in (manifest, config, index):
            arguments += [document or loaded.ffi.NULL, len(document or b"")]
        result = loaded.ffi.new("pyggcr_result *")
        assert loaded.lib.pyggcr_partial_parts(*arguments, result) == 0
        handles.append(result.handle)
        return result.handle

    yield made
    for handle in handles:
        loaded.lib.pyggcr_release(handle)


def test_a_blob_is_mapped_to_its_diff_id(parts):
    value = parts(MANIFEST, CONFIG)
    answer = call.ask(call.text, "partial_blob_to_diff_id", value, BLOB.encode(), len(BLOB))
    assert answer == DIFF_ID


def test_an_unknown_blob_is_go_s_error(parts):
    value = parts(MANIFEST, CONFIG)
    with pytest.raises(UnknownBlobError, match=f"^unknown blob {DIFF_ID}$"):
        call.ask(call.text, "partial_blob_to_diff_id", value, DIFF_ID.encode(), len(DIFF_ID))


def test_documents_that_disagree_are_go_s_error(parts):
    value = parts(b'{"layers": []}', CONFIG)
    with pytest.raises(MismatchedLayersError, match=r"^mismatched fs layers \(0\) and diff ids"):
        call.ask(call.text, "partial_blob_to_diff_id", value, BLOB.encode(), len(BLOB))


def test_a_question_about_a_document_that_is_not_there_is_refused(parts):
    with pytest.raises(UnsupportedOptionError, match=r"^the parts have no config file$"):
        call.ask(call.text, "partial_config_name", parts(MANIFEST))


def test_an_index_lists_its_manifests(parts):
    answer = json.loads(call.ask(call.data, "partial_find_manifests", parts(index=INDEX)))
    assert [entry["digest"] for entry in answer] == [BLOB]


def test_the_config_layer_outlives_the_parts(parts, go):
    value = parts(MANIFEST, CONFIG)
    before = open_handles()
    layer = call.ask(call.handle, "partial_config_layer", value)
    go.library.load().lib.pyggcr_release(value)
    assert call.ask(call.number, "layer_size", layer) == len(CONFIG)
    go.library.load().lib.pyggcr_release(layer)
    assert open_handles() == before - 1
