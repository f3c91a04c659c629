"""The library's partial functions on parts, below the models of ``pyggcr.v1``."""

from __future__ import annotations

import json

import pytest

from pyggcr import v1
from pyggcr._go import open_handles
from pyggcr.errors import MismatchedLayersError, UnknownBlobError, UnsupportedOptionError
from pyggcr.v1.parts import Parts

BLOB = v1.Hash("sha256", 64 * "a")
DIFF_ID = v1.Hash("sha256", 64 * "b")
MANIFEST = json.dumps({"layers": [{"size": 7, "digest": str(BLOB)}]}).encode()
CONFIG = json.dumps({"rootfs": {"type": "layers", "diff_ids": [str(DIFF_ID)]}}).encode()
INDEX = json.dumps({"manifests": [{"size": 3, "digest": str(BLOB)}]}).encode()


def test_a_blob_is_mapped_to_its_diff_id(go):
    parts = Parts(manifest=MANIFEST, config_file=CONFIG)
    assert go.partial.blob_to_diff_id(image=parts, blob=BLOB) == DIFF_ID


def test_an_unknown_blob_is_go_s_error(go):
    parts = Parts(manifest=MANIFEST, config_file=CONFIG)
    with pytest.raises(UnknownBlobError, match=f"^unknown blob {DIFF_ID}$"):
        go.partial.blob_to_diff_id(image=parts, blob=DIFF_ID)


def test_documents_that_disagree_are_go_s_error(go):
    parts = Parts(manifest=b'{"layers": []}', config_file=CONFIG)
    with pytest.raises(MismatchedLayersError, match=r"^mismatched fs layers \(0\) and diff ids"):
        go.partial.blob_to_diff_id(image=parts, blob=BLOB)


def test_a_question_about_a_document_that_is_not_there_is_refused(go):
    with pytest.raises(UnsupportedOptionError, match=r"^the parts have no config file$"):
        go.partial.config_name(image=Parts(manifest=MANIFEST))


def test_an_index_lists_its_manifests(go):
    found = go.partial.find_manifests(index=Parts(index_manifest=INDEX), matcher=lambda _: True)
    assert [entry.digest for entry in found] == [BLOB]


def test_the_config_layer_outlives_the_parts(go):
    before = open_handles()
    layer = go.partial.config_layer(image=Parts(manifest=MANIFEST, config_file=CONFIG))
    assert layer.size() == len(CONFIG)
    layer.close()
    assert open_handles() == before
