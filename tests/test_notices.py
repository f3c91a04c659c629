"""Whoever gets pyggcr gets the licence of everything that is in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import notices

ROOT = Path(__file__).parents[1]

# Written for pyggcr from formats and specifications; they follow nobody's code.
OWN = {
    *(f"native/accelerator/{name}" for name in ("accelerator.h", "bits.h", "build.py", "crc32.c")),
    *(f"native/accelerator/{name}" for name in ("inflate.c", "memory.h", "selftest.py")),
    *(f"native/accelerator/{name}" for name in ("processor.c", "processor.h", "sha256.c")),
    *(f"native/accelerator/{name}" for name in ("sha256.h", "sha256_arm.c", "sha256_x86.c")),
    *(f"native/accelerator/{name}" for name in ("tar_walk.c", "xxhash64.c", "xxhash64.h")),
    *(f"pyggcr/_gostd/{name}.py" for name in ("__init__", "accelerator", "batches", "codecs")),
    *(
        f"pyggcr/_gostd/{name}.py"
        for name in ("compressor", "gzip_options", "gzip_profiles", "isprint")
    ),
    "pyggcr/_gostd/sha256.py",
    "pyggcr/_gostd/stream.py",
    *(f"pyggcr/_gostd/gzip/{name}.py" for name in ("__init__", "accelerated", "portable")),
    *(f"pyggcr/_gostd/gzip/{name}.py" for name in ("compiled_inflater", "window")),
    *(f"pyggcr/_gostd/tar/{name}.py" for name in ("__init__", "names", "quick", "walk")),
    *(f"pyggcr/_gostd/zstd/{name}.py" for name in ("__init__", "accelerated", "xxhash64")),
    "pyggcr/_gostd/json/__init__.py",
}


def _projects(text: str) -> set[str]:
    """The projects that a notices file names above the texts, with their versions."""
    headings = re.findall(r"^={100}\n((?:[^\n=]+: [^\n]+\n)+)={100}\n", text, re.MULTILINE)
    return {line.rsplit(": ", 1)[0] for heading in headings for line in heading.splitlines()}


def _sources() -> list[str]:
    found = [*ROOT.glob("pyggcr/_gostd/**/*.py"), *ROOT.glob("native/accelerator/*.[chp]*")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.suffix != ".pyc")


@pytest.fixture
def rendered(require: Callable[[str, str], None]) -> str:
    if shutil.which("go") is None:
        require("go", "there is no Go")
    return notices.rendered()


def test_every_linked_module_has_its_notice(rendered: str) -> None:
    assert _projects(notices.NOTICES.read_text("utf-8")) == _projects(rendered)
    assert {name.split()[0] for name in _projects(rendered)} >= notices.linked_modules()


def test_a_module_without_its_notice_is_found(rendered: str) -> None:
    without = re.sub(r"^github.com/docker/go-units .*\n", "", rendered, flags=re.MULTILINE)
    assert _projects(rendered) - _projects(without) == {"github.com/docker/go-units v0.5.0"}


@pytest.mark.parametrize("name", _sources())
def test_a_source_that_follows_gos_code_says_so(name: str) -> None:
    head = (ROOT / name).read_text("utf-8")[:300]
    assert (name in OWN) != ("All rights reserved." in head and "THIRD_PARTY_NOTICES" in head)


def test_sources_of_our_own_exist() -> None:
    assert set(_sources()) >= OWN
