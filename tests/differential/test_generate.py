"""Archives made from seeds: the same each time, good ones mostly, damaged by every operator."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import sys
import tarfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyggcr import tarball
from pyggcr.differential.generate import damage
from pyggcr.differential.generate.archives import (
    DOCKER_FOREIGN,
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
)
from pyggcr.differential.generate.archives import member as tar_member
from pyggcr.differential.generate.cases import case_seed, make_recipe
from pyggcr.differential.generate.damage import OPERATORS, Damage
from pyggcr.differential.generate.tar_bytes import base256, join, meta, new_entry, record, split

CASES = [make_recipe(case_seed(7, number)) for number in range(150)]


def archive_with_everything() -> bytes:
    """An archive in which each operator finds what it damages."""
    source = {"mediaType": DOCKER_FOREIGN, "size": 1, "digest": "sha256:" + "0" * 64}
    layers = [
        LayerSpec(layer_tar({"a": b"a" * 100}), "gzip"),
        LayerSpec(layer_tar({"b": b"b" * 100}), source=source),
    ]
    plain = docker_save([ImageSpec(layers, tags=["app:1"])])
    entries, rest = split(plain)
    return join([new_entry(b"folder/", kind=b"5"), *entries], rest).replace(
        entries[0].header, meta(b"x", record(b"comment", b"text")) + entries[0].header, 1
    )


def test_a_seed_makes_the_same_archive_in_another_process():
    code = (
        "import hashlib\n"
        "from pyggcr.differential.generate.cases import case_seed, make_recipe\n"
        "for number in range(20):\n"
        "    print(hashlib.sha256(make_recipe(case_seed(7, number)).archive()).hexdigest())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        hashlib.sha256(recipe.archive()).hexdigest() for recipe in CASES[:20]
    ]


def test_each_case_is_another_archive():
    assert len({recipe.archive() for recipe in CASES}) > 140
    assert make_recipe(case_seed(8, 0)) != CASES[0]


def test_there_are_images_of_every_kind():
    layers = [layer for recipe in CASES for image in recipe.images for layer in image.layers]
    assert {layer.compression for layer in layers} == {"none", "gzip", "zstd"}
    assert {layer.link for layer in layers} == {"", "hard", "symbolic"}
    assert {len(recipe.images) for recipe in CASES} == {1, 2, 3}
    assert {len(recipe.damages) for recipe in CASES} == {0, 1, 2, 3}
    assert {type(image.tags) for recipe in CASES for image in recipe.images} == {list, type(None)}
    sources = [layer.source for layer in layers if layer.source is not None]
    assert len({source["mediaType"] for source in sources}) > 3


def test_most_archives_without_damage_can_be_read(tmp_path):
    path, good = tmp_path / "archive.tar", 0
    whole = [recipe for recipe in CASES if not recipe.damages and len(recipe.images) == 1]
    for recipe in whole:
        path.write_bytes(recipe.archive())
        with tarball.image_from_path(path, engine="python") as image:
            good += bool(image.raw_config_file())
    assert good == len(whole) > 10


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_changes_something(operator):
    archive = archive_with_everything()
    results = {damage.apply(archive, [Damage(operator, seed)]) for seed in range(20)}
    assert len(results - {archive}) > 3


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_repeats_itself(operator):
    archive = archive_with_everything()
    for seed in range(5):
        once, again = (damage.apply(archive, [Damage(operator, seed)]) for _ in range(2))
        assert once == again


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_operator_minds_what_others_left(operator):
    rng = random.Random(1)
    for _ in range(60):
        before = [damage.choose(rng) for _ in range(3)]
        damage.apply(archive_with_everything(), [*before, Damage(operator, rng.getrandbits(32))])
    for nothing in (b"", b"x", bytes(1024)):
        damage.apply(nothing, [Damage(operator, 1)])


def test_every_operator_is_chosen():
    rng = random.Random(1)
    assert {damage.choose(rng).operator for _ in range(2000)} == set(OPERATORS)


@example(seed=13715, number=27)  # damaged in the padding
@given(seed=st.integers(0, 2**32), number=st.integers(0, 50))
def test_an_archive_taken_apart_is_put_together_again(seed, number):
    archive = make_recipe(case_seed(seed, number)).archive()
    entries, rest = split(archive)
    assert join(entries, rest) in (archive, archive + bytes(-len(archive) % 512))


def test_other_content_has_its_size_and_checksum_right():
    (entry,), rest = split(make_tar([tar_member("a", b"old")]))
    archive = join([entry.with_content(b"quite new")], rest)
    with tarfile.open(fileobj=io.BytesIO(archive)) as reader:
        assert reader.extractfile("a").read() == b"quite new"


@pytest.mark.parametrize("number", [0, 5, -1, -(2**40), 2**62])
def test_numbers_in_base_256_are_what_tarfile_reads(number):
    assert tarfile.nti(base256(number, 12)) == number
