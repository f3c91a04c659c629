"""docs/doctor.md agrees with the code: its table, the hook, its picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyggcr.cli.doctor import doctor, facts_of
from pyggcr.doctor import CATALOGUE, diagnose

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def test_the_table_has_every_code_with_its_name_and_severity():
    rows = re.findall(r"^\| (PYG\d{3}) \| ([a-z-]+) \| (\w+) \|", DOCUMENT, re.MULTILINE)
    assert rows == [(entry.code, entry.name, entry.severity) for entry in CATALOGUE.values()]


def test_the_hook_is_the_one_that_the_document_names():
    (name,) = re.findall(r"- id: (\S+)", HOOKS)
    assert f"- id: {name}\n" in DOCUMENT
    assert re.search(r"^  entry: pyggcr doctor$", HOOKS, re.MULTILINE)
    (arguments,) = re.findall(r"args: \[(.*)\]", DOCUMENT)
    assert doctor.parse([*arguments.split(", "), "a.tar"])["targets"] == ("a.tar",)


@pytest.mark.parametrize(
    ("name", "matches"),
    [("a.tar", True), ("b/a.tar.gz", True), ("a.tgz", True), ("a.tar.zst", True), ("tar", False)],
)
def test_the_hook_takes_archives(name, matches):
    (pattern,) = re.findall(r"files: '(.*)'", HOOKS)
    assert bool(re.search(pattern, name)) == matches


def test_the_picture_shows_what_is_said_today(monkeypatch):
    monkeypatch.chdir(ROOT)
    picture = (ROOT / "docs" / "pictures" / "doctor.svg").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", " ", picture).replace("&#160;", " ").replace("&lt;", "<")
    shown = " ".join(words.replace("&gt;", ">").replace("&#x27;", "'").split())
    for found in diagnose("tests/data/docker/25.0.2/app-id.tar", digests=True).findings:
        assert f"{found.code} {found.entry.name}" in shown
        for _, text in facts_of(found):
            assert " ".join(text.split()) in shown
