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
from pyggcr.differential.generate.cases import case_seed, make_recipe
from pyggcr.doctor import diagnose
from pyggcr.errors import Error, InvalidReferenceError
from pyggcr.name import new_tag

TOOL = "go-containerregistry"
SEED = 15

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
    return [(", ".join(described[number].repo_tags or ()), tag) for number, tag in tags.items()]


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


@pytest.mark.parametrize("count", [60, pytest.param(2_000, marks=pytest.mark.full)])
def test_what_fails_is_told_and_what_is_told_fails(legacy, tmp_path, count):
    paths = [tmp_path / f"{number}.tar" for number in range(count)]
    images = []
    for number, path in enumerate(paths):
        path.write_bytes(make_recipe(case_seed(SEED, number)).archive())
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
