"""docs/daemon.md tells the truth: its Python prints what stands below it, its commands run."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyggcr.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "daemon.md").read_text(encoding="utf-8")
BLOCKS = re.findall(
    r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", DOCUMENT, re.MULTILINE | re.DOTALL
)
COMMANDS = [
    command
    for command in re.findall(r"^pyggcr ([^#\n]*)", DOCUMENT, re.MULTILINE)
    if "registry.example.com" not in command
]


def test_the_python_prints_what_the_document_shows(engine, fake, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    namespace: dict[str, object] = {"__name__": "__main__"}
    assert len(BLOCKS) >= 4
    for code, output in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        assert printed.getvalue() == output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(request, fake, tmp_path, monkeypatch, command):
    if command.startswith("differential"):  # which compares the engines
        request.getfixturevalue("go_engine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    result = CliRunner().invoke(app, shlex.split(command))
    # The doctor has something to say of what 25.0.2 writes.
    assert result.exit_code == (1 if command.startswith("doctor") else 0), result.output
