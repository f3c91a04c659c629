"""Documents on their way into Go: they lose nothing if nobody has changed them."""

from __future__ import annotations

import dataclasses

import pytest

from pyggcr import v1
from pyggcr._go import models

CONFIG = b'{"architecture": "amd64", "os": "linux", "config": {"Env": []}, "unknown": 1}'
MANIFEST = b'{"schemaVersion": 2, "config": {"size": 1, "digest": "sha256:%s"}, "layers": []}' % (
    b"0" * 64
)


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (v1.parse_config_file, CONFIG),
        (v1.parse_manifest, MANIFEST),
        (v1.parse_index_manifest, b'{"manifests": [], "annotations": {}}'),
    ],
)
def test_a_document_crosses_as_it_was_parsed(parse, raw):
    assert models.document(parse(raw)) == raw


def test_a_changed_document_crosses_as_it_is_now():
    config = v1.parse_config_file(CONFIG)
    config.architecture = "arm64"
    changed = v1.parse_config_file(models.document(config))
    assert changed.architecture == "arm64"


def test_a_document_that_was_made_up_crosses_too():
    manifest = dataclasses.replace(v1.parse_manifest(MANIFEST), raw=None)
    assert v1.parse_manifest(models.document(manifest)).config == manifest.config


def test_a_document_without_a_digest_can_be_parsed_by_go():
    crossed = models.document(v1.Manifest(schema_version=2, config=v1.Descriptor(), layers=None))
    assert b'"digest"' not in crossed
