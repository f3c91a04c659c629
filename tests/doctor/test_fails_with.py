"""What the doctor says of tools is what the tools do: the old library, the newest, and skopeo.

Both ways: where a failure is told, the library fails with that text; where none is told, it reads
the image and finds it valid. Texts of Docker's containerd store cannot be had here; they were
recorded from Docker 28.5 and 29.7.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import legacy as legacy_program
from support.ailing import AILING, NEAR

import pyggcr
from pyggcr import differential
from pyggcr.differential.generate.cases import case_seed, make_recipe
from pyggcr.doctor import Failure, Finding, diagnose

DATA = Path(__file__).parents[1] / "data"
TOOL = "go-containerregistry"
MADE = [
    (kind, code, name)
    for kind, every in (("ailing", AILING), ("near", NEAR))
    for code, cases in every.items()
    for name in cases
]
RECORDED = json.loads((DATA / "golden" / "head-go1.26.6.json").read_text())["archives"]
REAL = [
    (archive, tag)
    for archive, tags in RECORDED.items()
    for tag, observation in tags.items()
    if "open" not in observation  # several images, and no tag: no fault of the archive
]
NO_TAG = "(no tag)"


def made(kind: str, code: str, name: str) -> bytes:
    """An archive of support.ailing."""
    return {"ailing": AILING, "near": NEAR}[kind][code][name]()


def errors_in(observation: Any) -> Iterator[str]:
    """Every text of an error, line by line, without what validate puts before it."""
    if isinstance(observation, dict):
        if isinstance(observation.get("error"), str):
            for line in observation["error"].splitlines():
                yield line.removeprefix("validating layers: ")
        for value in observation.values():
            yield from errors_in(value)
    elif isinstance(observation, list):
        for value in observation:
            yield from errors_in(value)


def is_said(text: str, observation: dict[str, Any]) -> bool:
    """Whether a failed call said that; the ellipsis stands for anything."""
    parts = map(re.escape, text.removeprefix("validating layers: ").split("…"))
    pattern = re.compile(".*".join(parts))
    return any(pattern.fullmatch(line) for line in errors_in(observation))


def check(findings: tuple[Finding, ...], version: str, observation: dict[str, Any]) -> None:
    """Compare what is told of a version with what it says."""
    told = [
        failure
        for found in findings
        for failure in found.fails
        if failure.happens_to(TOOL, version)
    ]
    for failure in told:
        if failure.text:
            assert is_said(failure.text, observation), (failure.text, list(errors_in(observation)))
        else:
            check_effect(failure, observation)
    if not told:
        assert list(errors_in({**observation, "unknown_blob": "", "unknown_diff_id": ""})) == []


def check_effect(failure: Failure, observation: dict[str, Any]) -> None:
    """A failure without a text: the only one is that layers are left out."""
    pattern = r"reads the first (?:(\d+) layers|layer) only, without a word"
    kept = re.fullmatch(pattern, failure.effect)
    assert kept is not None
    assert len(observation["layers"]) == int(kept[1] or 1)
    assert observation["validate"] == "ok"


def check_refused(path: Path, version: str, observation: dict[str, Any]) -> None:
    """Of an archive that cannot be opened, a finding has the text that opening it fails with."""
    texts = [
        failure.text
        for found in saved_in(path)
        for failure in found.fails
        if failure.happens_to(TOOL, version)
    ]
    assert "open" in observation
    assert any(is_said(text, observation) for text in texts), (texts, observation)


def saved_in(path: Path) -> tuple[Finding, ...]:
    """The findings of an archive that has images for go-containerregistry."""
    return diagnose(path, deep=True).findings


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Every made archive, by its number in MADE."""
    folder = tmp_path_factory.mktemp("made")
    for number, case in enumerate(MADE):
        (folder / f"{number}.tar").write_bytes(made(*case))
    return folder


def tag_of(path: Path) -> str | None:
    """The first tag of an archive; none where there is only one image, perhaps without a tag."""
    try:
        images = differential.images_of(path, engine="python")
    except pyggcr.Error:
        return None
    return images[0].tags[0] if len(images) > 1 else None


def has_images(path: Path) -> bool:
    try:
        return bool(differential.images_of(path, engine="python"))
    except pyggcr.Error:
        return False


@pytest.fixture(scope="module")
def old(legacy, folder) -> list[dict[str, Any]]:
    """What v0.18.0 says of every made archive."""
    paths = [folder / f"{number}.tar" for number in range(len(MADE))]
    return legacy.observe_all((path, tag_of(path)) for path in paths)


