"""docs/cli.md says which exit codes each command has, and every command keeps to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.command_runner import CliRunner

from pyggcr.cli import app
from pyggcr.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
DOCKER = ROOT / "tests" / "data" / "docker"
DROP_INS = ("crane", "gcrane")

_NAMES = re.compile(r"^\| ((?:`[a-z]+`(?:, )?)+) \|", re.MULTILINE)


def run(*arguments: object, stdin: str | None = None):
    return CliRunner().invoke(app, [*map(str, arguments)], input=stdin)


def test_every_command_is_in_the_table_once():
    section = DOCUMENT.partition("## Exit codes")[2].partition("\n## ")[0]
    listed = [name for names in _NAMES.findall(section) for name in re.findall("[a-z]+", names)]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("command", [it for it in COMMANDS if it not in DROP_INS])
def test_wrong_usage_is_2(command):
    result = run(command, "--no-such-option")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_is_0(command):
    assert run(command, "--help").exit_code == 0


@pytest.mark.parametrize(
    "command", ["inspect", "validate", "digest", "manifest", "config", "layers", "files", "doctor"]
)
def test_what_cannot_be_read_is_2(command, tmp_path):
    assert run(command, tmp_path / "missing.tar").exit_code == 2


def test_what_is_found_is_1(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with_findings = DOCKER / "25.0.2" / "app-id.tar"
    clean = DOCKER / "28.5.2-containerd-store" / "app-tag.tar"
    sync = "version: 1\nsync: [{image: 'localhost:1/a:1', to: 'localhost:1/b'}]"
    assert run("doctor", clean).exit_code == 0
    assert run("doctor", with_findings).exit_code == 1
    assert run("diff", clean, clean).exit_code == 0
    assert run("diff", clean, with_findings).exit_code == 1
    assert run("auth", "get", "registry.example.com").exit_code == 1
    pytest.importorskip("yaml")
    assert run("sync", "-", stdin=sync).exit_code == 1
    assert run("sync", "--check", "-", stdin=sync).exit_code == 0
