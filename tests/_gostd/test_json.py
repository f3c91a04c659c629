"""JSON is read and written as Go's encoding/json does it, and refused in its words."""

from __future__ import annotations

import json as stdlib_json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.documents import DOCUMENTS, damaged_json
from support.rewriting import rewritten

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr.errors import ArchiveError, Error, InvalidHashError, JSONError, TruncatedError
from pyggcr.v1.kinds import STRINGS
from pyggcr.v1.tarball_manifest import parse_tarball_manifest


def go_rewritten(kind: str, data: bytes) -> object:
    """What the Go engine makes of it."""
    from pyggcr._go import gostd

    try:
        return gostd.call(kind, data)
    except Error as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("kind", DOCUMENTS)
@given(data=st.data())
def test_documents_are_read_and_written_as_the_go_engine_does(go_engine, kind, data):
    document = data.draw(damaged_json(kind))
    assert rewritten(kind, document) == go_rewritten(kind, document)


@given(document=st.binary(max_size=40))
def test_any_bytes_are_taken_or_refused_as_the_go_engine_does(go_engine, document):
    for kind in DOCUMENTS:
        assert rewritten(kind, document) == go_rewritten(kind, document)


@pytest.mark.parametrize(
    ("document", "value", "field", "kind"),
    [
        (b'{"schemaVersion": 1.5}', "number 1.5", "Manifest.schemaVersion", "int64"),
        (b'{"schemaVersion": 1%s}' % (b"0" * 19), "number 10", "Manifest.schemaVersion", "int64"),
        (b'{"layers": {}}', "object", "Manifest.layers", "[]v1.Descriptor"),
        (b'{"layers": [{"size": ""}]}', "string", "Descriptor.layers.size", "int64"),
        (b'{"config": {"platform": 1}}', "number", "Descriptor.config.platform", "v1.Platform"),
        (b'{"config": {"digest": []}}', "array", "Descriptor.config.digest", "string"),
        (b'{"annotations": {"a": 1}}', "number", "Manifest.annotations", "string"),
        (b'{"config": {"data": [256]}}', "number 256", "Descriptor.config.data", "uint8"),
    ],
)
def test_a_value_of_the_wrong_type(document, value, field, kind):
    with pytest.raises(JSONError) as caught:
        v1.parse_manifest(document)
    start, _, end = str(caught.value).partition(" into Go struct field ")
    assert start.startswith(f"json: cannot unmarshal {value}")
    assert end == f"{field} of type {kind}"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (b"[]", "json: cannot unmarshal array into Go value of type v1.Manifest"),
        (b'{"config": {"data": "a==="}}', "illegal base64 data at input byte 1"),
        (b"{'a'}", "invalid character '\\'' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        (b"[" * 10_001, "exceeded max depth"),
        (b"nul!", "invalid character '!' in literal null (expecting 'l')"),
        (b"\xff", "invalid character 'ÿ' looking for beginning of value"),
    ],
)
def test_errors_are_in_gos_words(document, text):
    with pytest.raises(JSONError) as caught:
        v1.parse_manifest(document)
    assert str(caught.value).endswith(text)


@pytest.mark.parametrize("document", [b"", b" \n\t"])
def test_nothing_is_the_end_of_file(document):
    with pytest.raises(TruncatedError, match="^EOF$"):
        v1.parse_manifest(document)


@pytest.mark.parametrize("document", [b"{", b'{"a', b'{"a":[1', b"tru", b"-"])
def test_a_value_without_an_end_is_an_unexpected_end(document):
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        v1.parse_manifest(document)


def test_what_follows_the_value_is_not_looked_at():
    assert v1.parse_manifest(b'{"schemaVersion":2} \xff').schema_version == 2


def test_a_document_may_end_before_its_medium_breaks():
    broken = ArchiveError("the tape broke")
    assert parse_tarball_manifest(b"[]", tail_error=broken) == []
    for document in (b"[", b"", b"null"):
        with pytest.raises(ArchiveError, match="the tape broke"):
            parse_tarball_manifest(document, tail_error=broken)


def test_names_are_found_in_any_case_and_the_last_one_wins():
    assert (
        v1.parse_manifest(b'{"SCHEMAVERSION":1,"\\u017fchemaver\\u017fion":2}').schema_version == 2
    )


