"""The contract is for type checkers and readers: no command loads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"
ARCHIVE = str(DATA / "docker" / "25.0.2" / "app-tag.tar")

COMMAND = """
import sys
from pyggcr.cli import main
try:
    main()
finally:
    loaded = [name for name in sys.modules if name.startswith("pyggcr._contract")]
    print("loaded:", *loaded, file=sys.stderr)
"""

VERBS = [
    ["--help"],
    ["engines"],
    ["inspect", ARCHIVE],
    ["validate", ARCHIVE],
    ["doctor", ARCHIVE],
    ["digest", "--tarball", ARCHIVE],
]


def loaded_by(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True, timeout=120
    )
    assert "Error:" not in done.stderr, done.stderr
    return done.stderr.rpartition("loaded:")[2].strip()


@pytest.mark.parametrize("arguments", VERBS, ids=lambda it: it[0])
def test_a_verb_does_not_load_the_contract(arguments):
    assert loaded_by(*arguments) == ""


def test_verbs_for_registries_do_not_load_the_contract(engine):
    from pyggcr import registry

    with registry.serve(engine=engine) as served:
        pushed = loaded_by("push", ARCHIVE, f"{served.host}/app:1", "--engine", engine)
        listed = loaded_by("ls", f"{served.host}/app", "--engine", engine)
    assert (pushed, listed) == ("", "")
