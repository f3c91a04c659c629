"""The documentation site has every page and every public module, and its links are rewritten."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pyggcr
from tools.site import links, pages
from tools.site.docstrings import prepared

ROOT = Path(__file__).parents[2]
NAVIGATION = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]


def test_every_page_is_in_the_navigation() -> None:
    listed = {*re.findall(r"([\w/.-]+\.md)$", NAVIGATION, re.MULTILINE)}
    files = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    # The hook adds the decisions.
    files = {path for path in files if not path.startswith("decisions/")}

    assert listed == {*files, pages.START}


def test_every_public_module_has_a_page() -> None:
    modules = pages.public_modules()

    assert modules[0] == "pyggcr"
    assert {f"pyggcr.{name}" for name in _modules_of(pyggcr)} <= {*modules}
    assert all(hasattr(importlib.import_module(module), "__all__") for module in modules)
    assert not any(part.startswith("_") for module in modules for part in module.split("."))


def _modules_of(package) -> list[str]:
    exported = [name for name in package.__all__ if not name.startswith("_")]
    return [name for name in exported if (ROOT / "pyggcr" / name).is_dir() or _is_file(name)]


def _is_file(name: str) -> bool:
    return (ROOT / "pyggcr" / f"{name}.py").is_file()


@pytest.mark.parametrize(
    ("page", "written", "on_the_site"),
    [
        ("index.md", "[a](docs/cli.md#x)", "[a](cli.md#x)"),
        ("index.md", "![a](docs/pictures/doctor.svg)", "![a](pictures/doctor.svg)"),
        ("index.md", "[a](LICENSE)", "a"),
        ("testing.md", "[a](../CONTRIBUTING.md)", "[a](CONTRIBUTING.md)"),
        ("how-to/ci.md", "[a](../../CONTRIBUTING.md)", "[a](../CONTRIBUTING.md)"),
        ("how-to/ci.md", "[a](../../README.md)", "[a](../index.md)"),
        ("how-to/ci.md", "[a](../cli.md)", "[a](../cli.md)"),
        ("testing.md", "[a](../tests/conftest.py)", "a"),
        ("testing.md", "[a](https://example.com) [b](#x)", "[a](https://example.com) [b](#x)"),
        ("testing.md", "```\n[a](../no.md)\n```", "```\n[a](../no.md)\n```"),
    ],
)
def test_links_are_rewritten_for_the_site(page: str, written: str, on_the_site: str) -> None:
    assert pages.rewrite_links(written, page) == on_the_site


def test_examples_become_blocks_and_entries_have_one_name() -> None:
    docstring = "Add.\n\nArgs:\n    a, b: What to add,\n        twice.\n\n>>> 1\n1\n\nEnd."

    assert prepared(docstring) == (
        "Add.\n\nArgs:\n    a: What to add,\n        twice.\n"
        "    b: What to add,\n        twice.\n\n"
        "```pycon\n>>> 1\n1\n```\n\nEnd."
    )


def test_broken_links_of_a_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="#here"></a><a href="#gone"></a><a href="b.html#x"></a>'
        '<a href="c.html"></a><img src="https://example.com/a.png">'
    )
    (tmp_path / "b.html").write_text("<p>")

    assert list(links.problems(tmp_path)) == [
        "a.html: loads https://example.com/a.png",
        "a.html: #gone: no such anchor",
        "a.html: b.html#x: no such anchor",
        "a.html: c.html: no such file",
    ]


@pytest.mark.full
def test_the_site_is_built_without_a_warning(tmp_path: Path, require) -> None:
    for module in ("material", "mkdocstrings"):
        if importlib.util.find_spec(module) is None:
            require("mkdocs", f"{module} is not installed (the extra docs)")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )

    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert list(links.problems(tmp_path)) == []
    start = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1" in start
    reference = (tmp_path / "reference" / "pyggcr.remote.html").read_text(encoding="utf-8")
    assert "list_tags" in reference
    assert "TYPE_CHECKING" not in reference  # no name of anybody's
