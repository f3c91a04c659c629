"""Parts: documents without an image, and what happens when one of them is asked for."""

from __future__ import annotations

import pickle

import pytest

from pyggcr.errors import TruncatedError, UnsupportedOptionError
from pyggcr.v1.config import ConfigFile
from pyggcr.v1.manifest import IndexManifest, Manifest, parse_manifest
from pyggcr.v1.parts import Parts

MANIFEST = b'{ "schemaVersion": 2, "unknown": true }'
CONFIG = b'{ "architecture": "arm64" }'
INDEX = b'{ "schemaVersion": 2, "manifests": [] }'


def test_bytes_are_kept_as_they_are() -> None:
    parts = Parts(manifest=MANIFEST, config_file=CONFIG)
    assert parts.raw_manifest == parts.manifest_bytes() == MANIFEST
    assert parts.raw_config_file == parts.config_file_bytes() == CONFIG
    assert parts.raw_index_manifest is None


def test_documents_are_parsed_when_asked_for() -> None:
    parts = Parts(manifest=MANIFEST, config_file=CONFIG)
    assert parts.manifest().schema_version == 2
    assert parts.config_file().architecture == "arm64"
    assert Parts(index_manifest=INDEX).index_manifest().schema_version == 2


def test_a_model_is_written_as_go_writes_it() -> None:
    model = parse_manifest(MANIFEST)
    raw = Parts(manifest=model).manifest_bytes()
    assert raw == (
        b'{"schemaVersion":2,"config":{"mediaType":"","size":0,"digest":":"},"layers":null}'
    )


def test_every_kind_of_model_is_taken() -> None:
    parts = Parts(manifest=Manifest(), config_file=ConfigFile(architecture="arm64"))
    assert parts.manifest_bytes().startswith(b'{"schemaVersion":0')
    assert parts.config_file().architecture == "arm64"
    index = Parts(index_manifest=IndexManifest(schema_version=2))
    assert index.index_manifest().schema_version == 2


def test_the_manifest_of_an_index_is_the_index() -> None:
    assert Parts(index_manifest=INDEX).manifest_bytes() == INDEX


@pytest.mark.parametrize(
    ("parts", "method", "absent"),
    [
        (Parts(config_file=CONFIG), "manifest_bytes", "manifest"),
        (Parts(config_file=CONFIG), "manifest", "manifest"),
        (Parts(config_file=CONFIG), "index_manifest", "index manifest"),
        (Parts(manifest=MANIFEST), "config_file_bytes", "config file"),
        (Parts(manifest=MANIFEST), "config_file", "config file"),
        (Parts(index_manifest=INDEX), "manifest", "manifest"),
    ],
)
def test_a_document_that_is_absent_cannot_be_asked_for(
    parts: Parts, method: str, absent: str
) -> None:
    with pytest.raises(UnsupportedOptionError) as raised:
        getattr(parts, method)()
    assert str(raised.value) == f"the parts have no {absent}"


@pytest.mark.parametrize(
    "documents",
    [
        {},
        {"manifest": MANIFEST, "index_manifest": INDEX},
        {"config_file": CONFIG, "index_manifest": INDEX},
    ],
)
def test_parts_are_of_an_image_or_of_an_index(documents: dict[str, bytes]) -> None:
    with pytest.raises(UnsupportedOptionError, match="or else an index manifest"):
        Parts(**documents)


def test_an_empty_document_is_a_document() -> None:
    parts = Parts(manifest=b"")
    assert parts.manifest_bytes() == b""
    with pytest.raises(TruncatedError, match="EOF"):
        parts.manifest()


def test_parts_can_be_pickled_and_hashed() -> None:
    parts = Parts(manifest=MANIFEST, config_file=CONFIG)
    again = pickle.loads(pickle.dumps(parts))
    assert again == parts
    assert len({again, parts}) == 1
