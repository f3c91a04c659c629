"""What the command line says of an installation without compiled parts."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

import pyggcr
from pyggcr.cli import installation, main

_REAL_WAS_BUILT = installation._was_built


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user who has an installation without the accelerator, and was never told."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PYGGCR_HINTS", raising=False)
    monkeypatch.delenv("PYGGCR_ACCELERATOR", raising=False)
    monkeypatch.setattr(installation, "_was_built", lambda: False)
    return tmp_path


def _said() -> str:
    terminal = Terminal()
    installation.warn_once(terminal)
    return terminal.getvalue()


def test_at_a_terminal_it_is_said_once() -> None:
    first = _said()

    assert first.startswith("pyggcr: hint: this installation has no C accelerator, ")
    assert first.count("\n") == 1
    assert "`pyggcr engines`" in first
    assert _said() == ""


def test_every_command_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "argv", ["pyggcr", "--version"])

    with pytest.raises(SystemExit):
        main()

    assert terminal.getvalue().startswith("pyggcr: hint: this installation has no C accelerator")


def test_elsewhere_nothing_is_said_and_nothing_remembered(user: Path) -> None:
    stream = io.StringIO()
    installation.warn_once(stream)

    assert stream.getvalue() == ""
    assert list(user.iterdir()) == []


@pytest.mark.parametrize("variable", ["PYGGCR_HINTS", "PYGGCR_ACCELERATOR"])
def test_a_variable_turns_it_off(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "0")

    assert _said() == ""


def test_with_the_accelerator_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_was_built", lambda: True)

    assert _said() == ""


def test_where_nothing_can_be_remembered_it_is_said_all_the_same(
    monkeypatch: pytest.MonkeyPatch, user: Path
) -> None:
    user.joinpath("cache").write_text("not a folder")

    assert _said() == _said() != ""


def test_the_file_of_the_module_is_what_counts() -> None:
    folder = Path(str(pyggcr.__file__)).parent / "_gostd"

    assert _REAL_WAS_BUILT() == bool(list(folder.glob("_accelerator.*")))


def test_advice_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyggcr._gostd.accelerator.why_missing", lambda: "there is no C compiler")

    (paragraph, *_) = installation.advice()

    assert paragraph.startswith("The C accelerator is missing: there is no C compiler. ")
    assert "apt install gcc python3-dev" in paragraph
    assert "--no-cache-dir --no-binary pyggcr pyggcr" in paragraph


def test_advice_for_who_turned_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYGGCR_ACCELERATOR", "0")
    monkeypatch.setattr("pyggcr._gostd.accelerator.why_missing", lambda: "turned off")

    (paragraph, *_) = installation.advice()

    assert paragraph.endswith("Unset PYGGCR_ACCELERATOR to use it.")
