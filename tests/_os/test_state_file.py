"""State files: resumed, refused where they are another's, damaged or in use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyggcr._os.state_file import StateFile
from pyggcr.errors import StateError

SCHEMA = "CREATE TABLE done (name TEXT PRIMARY KEY)"


def opened(path: Path | None, *, application: int = 7, version: int = 1) -> StateFile:
    return StateFile(path, what="a test", application=application, version=version, schema=SCHEMA)


def names(state: StateFile) -> list[str]:
    return [name for (name,) in state.ask("SELECT name FROM done ORDER BY name")]


def test_what_was_written_is_there_again(tmp_path: Path):
    with opened(tmp_path / "s") as state, state.transaction():
        state.do("INSERT INTO done VALUES (?)", ["a"])
    with opened(tmp_path / "s") as state:
        assert names(state) == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path):
    with opened(tmp_path / "s") as state:
        with pytest.raises(ValueError, match="stop"), state.transaction():
            state.do("INSERT INTO done VALUES ('a')")
            raise ValueError("stop")
        assert names(state) == []


def test_without_a_path_nothing_is_left():
    with opened(None) as state, state.transaction():
        state.do("INSERT INTO done VALUES ('a')")
        assert names(state) == ["a"]


def test_what_was_written_before_a_kill_is_there(tmp_path: Path):
    code = (
        "import os, sys; from pyggcr._os.state_file import StateFile\n"
        f"s = StateFile(sys.argv[1], what='a test', application=7, version=1, schema={SCHEMA!r})\n"
        "with s.transaction(): s.do(\"INSERT INTO done VALUES ('a')\")\n"
        "s.do('BEGIN IMMEDIATE'); s.do(\"INSERT INTO done VALUES ('b')\")\n"
        f"os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s")], check=False)
    assert run.returncode == -signal.SIGKILL
    with opened(tmp_path / "s") as state:
        assert names(state) == ["a"]


def test_a_second_process_is_refused(tmp_path: Path):
    with opened(tmp_path / "s"), pytest.raises(StateError, match="in use by another process"):
        opened(tmp_path / "s")


@pytest.mark.parametrize(
    ("options", "said"),
    [({"application": 8}, "is not the state of a test"), ({"version": 2}, "another version")],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, options: dict[str, int], said: str):
    opened(tmp_path / "s").close()
    with pytest.raises(StateError, match=said):
        opened(tmp_path / "s", **options)


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(StateError, match="s is damaged|is not the state"):
        opened(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == content


def test_damage_inside_is_told(tmp_path: Path):
    path = tmp_path / "s"
    with opened(path) as state, state.transaction():
        for number in range(2000):
            state.do("INSERT INTO done VALUES (?)", [f"name {number}"])
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with opened(path) as state, pytest.raises(StateError, match="is damaged"):
        names(state)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(StateError, match="unable to open"):
        opened(tmp_path / "no" / "s")
