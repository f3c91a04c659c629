"""The matrix runs what has changed and nothing else, and its page is that of its results."""

from __future__ import annotations

import functools
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from pyggcr.tarball import load_manifest
from tools.matrix import __main__ as matrix
from tools.matrix.archives import ARCHIVES, Archive
from tools.matrix.drawing import drawn
from tools.matrix.page import PAGE, PICTURE, page
from tools.matrix.releases import MINORS, RELEASES, Crane, all_cranes, spans, tried
from tools.matrix.results import PATH, Results
from tools.matrix.runs import HANGS, Outcome
from tools.matrix.summary import State, rows, state_of

RESULTS = Results.load()


def test_the_page_is_that_of_the_results():
    assert page(RESULTS) == PAGE.read_text("utf-8"), "run make matrix ARGS=--page"


def test_the_picture_is_that_of_the_results():
    picture = PICTURE.read_text("utf-8")

    assert drawn(rows(RESULTS)) == picture, "run make matrix ARGS=--page"
    cells = [it for it in ET.fromstring(picture).iter() if it.tag.endswith("rect")]
    assert len(cells) == len(rows(RESULTS)) * len(RELEASES) + len(State)


def test_results_that_are_read_are_written_the_same(tmp_path):
    RESULTS.save(tmp_path / "results.json")

    assert (tmp_path / "results.json").read_bytes() == PATH.read_bytes()


def test_results_of_another_go_are_not_taken(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(PATH.read_text("utf-8").replace('"go1.27.3"', '"go1.27.2"'), "utf-8")

    lines = {crane.line for _, crane in Results.load(path).outcomes}

    assert lines == {"go1.26"}


@pytest.mark.parametrize("line", ["go1.26", "go1.27"])
def test_spans_are_of_what_was_tried_in_between(line):
    known = tried(line)

    assert spans(known, known) == f"{known[0]}-{known[-1]}"
    assert spans([known[3], known[0], known[2]], known) == f"{known[0]}, {known[2]}-{known[3]}"


def test_the_newest_of_each_minor_version_is_built_by_both():
    assert set(tried("go1.27")) == set(MINORS) < set(tried("go1.26")) == set(RELEASES)
    assert len(all_cranes()) == len(MINORS) + len(RELEASES)


def releases(archive: str, step: str, *, ended: int) -> list[str]:
    """The releases with which a step of an archive ended so."""
    found = {it: RESULTS.outcomes[archive, Crane(it, "go1.26")] for it in RELEASES}
    return [it for it in RELEASES if step in found[it] and found[it][step].exit == ended]


def test_what_the_page_says_beside_its_table():
    old = [it for it in RELEASES if int(it.split(".")[1]) < 19]
    attested = "buildx/oci-attested unpacked"

    assert releases("docker 25.0.2/app-tag", "push", ended=0) == list(RELEASES)
    assert releases("docker 25.0.2/app-tag", "validate what was pushed", ended=1) == old
    assert releases("docker 25.0.2/app-tag", "pull", ended=1) == old
    assert releases(attested, "validate what was pushed", ended=1) == [
        *RELEASES[RELEASES.index("0.17.0") : RELEASES.index("0.21.6")],
        "0.22.1",
    ]
    assert releases(attested, "pull", ended=0) == list(RELEASES)
    artifact = releases("buildx/oci-artifact unpacked", "validate what was pushed", ended=1)
    assert artifact == list(RELEASES[RELEASES.index("0.17.0") : RELEASES.index("0.22.1")])
    for archive in ("docker 29/loaded-from-24", "ctr/zstd"):
        assert releases(archive, "validate", ended=1) == list(RELEASES)
        assert releases(archive, "pull", ended=0) == list(RELEASES)


def test_what_hangs_has_five_layers():
    hanging = {key for key, found in RESULTS.outcomes.items() if HANGS in found.values()}

    assert hanging
    for name, crane in hanging:
        assert crane.release == "0.21.6"
        content = ARCHIVES[name].content()
        (described,) = load_manifest(functools.partial(io.BytesIO, content), engine="python")
        assert len(described.layers) >= 5


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ({"digest": 0, "validate": 0, "push": 0, "pull": 0}, State.GOOD),
        ({"digest": 0, "validate": 1, "push": 0, "pull": 0}, State.INVALID),
        ({"push": 0, "digest": 0, "validate what was pushed": 1, "pull": 0}, State.INVALID),
        ({"digest": 0, "validate": 0, "push": 0, "pull": 1}, State.FAILS),
        ({"digest": 1, "validate": 1, "push": 1}, State.FAILS),
        ({"digest": 1, "digest app:1": 0, "validate": 1, "push": 1}, State.SEVERAL),
    ],
)
def test_what_the_steps_come_to(found, state):
    assert state_of({step: Outcome(code, "") for step, code in found.items()}) is state


@pytest.fixture
def tries(monkeypatch, tmp_path):
    """Two archives and two cranes that are not run; a list of what is."""
    made = {name: Archive(name, "archive", "", lambda: b"content") for name in ("a/1", "b/2")}
    cranes = [Crane("0.18.0", "go1.26"), Crane("0.22.1", "go1.26")]
    tried: list[tuple[str, str]] = []

    def run(program: Path, path: Path) -> dict[str, Outcome]:
        tried.append((path.name, program.name))
        return {"digest": Outcome(0, f"sha256:{program.name}")}

    results = tmp_path / "results.json"
    monkeypatch.setattr(matrix, "ARCHIVES", made)
    monkeypatch.setattr(matrix, "PATH", results)
    monkeypatch.setattr(matrix, "all_cranes", lambda: cranes)
    monkeypatch.setattr(matrix, "built", lambda crane: Path(crane.release))
    monkeypatch.setattr(matrix, "outcomes", run)
    return made, cranes, tried


def test_what_was_tried_is_not_tried_again(tries):
    _, _, tried = tries
    matrix.run("", again=False)
    assert sorted(tried) == [
        ("a-1.tar", "0.18.0"),
        ("a-1.tar", "0.22.1"),
        ("b-2.tar", "0.18.0"),
        ("b-2.tar", "0.22.1"),
    ]
    tried.clear()

    matrix.run("", again=False)
    assert tried == []

    matrix.run("b", again=True)
    assert sorted(tried) == [("b-2.tar", "0.18.0"), ("b-2.tar", "0.22.1")]


def test_an_archive_or_a_crane_that_is_new_is_tried(tries):
    made, cranes, tried = tries
    matrix.run("", again=False)
    tried.clear()
    made["a/1"] = replace(made["a/1"], content=lambda: b"changed")
    matrix.run("", again=False)
    assert sorted(tried) == [("a-1.tar", "0.18.0"), ("a-1.tar", "0.22.1")]
    tried.clear()

    cranes.append(Crane("0.19.0", "go1.26"))
    matrix.run("", again=False)
    assert sorted(tried) == [("a-1.tar", "0.19.0"), ("b-2.tar", "0.19.0")]


def test_it_goes_on_where_it_was_interrupted(tries, monkeypatch):
    _, _, tried = tries
    run = matrix.outcomes

    def interrupted(program: Path, path: Path) -> dict[str, Outcome]:
        if path.name == "b-2.tar":
            raise KeyboardInterrupt
        return run(program, path)

    with monkeypatch.context() as patched:
        patched.setattr(matrix, "outcomes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            matrix.run("", again=False)
    tried.clear()

    matrix.run("", again=False)
    assert sorted(tried) == [("b-2.tar", "0.18.0"), ("b-2.tar", "0.22.1")]
