"""``pyggcr sync``: what it prints, and its exit codes."""

from __future__ import annotations

import json
import re

import pytest
from support.command_runner import CliRunner

from pyggcr import crane, random, registry
from pyggcr.cli import app


@pytest.fixture
def run():
    def run(*arguments: object, stdin: str | None = None):
        return CliRunner().invoke(app, ["sync", *map(str, arguments)], input=stdin)

    return run


@pytest.fixture
def host():
    with registry.serve(engine="python") as server:
        crane.push(random.image(10, 1, source=1), f"{server.host}/app:1")
        yield server.host


@pytest.fixture
def file(tmp_path, host):
    path = tmp_path / "sync.yaml"
    path.write_text(f"version: 1\nsync:\n- {{image: '{host}/app:1', to: '{host}/copy'}}\n")
    return path


def test_what_is_done_is_printed(run, file, host):
    line = f"{host}/app:1 -> {host}/copy:1  {crane.digest(f'{host}/app:1')}\n"
    dry = run(file, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, f"copy     {line}1 to copy\n")
    done = run(file)
    assert (done.exit_code, done.stdout) == (0, f"copied   {line}1 copied\n")
    again = run(file, "--json")
    document = json.loads(again.stdout)
    assert (again.exit_code, document["counts"]["present"], document["dry_run"]) == (0, 1, False)
    (image,) = document["images"]
    assert image == {
        "action": "present",
        "source": f"{host}/app:1",
        "target": f"{host}/copy:1",
        "digest": crane.digest(f"{host}/app:1"),
        "attached": 0,
        "error": None,
    }


def test_a_failure_is_exit_code_1_and_the_rest_is_copied(run, file, host):
    with file.open("a") as opened:
        opened.write(f"- {{image: '{host}/missing:1', to: '{host}/copy'}}\n")
    result = run(file, "--jobs", 1)
    assert result.exit_code == 1
    assert re.search(
        rf"^failed   {host}/missing:1 -> {host}/copy:1: .*another entry",
        result.stdout,
        re.MULTILINE,
    )
    assert result.stdout.endswith("1 copied, 1 failed\n")


def test_a_mistake_is_exit_code_2_and_one_line(run, file):
    file.write_text(file.read_text().replace("sync:", "synk:"))
    for options in ((), ("--check",), ("--dry-run",)):
        result = run(file, *options)
        assert result.exit_code == 2
        assert result.stderr == (
            f"pyggcr: {file}:2: there is no key 'synk' here; did you mean sync?\n"
        )


def test_check_asks_nobody(run):
    text = "version: 1\nsync: [{image: 'localhost:1/app:1', to: 'localhost:1/b'}]\n"
    result = run("--check", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (0, "-: 1 entry\n")
    assert json.loads(run("--check", "-", "--json", stdin=text).stdout)["entries"] == 1


def test_the_schema_is_printed(run):
    assert json.loads(run("--schema").stdout)["title"] == "pyggcr sync"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("missing.yaml",),
        ("--schema", "x.yaml"),
        ("--check", "--dry-run", "x.yaml"),
        ("--dry-run", "--state", "s", "x.yaml"),
        ("--platform", "linux/amd64", "x.yaml"),
        ("--jobs", "0", "x.yaml"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("pyggcr: ")
