"""Hashes, JSON, tar, gzip and references, each compared with Go's own on what campaigns make up.

The inputs are those of ``pyggcr differential --generate``: whole archives, and the documents and
layers in them. ``HYPOTHESIS_PROFILE=nightly`` runs many more. Comparisons of one module on inputs
that are made for it are with that module's tests.
"""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_fuzz import LEVELS
from support.rewriting import PARSERS, rewritten
from support.tar_listing import listing

import pyggcr
from pyggcr import name
from pyggcr._gostd.gzip import Compressor, Reader
from pyggcr.differential.generate import damage
from pyggcr.differential.generate.json_damage import JSON_DAMAGE
from pyggcr.differential.generate.layer_damage import LAYER_DAMAGE
from pyggcr.differential.generate.tar_bytes import join, new_entry, split
from pyggcr.errors import Error
from pyggcr.testing.strategies import TAGS, damaged_archives, image_specs, layer_specs
from pyggcr.v1.hash import sha256

pytestmark = pytest.mark.usefixtures("go_engine")

REFERENCES = (
    *TAGS,
    "app",
    "docker.io/library/app:1@sha256:" + "0" * 64,
    "localhost:5000/a/b@sha256:" + "f" * 64,
    "[::1]:80/app:latest",
    "app@sha512:" + "0" * 128,
)
ODD_CHARACTERS = (
    *"/:@.-_[] \0A1\u00e9\u212a%~+",
    "//",
    "::",
    "@sha256:",
    "..",
    "xn--",
    "\U0001f600",
)


def go(operation: str, data: bytes) -> Any:
    """What Go answers, or the class and text of its error."""
    from pyggcr._go import gostd

    try:
        return gostd.call(operation, data)
    except Error as error:
        return type(error).__name__, str(error)


def ours(call: Any) -> Any:
    """What Python answers, in the same form."""
    try:
        return call()
    except Error as error:
        return type(error).__name__, str(error)


def damaged_by(operators: Any, content: bytes, seed: int) -> bytes:
    """The content of an entry that one to three of the operators were let loose on."""
    rng = random.Random(seed)
    data = bytearray(join([new_entry(b"entry", content)], b""))
    for _ in range(rng.randrange(4)):
        rng.choice(operators)(rng, data)
    entries, _ = split(bytes(data))
    return entries[0].content


seeds = st.integers(0, 2**32)


@given(archive=damaged_archives())
def test_tar(archive):
    lines = go("tar_list", archive).splitlines()
    assert listing(archive) == [json.loads(line) for line in lines]


@given(archive=damaged_archives())
def test_sha256(archive):
    digest, size = sha256(io.BytesIO(archive))
    assert f"{digest} {size}".encode() == go("sha256", archive)


@pytest.mark.parametrize("kind", PARSERS)
@given(image=image_specs(), seed=seeds)
def test_json_of_configs(kind, image, seed):
    document = damaged_by(JSON_DAMAGE, image.raw_config(), seed)
    told = rewritten(kind, document)
    assert told == go(kind, document)


@given(archive=damaged_archives(), seed=seeds)
def test_json_of_manifests(archive, seed):
    entries, _ = split(archive)
    for entry in entries:
        if entry.name == b"manifest.json":
            document = damaged_by(JSON_DAMAGE, entry.content, seed)
            assert rewritten("tarball_manifest", document) == go("tarball_manifest", document)


@given(layer=layer_specs(), seed=seeds)
def test_gunzip(layer, seed):
    stored = damaged_by(LAYER_DAMAGE, layer.stored(), seed)

    def gunzipped() -> bytes:
        with Reader(io.BytesIO(stored), reopen=lambda: io.BytesIO(stored)) as reader:
            return reader.read()

    assert ours(gunzipped) == go("gunzip", stored)


@pytest.mark.parametrize("level", LEVELS)
@given(layer=layer_specs())
def test_gzip(level, layer):
    compressor = Compressor(pyggcr.engines()["go"].gzip_profile, level)
    written = compressor.compress(layer.content) + compressor.flush()
    assert written == go("gzip_level", bytes([level & 0xFF]) + layer.content)


@given(
    reference=st.sampled_from(REFERENCES),
    edits=st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 3), st.sampled_from(ODD_CHARACTERS)),
        max_size=4,
    ),
    strict=st.booleans(),
)
def test_references(reference, edits, strict):
    text = reference
    for place, removed, added in edits:
        at = place % (len(text) + 1)
        text = text[:at] + added + text[at + removed :]
    question = json.dumps({"name": text, "strict": strict}).encode()
    told = go("reference", question)

    def parsed() -> dict[str, str]:
        value = name.parse_reference(text, strict=strict)
        return {
            "identifier": value.identifier(),
            "kind": "tag" if isinstance(value, name.Tag) else "digest",
            "name": value.name(),
            "registry_str": value.registry_str(),
            "repository_str": value.repository_str(),
            "scheme": value.scheme(),
            "scope": value.scope("pull"),
            "string": str(value),
        }

    mine = ours(parsed)
    if isinstance(told, tuple) or isinstance(mine, tuple):
        assert mine == told
    else:
        assert mine.items() <= json.loads(told).items()


@pytest.mark.parametrize("operation", ["gunzip", "manifest", "hash"])
def test_the_door_is_open(operation):
    # A function that always failed alike would make every comparison above an empty one.
    question = {
        "gunzip": Compressor("go1.26").flush(),
        "manifest": b'{"schemaVersion":2}',
        "hash": b"sha256:" + b"0" * 64,
    }[operation]
    assert isinstance(go(operation, question), bytes)


def test_the_operators_bite():
    config = b'{"rootfs":{"diff_ids":["sha256:a"]}}'
    assert len({damaged_by(JSON_DAMAGE, config, seed) for seed in range(50)}) > 20
    assert len({damaged_by(LAYER_DAMAGE, b"content", seed) for seed in range(50)}) > 10
    assert set(damage.OPERATORS.values()) >= {*JSON_DAMAGE, *LAYER_DAMAGE}