def test_the_last_of_equal_names_wins_and_structs_merge():
    manifest = v1.parse_manifest(b'{"config":{"size":1,"mediaType":"a"},"config":{"size":2}}')
    assert (manifest.config.size, manifest.config.media_type) == (2, "a")


def test_a_slice_named_again_keeps_what_is_not_overwritten():
    """Go decodes into the elements that are there, also into those beyond a shorter slice."""
    manifest = v1.parse_manifest(
        b'{"layers":[{"size":1},{"size":2,"mediaType":"b"}],"layers":[{}],"layers":[{},{"size":3}]}'
    )
    assert [(layer.size, layer.media_type) for layer in manifest.layers] == [(1, ""), (3, "b")]


@pytest.mark.parametrize("lengths", [(3, 1, 3), (3, 2, 3), (2, 1, 2)])
def test_bytes_named_again_keep_what_is_not_overwritten(lengths):
    first, second, third = lengths
    arrays = (list(range(first)), [9] * second, [None] * third)
    members = ",".join(f'"data":{stdlib_json.dumps(numbers)}' for numbers in arrays)
    # The other descriptor has the same bytes, which Python may keep as the same object.
    manifest = v1.parse_manifest(
        f'{{"config":{{{members}}},"subject":{{"data":[9],"data":[null,null]}}}}'.encode()
    )
    assert manifest.config.data == bytes([9] * second + list(range(second, third)))
    assert manifest.subject.data == b"\x09\x00"


def test_nil_and_empty_are_kept_apart():
    for written in (b"null", b"[]"):
        manifest = v1.parse_manifest(b'{"layers":' + written + b"}")
        assert b'"layers":' + written in json.marshal(manifest)


def test_a_hash_that_is_none_ends_the_reading():
    document = b'{"schemaVersion":"x","config":{"digest":"sha256:zz"}}'
    with pytest.raises(InvalidHashError, match="^found non-hex character in hash: z$"):
        v1.parse_manifest(document)


def test_output_is_escaped_for_html():
    manifest = v1.Manifest(annotations={"b": "<&>\u2028\x01", "a": "\udcff"})
    assert b'{"a":"\\ufffd","b":"\\u003c\\u0026\\u003e\\u2028\\u0001"}' in json.marshal(manifest)


def test_keys_with_stray_surrogates_are_written_as_bytes_that_are_not_utf_8():
    manifest = v1.Manifest(annotations={"\ud800": "1", "a": "2"})
    assert b'{"a":"2","\\ufffd\\ufffd\\ufffd":"1"}' in json.marshal(manifest)


def test_ten_thousand_layers_are_read_in_one_go():
    layer = b'{"mediaType":"m","size":1,"digest":"sha256:' + b"a" * 64 + b'"}'
    manifest = v1.parse_manifest(b'{"layers":[' + b",".join([layer] * 10_000) + b"]}")
    assert len(manifest.layers) == 10_000


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["", ""],
        ["a", "", "b"],
        ["a", 'b"c', "\\", "d"],
        ["\u00e9", "a"],
        [f"t{number}" for number in range(5_000)],
        ["x" * 9_000, "a", "b", "c", "y" * 9_000],
        ["a,b", "[", "]", "{}", ": "],
    ],
)
@pytest.mark.parametrize("separator", [",", " , ", "," + " " * 500])
def test_arrays_of_strings_are_read(texts, separator):
    document = f"[{separator.join(stdlib_json.dumps(text) for text in texts)}]".encode()
    assert json.unmarshal(document, STRINGS) == texts


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b'["a","b",]', "invalid character ']' looking for beginning of value"),
        (b'["a","b","c" "d"]', "invalid character '\"' after array element"),
        (b'["a","b",1]', "json: cannot unmarshal number into Go value of type string"),
        (b'["a","b",["c"],"d"]', "json: cannot unmarshal array into Go value of type string"),
        (b'["a","b","c', "unexpected end of JSON input"),
    ],
)
def test_arrays_that_begin_with_strings_are_judged_to_their_end(document, error):
    with pytest.raises(JSONError) as caught:
        json.unmarshal(document, STRINGS)
    assert str(caught.value) == error
