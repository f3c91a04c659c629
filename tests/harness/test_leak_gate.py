"""The leak gate, tried on tests that leak and on tests that do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILE = "open('/dev/null', 'rb', buffering=0)"

LEAKS = {
    "descriptor of /dev/null": "import os\nkept.append(os.open('/dev/null', os.O_RDONLY))",
    "thread sleeper": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), name='sleeper', daemon=True).start()"
    ),
    "2 handles of the Go engine": (
        "import sys, types\n"
        "library = types.SimpleNamespace(loaded=lambda: True)\n"
        "handle = types.SimpleNamespace(open_handles=lambda: 2)\n"
        "sys.modules.update({'pyggcr._go.library': library, 'pyggcr._go.handle': handle})"
    ),
}

CLEAN = {
    "a file that only the collector closes": f"cycle = [{FILE}]\ncycle.append(cycle)",
    "a thread that ends a little later": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(0.2,)).start()"
    ),
}


def run_test_with(body: str, folder: Path, *, patience: float = 30) -> str:
    """Run a test of this body with the suite's leak gate; what pytest printed."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    setup = f"from support import leak_gate\n\nleak_gate.PATIENCE = {patience}\nkept = []\n"
    (folder / "test_it.py").write_text(f"{setup}\ndef test_it():\n{lines}\n")
    plugins = ("-p", "support.leak_gate", "-p", "no:cacheprovider")
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", *plugins, "test_it.py"),
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}",
            "PYTEST_DEBUG_TEMPROOT": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("what", LEAKS)
def test_a_test_that_leaks_fails_and_is_told_what(what: str, tmp_path: Path) -> None:
    printed = run_test_with(LEAKS[what], tmp_path, patience=0.5)

    assert "1 passed, 1 error" in printed
    assert f"the test left behind: {what}" in printed


@pytest.mark.parametrize("what", CLEAN)
def test_what_goes_away_by_itself_is_no_leak(what: str, tmp_path: Path) -> None:
    printed = run_test_with(CLEAN[what], tmp_path)

    assert "1 passed" in printed
    assert "error" not in printed
