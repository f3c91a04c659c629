"""The manual pages: in step with the commands, and such that man shows them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from pyggcr.cli import app
from pyggcr.cli.reader.man_page import pages
from tools.man_pages import FOLDER, main

# What man and mandoc know of the macros of man(7), as far as it is used.
_REQUESTS = (".TH", ".SH", ".PP", ".TP", ".B", ".BR")


def test_they_are_in_step_with_the_commands() -> None:
    assert main(["--check"]) == 0


def test_a_page_of_every_command() -> None:
    names = {path.stem for path in FOLDER.glob("*.1")}
    assert {"pyggcr", "pyggcr-digest", "pyggcr-index", "pyggcr-index-append"} <= names


@pytest.mark.parametrize("page", [pytest.param(text, id=name) for name, text in pages(app)])
def test_every_line_is_text_or_a_request_that_man_knows(page: str) -> None:
    lines = page.splitlines()

    assert lines[0].startswith(".TH ")
    assert lines[1] == ".SH NAME"
    assert re.fullmatch(r"pyggcr\S* \\- \S.*", lines[2])
    for line in lines:
        assert line
        assert not line.startswith("'")
        assert not line.startswith(".") or line.split()[0] in _REQUESTS
        assert not re.search(r"\\(?![-e&]|\[u[0-9A-F]{4}\])", line)


def test_groff_takes_them_without_a_warning() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("no groff")
    pages = sorted(FOLDER.glob("*.1"))
    done = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8", "-P-cbu", *map(str, pages)],
        capture_output=True,
        check=True,
    )

    assert done.stderr == b""
    text = done.stdout.decode()
    assert "--no-descriptions" in text
    assert "pyggcr-digest - Print the digest of the manifest" in text
