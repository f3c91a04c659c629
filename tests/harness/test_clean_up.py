"""How pytest's own clean-up of old temporary folders ends with the suite's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

CONFTEST = """
import os

rmdir = os.rmdir


def disturbed(path, *args, **kwargs):
    if "garbage-" in str(path):
        raise OSError(39, "Directory not empty", path)
    rmdir(path, *args, **kwargs)


os.rmdir = disturbed
"""


def test_a_folder_that_another_run_removes_too_does_not_fail_this_one(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / "pytest-of-root" / f"pytest-{number}").mkdir(parents=True)
    for folder in (tmp_path / "pytest-of-root", *(tmp_path / "pytest-of-root").iterdir()):
        folder.chmod(0o700)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text("def test_it(tmp_path): pass\n")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", PYPROJECT)

    done = subprocess.run(
        [*map(str, command), "test_it.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DEBUG_TEMPROOT": str(tmp_path), "LOGNAME": "root"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 passed" in done.stdout
    assert "(rm_rf) error removing" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
