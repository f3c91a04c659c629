"""The Makefile works without compilers, and builds again once there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TOOLS = ("sh", "make", "tr", "cksum", "cut", "sed", "dirname")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder for PATH that has what the Makefile needs, but no compiler."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in _TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"there is no {name}")
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(sys.executable)
    return folder


def _stamp(path: Path, **variables: str) -> str:
    """The file that says what was installed, as ``make test`` would write it."""
    kept = {key: value for key, value in os.environ.items() if key not in ("CC", "MAKEFLAGS")}
    done = subprocess.run(
        [path / "make", "-n", "test", f"VENV={path.parent / 'venv'}"],
        cwd=ROOT,
        env={**kept, "PATH": str(path), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    (found,) = re.findall(r"^touch (\S*/\.ready-\S+)$", done.stdout, re.MULTILINE)
    return str(found)


def _add(path: Path, name: str) -> None:
    program = path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


@pytest.mark.parametrize("program", ["gcc", "clang", "cc", "go"])
def test_a_compiler_that_was_installed_since_makes_it_build_again(path: Path, program: str) -> None:
    without = _stamp(path)
    assert _stamp(path) == without

    _add(path, program)

    assert _stamp(path) != without


def test_cc_decides_if_it_is_set(path: Path) -> None:
    without = _stamp(path, CC="no-such-compiler")

    _add(path, "gcc")
    assert _stamp(path, CC="no-such-compiler") == without
    assert _stamp(path, CC="gcc") != without


def test_what_is_asked_for_is_part_of_it(path: Path) -> None:
    assert _stamp(path, PYGGCR_NATIVE="0") != _stamp(path)
