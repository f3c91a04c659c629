"""How many instructions a start takes beyond the interpreter's own, which no noise touches.

What a verb loads is in test_loaded_modules.py; this counts what loading and running it costs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.fake_engine import RECORDED

ARCHIVE = RECORDED["25.0.2"].archive("app-tag")
RUN = "import sys; sys.argv[0] = 'pyggcr'; from pyggcr.cli import main; main()"

# Millions. With CPython 3.11 they take 185 and 53.
LIMITS = {("digest", str(ARCHIVE)): 200, ("version",): 60}


@pytest.mark.full
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the limits are those of Python 3.11")
@pytest.mark.parametrize("arguments", LIMITS, ids=lambda it: it[0])
def test_a_start_takes_few_instructions(arguments, tmp_path, require, go_engine):
    if shutil.which("valgrind") is None:
        require("valgrind", "valgrind is not installed")

    bare = _instructions(tmp_path, "-c", "pass")
    whole = _instructions(tmp_path, "-c", RUN, *arguments)

    assert whole - bare < LIMITS[arguments] * 1_000_000


def _instructions(folder: Path, *arguments: str) -> int:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder), "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    # Once without counting: it compiles what is not compiled yet.
    subprocess.run(command, env=environment, check=True, capture_output=True)
    count = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    ran = subprocess.run(count, env=environment, check=True, capture_output=True, text=True)
    found = re.search(r"refs: +([\d,]+)", ran.stderr)
    assert found is not None, ran.stderr
    return int(found[1].replace(",", ""))
