"""Documents whole, odd and broken, read and written as Go was recorded to do it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from support.rewriting import written

from pyggcr._gostd.strconv import quote
from pyggcr.errors import Error

RECORDED = json.loads(
    (Path(__file__).parent.parent / "data" / "json" / "recorded.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", RECORDED["Documents"], ids=range(len(RECORDED["Documents"])))
def test_a_document_is_read_and_written_as_go_does(vector):
    document = vector["Document"].encode("latin-1")
    if "Error" not in vector:
        assert written(vector["Kind"], document) == vector["Written"].encode("utf-8")
        return
    with pytest.raises(Error) as caught:
        written(vector["Kind"], document)
    assert str(caught.value) == vector["Error"]


def test_every_code_point_is_quoted_as_go_does():
    digest = hashlib.sha256()
    for code in range(0x110000):
        if not 0xD800 <= code <= 0xDFFF:
            digest.update(quote(chr(code)).encode("utf-8"))
    assert digest.hexdigest() == RECORDED["QuotedCodePoints"]
