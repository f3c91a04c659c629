"""Generated sources are what ``python -m tools.generate`` writes today."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from pyggcr import aio, crane, daemon, remote, tarball, validate

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def ruff(require):
    """The generator formats what it writes."""
    if importlib.util.find_spec("ruff") is None:
        require("ruff", "ruff is not installed")


def test_generated_sources_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "-m", "tools.generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), "run `python -m tools.generate`"


def test_a_source_that_is_out_of_date_is_named(tmp_path, monkeypatch, capsys):
    from tools.generate import __main__ as program

    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text("changed by hand\n")
    new.write_text("generated\n")
    monkeypatch.setattr(program, "generated", lambda: {old: "generated\n", new: "generated\n"})
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert program.main() == 1
    assert capsys.readouterr().out == "old.py: out of date\n"
    assert old.read_text() == "changed by hand\n"
    monkeypatch.setattr(sys, "argv", ["generate"])
    assert program.main() == 0
    assert old.read_text() == "generated\n"


@pytest.mark.parametrize("module", [crane, daemon, remote, tarball, validate])
def test_aio_has_all_functions_that_wait_with_the_same_parameters(module):
    twin = getattr(aio, module.__name__.rpartition(".")[2])
    functions = {name for name in module.__all__ if inspect.isfunction(getattr(module, name))}
    functions -= {"loaded_images"}  # waits for nothing
    assert functions == {
        name for name in twin.__all__ if inspect.iscoroutinefunction(getattr(twin, name))
    }
    for name in functions:
        wanted = inspect.signature(getattr(module, name)).parameters
        got = inspect.signature(getattr(twin, name)).parameters
        assert list(got) == list(wanted)
        assert [it.kind for it in got.values()] == [it.kind for it in wanted.values()]
        assert [it.default for it in got.values()] == [it.default for it in wanted.values()]
