"""Every link in a Markdown file of the repository has its target, and every anchor a heading."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def links(text: str) -> list[str]:
    """The relative links of a page, without those in blocks of code."""
    return [link for link in _LINK.findall(_FENCE.sub("", text)) if ":" not in link]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub makes of the headings of a page."""
    return anchors_of(page.read_text(encoding="utf-8"))


def anchors_of(text: str) -> frozenset[str]:
    found: list[str] = []
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        repeated = sum(1 for it in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", it))
        found.append(f"{slug}-{repeated}" if repeated else slug)
    return frozenset(found)


def broken(page: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere."""
    missing = []
    for link in links(text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and anchor not in (anchors(target) if path else anchors_of(text))
        ):
            missing.append(link)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda it: str(it.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_found() -> None:
    text = "# One two\n[a](#one-two) [b](#three) [c](docs/cli.md) [d](docs/cli.md#x) [e](no.md)"

    assert broken(ROOT / "README.md", text) == ["#three", "docs/cli.md#x", "no.md"]


def test_there_are_links_to_check() -> None:
    assert sum(len(links(page.read_text(encoding="utf-8"))) for page in PAGES) > 150
