"""The files around the code: the citation, issue forms, and the commands that they mention."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from pyggcr import __version__

ROOT = Path(__file__).parent.parent
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))

# Of the extra "test"; there are no types of it.
yaml: Any = importlib.import_module("yaml")


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))

    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_the_forge_accepts(path: Path):
    form = yaml.safe_load(path.read_text("utf-8"))

    if path.stem == "config":
        assert {"name", "url", "about"} == set(form["contact_links"][0])
        return
    assert {"name", "description", "body"} <= set(form)
    identifiers = [field["id"] for field in form["body"]]
    assert len(set(identifiers)) == len(identifiers)
    for field in form["body"]:
        assert field["type"] in ("textarea", "input", "dropdown")
        assert field["attributes"]["label"]
        assert (field["type"] == "dropdown") == ("options" in field["attributes"])


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"]
)
def test_the_make_targets_and_paths_that_a_page_names_exist(name: str):
    text = (ROOT / name).read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for target in re.findall(r"\bmake ([a-z-]+)", text):
        if f"`make {target}`" in text or f"    make {target}" in text:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"\b((?:docs|tests|tools|pyggcr|native)/[\w./-]*\w)", text):
        assert (ROOT / path).exists(), path
