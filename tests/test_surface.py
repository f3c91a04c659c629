"""How many of go-containerregistry's public names have a counterpart: none may be lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

COMPARE = Path(__file__).parent / "support" / "surface" / "compare.py"

# Raised by whoever adds some. What does not apply has its reason in names.toml.
PRESENT = 474
NOT_APPLICABLE = 99


def test_no_name_of_go_containerregistry_is_lost():
    run = subprocess.run(
        [sys.executable, COMPARE, sys.executable], capture_output=True, text=True, check=False
    )
    found = re.search(r"^(\d+)/\d+ present.*\((\d+) do not apply\)$", run.stdout, re.MULTILINE)
    assert found is not None, run.stderr
    assert int(found[1]) >= PRESENT, run.stdout
    assert int(found[2]) <= NOT_APPLICABLE
