"""What the doctor says of every release of crane is what each was seen to do: docs/matrix.

The results were recorded by ``make matrix``; here the doctor is asked about the same archives. That
the recordings are true still is tried on a few cells, with the crane on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import pyggcr
from pyggcr import layout, tarball, validate
from pyggcr.doctor import diagnose
from pyggcr.doctor.versions import Versions
from tools.matrix.archives import ARCHIVES, Archive, digest_of, write_archive
from tools.matrix.releases import GO_LINES, MINORS, RELEASES, Crane, all_cranes, tried
from tools.matrix.results import Results
from tools.matrix.runs import DIGEST, PUSH, VALIDATE, VALIDATE_PUSHED, outcomes

TOOL = "go-containerregistry"
BEFORE_PATCH = Versions(before="0.19")
SEVERAL = "tarball must contain only a single image to be used with tarball.Image"
RESULTS = Results.load()

# How often the doctor is compared with crane: each archive with each release.
PREDICTIONS = len(ARCHIVES) * len(RELEASES)
# How many digests there are to compare with.
DIGESTS = 3545
# What is run again each time; the others are in the tests that take minutes.
AGAIN = ("docker 25.0.2/app-tag", "rules_oci/image-links")


@pytest.fixture(params=ARCHIVES.values(), ids=lambda it: it.name.replace("/", " "))
def archive(request) -> Archive:
    return request.param


def test_every_archive_was_tried_with_every_crane():
    cranes = [Crane(release, line) for line in GO_LINES for release in tried(line)]

    assert set(RESULTS.outcomes) == {(name, crane) for name in ARCHIVES for crane in cranes}
    assert len({(name, crane.release) for name, crane in RESULTS.outcomes}) == PREDICTIONS
    assert PREDICTIONS == 2482


def test_the_archives_are_those_that_were_tried():
    assert {name: digest_of(it) for name, it in ARCHIVES.items()} == RESULTS.archives


def test_a_crane_fails_as_the_doctor_says_and_only_then(archive, tmp_path):
    report = diagnose(write_archive(archive, tmp_path), deep=True)
    failures = [it for found in report.findings for it in found.fails if it.tool == TOOL]
    unreadable = any(checkup.reason for checkup in report.checkups)
    for release in RELEASES:
        told = [it.text for it in failures if it.text and it.happens_to(TOOL, release)]
        for line in GO_LINES:
            if release not in tried(line):
                continue
            said = complaints(archive.name, Crane(release, line))
            assert bool(said) == (bool(told) or unreadable), (release, told, said)
            if said and not unreadable:
                # What it stumbles over first is told; another finding may hide behind it.
                assert any(is_said(text, said[0]) for text in told), (release, told, said)


def complaints(name: str, crane: Crane) -> list[str]:
    """What a crane says of an archive, line by line, beginning with what is decisive.

    That is validating; what there is of pushing comes after it. Pulling is about the registry.
    Of an archive with several images crane says that only; what it says of each is there too.
    """
    found = RESULTS.outcomes[name, crane]
    steps = (VALIDATE, PUSH, DIGEST, VALIDATE_PUSHED)
    failed = [found[step] for step in steps if step in found and found[step].exit]
    lines = [line for it in failed for line in it.text.splitlines()]
    if not any(line.endswith(SEVERAL) for line in lines):
        return lines
    assert all(line.endswith(SEVERAL) for line in lines)
    parts = [each for each in ARCHIVES if each.startswith(f"{name} only ")]
    assert len(parts) > 1
    return [line for part in parts for line in complaints(part, crane)]


def is_said(told: str, line: str) -> bool:
    """Whether a line says what was told, perhaps after what it is about.

    ``…`` stands for anything; digests are ``sha256:…`` in the recording.
    """
    told = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", told).removeprefix("validating layers: ")
    pattern = ".*".join(map(re.escape, told.split("…")))
    return re.fullmatch(f"(?:.*: )?{pattern}", line) is not None


def test_pyggcr_has_the_digest_of_each_crane(archive, tmp_path):
    path = write_archive(archive, tmp_path)
    computed: dict[tuple[str, str, str], str] = {}
    for crane, tag, recorded in digests_of(archive.name):
        sources = "trusted" if crane.release in BEFORE_PATCH else "patched"
        key = (tag, crane.line, sources)
        if key not in computed:
            computed[key] = digest(path, *key)
        assert recorded == computed[key], (crane, tag)


def digests_of(archive: str) -> list[tuple[Crane, str, str]]:
    """Every digest that was recorded of an archive: by which crane, of which tag."""
    return [
        (crane, step.removeprefix(DIGEST).strip(), outcome.text)
        for crane in all_cranes()
        for step, outcome in RESULTS.outcomes[archive, crane].items()
        if step.split(" ")[0] == DIGEST and not outcome.exit
    ]


def test_digests_of_every_crane_were_recorded():
    counted = Counter(crane for name in ARCHIVES for crane, _, _ in digests_of(name))

    assert set(counted) == set(all_cranes())
    assert sum(counted.values()) == DIGESTS


def digest(path: Path, tag: str, line: str, sources: str) -> str:
    """The digest by pyggcr; of a layout, that of the image or the index in it."""
    if path.is_dir():
        (root,) = layout.image_index_from_path(path).index_manifest().manifests
        return str(root.digest)
    with tarball.image_from_path(
        path, tag or None, engine="python", gzip_profile=line, layer_sources=sources
    ) as image:
        return str(image.digest())


LAYOUTS = [it for it in ARCHIVES.values() if it.form == "layout" and it.name != "buildx/cache"]


@pytest.mark.parametrize("archive", LAYOUTS, ids=lambda it: it.name.replace("/", " "))
def test_both_engines_find_a_layout_valid_where_the_newest_crane_does(engine, archive, tmp_path):
    found = RESULTS.outcomes[archive.name, Crane(MINORS[-1], "go1.26")]
    recorded = next((found[it].text for it in (PUSH, VALIDATE_PUSHED) if found[it].exit), "")
    said = ""
    try:
        index = layout.image_index_from_path(write_archive(archive, tmp_path))
        (root,) = index.index_manifest().manifests
        if root.media_type.is_index():
            validate.index(index.image_index(root.digest), engine=engine)
        else:
            validate.image(index.image(root.digest), engine=engine)
    except pyggcr.Error as error:
        said = str(error)

    assert bool(said) == bool(recorded)
    assert recorded in re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", said)


def test_each_go_line_has_digests_of_its_own():
    """Of plain layers, and the same of gzip ones: else two lines would prove no more than one."""

    def of_line(name: str, line: str) -> str:
        return RESULTS.outcomes[name, Crane("0.22.1", line)][DIGEST].text

    assert of_line("podman/save", "go1.26") != of_line("podman/save", "go1.27")
    assert of_line("ctr/export", "go1.26") == of_line("ctr/export", "go1.27")


def test_what_fails_does_not_depend_on_go():
    for (name, crane), found in RESULTS.outcomes.items():
        if crane.release in MINORS and crane.line != "go1.26":
            other = RESULTS.outcomes[name, Crane(crane.release, "go1.26")]
            assert {step: it.exit for step, it in found.items()} == {
                step: it.exit for step, it in other.items()
            }


@pytest.fixture
def crane(require) -> tuple[Path, str]:
    """The crane on PATH, and its release."""
    program = shutil.which("crane")
    if program is None:
        require("crane", "there is no such program")
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    release = said.strip().removeprefix("v")
    if release not in RELEASES:
        require("crane", f"{release} is none of the releases in docs/matrix/results.json")
    return Path(program), release


@pytest.mark.parametrize("names", [AGAIN, pytest.param(ARCHIVES, marks=pytest.mark.full)])
def test_the_recording_still_holds(crane, names, tmp_path):
    program, release = crane
    for name in names:
        again = outcomes(program, write_archive(ARCHIVES[name], tmp_path))
        # Only digests depend on the Go that built it, which is not known here.
        lines = [line for line in GO_LINES if release in tried(line)]
        assert again in [RESULTS.outcomes[name, Crane(release, line)] for line in lines], name