@pytest.mark.parametrize("number", range(len(MADE)), ids=["-".join(case) for case in MADE])
def test_made_archives_on_the_old_library(folder, old, number):
    path = folder / f"{number}.tar"
    if not has_images(path):
        check_refused(path, legacy_program.VERSION, old[number])
        return
    findings = [found for found in saved_in(path) if found.place.image in ("", *first_labels(path))]
    check(tuple(findings), legacy_program.VERSION, old[number])


@pytest.mark.usefixtures("go_engine")
@pytest.mark.parametrize("number", range(len(MADE)), ids=["-".join(case) for case in MADE])
def test_made_archives_on_the_newest_library(folder, number):
    path = folder / f"{number}.tar"
    observation = differential.observe_path(path, tag_of(path), engine="go").to_json()
    version = pyggcr.engines()["go"].go_containerregistry
    if not has_images(path):
        check_refused(path, version, observation)
        return
    findings = [found for found in saved_in(path) if found.place.image in ("", *first_labels(path))]
    check(tuple(findings), version, observation)


def first_labels(path: Path) -> tuple[str, ...]:
    """How findings call the first image."""
    import hashlib
    import tarfile

    image = differential.images_of(path, engine="python")[0]
    if image.tags:
        return (", ".join(image.tags),)
    with tarfile.open(path) as archive:
        member = archive.extractfile(image.config)
        assert member is not None
        return (hashlib.sha256(member.read()).hexdigest()[:12],)


@pytest.mark.parametrize(("archive", "tag"), REAL)
@pytest.mark.parametrize(
    ("version", "recording"),
    [("0.18.0", "v0.18.0-go1.26.6"), ("0.22.1", "head-go1.26.6"), ("0.22.1", "head-go1.27.3")],
)
def test_real_archives_as_they_were_recorded(archive, tag, version, recording):
    observation = json.loads((DATA / "golden" / f"{recording}.json").read_text())["archives"]
    findings = saved_in(DATA / archive)
    if tag != NO_TAG:
        findings = tuple(
            found
            for found in findings
            if tag in found.place.image.split(", ") or not found.place.image
        )
    check(findings, version, observation[archive][tag])


CAMPAIGN = 4
CASES = 300


@pytest.fixture(scope="module")
def campaign(tmp_path_factory) -> list[Path]:
    """Archives with all sorts of damage, those with one image that can be read without a tag."""
    folder = tmp_path_factory.mktemp("campaign")
    paths = []
    for number in range(CASES):
        path = folder / f"{number}.tar"
        path.write_bytes(make_recipe(case_seed(CAMPAIGN, number)).archive())
        if has_images(path) and len(differential.images_of(path, engine="python")) == 1:
            paths.append(path)
    return paths


def fails_as_told(path: Path, version: str, observation: dict[str, Any]) -> bool:
    """Whether what is told to fail fails, with whatever text: one finding may hide another."""
    told = any(
        failure.happens_to(TOOL, version) and failure.text
        for found in saved_in(path)
        for failure in found.fails
    )
    return not told or bool(
        list(errors_in({**observation, "unknown_blob": "", "unknown_diff_id": ""}))
    )


@pytest.mark.usefixtures("go_engine")
def test_what_is_told_to_fail_fails_whatever_else_is_wrong(legacy, campaign):
    assert len(campaign) > CASES // 4
    newest = pyggcr.engines()["go"].go_containerregistry
    old = legacy.observe_all((path, None) for path in campaign)
    for path, observation in zip(campaign, old, strict=True):
        assert fails_as_told(path, legacy_program.VERSION, observation), path.name
        observation = differential.observe_path(path, engine="go").to_json()
        assert fails_as_told(path, newest, observation), path.name


def skopeo(*arguments: str) -> str:
    """What skopeo says when it fails."""
    run = subprocess.run(["skopeo", *arguments], capture_output=True, text=True, timeout=120)
    assert run.returncode != 0
    return run.stderr


@pytest.mark.parametrize(
    ("code", "name"), [("PYG002", "saved by ID"), ("PYG010", "a layer"), ("PYG002", "nothing else")]
)
def test_skopeo_says_what_is_told_of_it(require, tmp_path, code, name):
    if not shutil.which("skopeo"):
        require("skopeo", "it is not on PATH")
    path = tmp_path / "archive.tar"
    path.write_bytes(AILING[code][name]())
    (failure,) = (
        failure
        for found in diagnose(path, deep=True).findings
        for failure in found.fails
        if failure.tool == "skopeo, oci-archive"
    )
    version = subprocess.run(["skopeo", "--version"], capture_output=True, text=True).stdout
    if str(failure.versions) not in version.split():
        pytest.skip(f"told of {failure.versions}, here is {version.strip()}")

    said = skopeo("copy", "--insecure-policy", f"oci-archive:{path}", f"dir:{tmp_path / 'copy'}")

    assert failure.text in said
