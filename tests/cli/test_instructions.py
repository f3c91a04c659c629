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
from support import loaded_modules
from support.fake_engine import RECORDED

ARCHIVE = RECORDED["25.0.2"].archive("app-tag")
RUN = "import sys; sys.argv[0] = 'pyggcr'; from pyggcr.cli import main; main()"

# Millions. With CPython 3.11 they take 163, 45 and 215; the last one differs by 30, as it talks to
# a registry and waits in several threads.
LIMITS = {("digest", str(ARCHIVE)): 175, ("version",): 50, ("ls", "{host}/tests/app"): 260}


@pytest.mark.full
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the limits are those of Python 3.11")
@pytest.mark.parametrize("arguments", LIMITS, ids=lambda it: it[0])
def test_a_start_takes_few_instructions(arguments, tmp_path, require, go_engine):
    if shutil.which("valgrind") is None:
        require("valgrind", "valgrind is not installed")

    bare = _instructions(tmp_path, "-c", "pass")
    with loaded_modules.registry_with_images() as host:
        command = [it.format(host=host) for it in arguments]
        whole = _instructions(tmp_path, "-c", RUN, *command)

    assert whole - bare < LIMITS[arguments] * 1_000_000


def _instructions(folder: Path, *arguments: str) -> int:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder), "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    count = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    # Twice: the first run compiles modules. Without valgrind it would compile others, as valgrind's
    # processor has no instructions for SHA-256.
    for _ in range(2):
        ran = subprocess.run(count, env=environment, check=True, capture_output=True, text=True)
    found = re.search(r"refs: +([\d,]+)", ran.stderr)
    assert found is not None, ran.stderr
    return int(found[1].replace(",", ""))
