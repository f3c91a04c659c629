"""What the doctor says of go-containerregistry comes true: no false alarm, no failure in silence.

Archives are generated with every kind of damage that the differential campaigns have. The newest
library fails on an image exactly if a finding names it, and so does v0.18.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import legacy as legacy_program

import pyggcr
from pyggcr import differential, tarball
from pyggcr.differential.generate.cases import Recipe, case_seed, make_recipe
from pyggcr.differential.generate.damage import OPERATORS
from pyggcr.doctor import diagnose
from pyggcr.doctor.contents import labels_of
from pyggcr.errors import Error, InvalidReferenceError
from pyggcr.name import new_tag

TOOL = "go-containerregistry"
CASES = 2_000
SEED = 15
SEEDS = (SEED, 2026, 777)

pytestmark = pytest.mark.usefixtures("go_engine")


def asked_for(path: Path) -> list[tuple[str, str | None]]:
    """The images of an archive that can be asked for: how findings call each, and its tag."""
    try:
        described = tarball.load_manifest(path, engine="python")
    except Error:
        return [("", None)]
    if len(described) < 2:
        return [("", None)]
    first: dict[str, tuple[int, str]] = {}
    for number, image in enumerate(described):
        for tag in image.repo_tags or ():
            try:
                first.setdefault(new_tag(tag).name(), (number, tag))
            except InvalidReferenceError:
                continue
    tags: dict[int, str] = {}
    for number, tag in first.values():
        tags.setdefault(number, tag)
    labels = labels_of(described)
    return [(labels[number], tag) for number, tag in tags.items()]


def fails(observation: dict[str, Any]) -> bool:
    """Whether the image cannot be opened, described or validated."""
    if "open" in observation or isinstance(observation["digest"], dict):
        return True
    return bool(observation["validate"] != "ok")


def is_told(report: Any, label: str, tag: str | None, version: str) -> bool:
    """Whether a finding about the image names the version."""
    return any(
        failure.happens_to(TOOL, version) and failure.text
        for found in report.findings
        if tag is None or found.place.image == label
        for failure in found.fails
    )


def recipes(seed: int) -> list[Recipe]:
    return [make_recipe(case_seed(seed, number)) for number in range(CASES)]


def kinds(sample: list[Recipe]) -> set[str]:
    return {damage.operator for recipe in sample for damage in recipe.damages}


def small_sample() -> list[Recipe]:
    """Some archives without damage, and two of each kind of damage."""
    left = dict.fromkeys(OPERATORS, 2)
    undamaged, sample = 10, []
    for recipe in recipes(SEED):
        if not recipe.damages and undamaged:
            undamaged -= 1
            sample.append(recipe)
        elif len(recipe.damages) == 1 and left[recipe.damages[0].operator]:
            left[recipe.damages[0].operator] -= 1
            sample.append(recipe)
    return sample


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_damage_is_in_the_archives(seed):
    assert kinds(recipes(seed)) == set(OPERATORS)
    assert kinds(small_sample()) == set(OPERATORS)


@pytest.mark.parametrize(
    "seed", [None, *(pytest.param(seed, marks=pytest.mark.full) for seed in SEEDS)]
)
def test_what_fails_is_told_and_what_is_told_fails(legacy, tmp_path, seed):
    sample = small_sample() if seed is None else recipes(seed)
    paths = [tmp_path / f"{number}.tar" for number in range(len(sample))]
    images = []
    for path, recipe in zip(paths, sample, strict=True):
        path.write_bytes(recipe.archive())
        images += [(path, *asked) for asked in asked_for(path)]
    old = legacy.observe_all((path, tag) for path, _, tag in images)
    newest = pyggcr.engines()["go"].go_containerregistry
    reports = {path: diagnose(path, deep=True) for path in paths}

    wrong = []
    for (path, label, tag), observation in zip(images, old, strict=True):
        current = differential.observe_path(path, tag, engine="go").to_json()
        for version, said in ((newest, current), (legacy_program.VERSION, observation)):
            if is_told(reports[path], label, tag, version) != fails(said):
                wrong.append((path.name, tag, version, said.get("open") or said["validate"]))

    assert wrong == []
    assert sum(map(fails, old)) > len(old) // 4  # there is something to tell
    assert not all(map(fails, old))
