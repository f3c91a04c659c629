"""``pyggcr doctor`` in pipelines: baselines, codes that fail, annotations, the pre-commit hook."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def work(docker: Path, tmp_path: Path, monkeypatch) -> Path:
    """The working folder, with an archive that has findings."""
    shutil.copy(docker / "25.0.2" / "app-id.tar", tmp_path / "app.tar")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [("never", 0), ("PYG002", 1), ("index-manifests-null,PYG005", 1), ("PYG005", 0), ("PYG1", 2)],
)
def test_codes_and_names_can_fail(run, work, words, exit_code):
    assert run("doctor", "app.tar", "--fail-on", words).exit_code == exit_code


def test_only_new_findings_fail(run, work, docker):
    written = run("doctor", "app.tar", "--write-baseline", "known.json")
    assert written.exit_code == 0, written.output
    assert "PYG002" in written.output

    known = run("doctor", "app.tar", "--baseline", "known.json")
    assert (known.exit_code, known.stderr) == (0, "")
    assert known.stdout == "app.tar\n1 archive: 3 known\n"

    shutil.copy(docker / "25.0.2" / "app-tag.tar", work / "new.tar")
    new = run("doctor", ".", "--baseline", "known.json")
    assert new.exit_code == 1
    assert "PYG001" in new.stdout
    assert "PYG002" not in new.stdout
    assert new.stdout.endswith("2 archives: 1 warning, 1 info, 3 known\n")

    document = json.loads(run("doctor", ".", "--baseline", "known.json", "--json").stdout)
    by_path = {
        it["path"]: [found["known"] for found in it["findings"]] for it in document["archives"]
    }
    assert by_path == {"./app.tar": [True] * 3, "./new.tar": [False] * 2}


def test_what_is_gone_is_told_and_an_update_forgets_it(run, work, docker):
    assert run("doctor", "app.tar", "--write-baseline", "known.json").exit_code == 0
    shutil.copy(docker / "28.5.2-containerd-store" / "app-tag.tar", work / "app.tar")
    repaired = run(
        "doctor", "app.tar", "--baseline", "known.json", "--write-baseline", "known.json"
    )
    assert repaired.exit_code == 0
    assert "3 known findings of known.json not found any more" in repaired.stderr
    assert run("doctor", "app.tar", "--baseline", "known.json").stderr == ""


def test_an_unreadable_archive_fails_also_when_a_baseline_is_written(run, work):
    (work / "bad.tar").write_bytes(b"no tar")
    assert run("doctor", "bad.tar", "--write-baseline", "known.json").exit_code == 2


@pytest.mark.parametrize("content", [None, b"[]"])
def test_a_baseline_that_cannot_be_read_is_exit_code_2(run, work, content):
    if content is not None:
        (work / "known.json").write_bytes(content)
    result = run("doctor", "app.tar", "--baseline", "known.json")
    assert result.exit_code == 2
    assert "known.json" in result.stderr
    assert result.stdout == ""


def test_github_is_told_in_its_own_commands(run, work):
    result = run("doctor", "app.tar", "--format", "github")
    *commands, last = result.stdout.splitlines()
    assert result.exit_code == 1
    assert [re.match(r"::(\w+) file=app.tar,title=(PYG\d+)", it).groups() for it in commands] == [
        ("warning", "PYG001"),
        ("error", "PYG002"),
        ("notice", "PYG008"),
    ]
    assert last == "1 archive: 1 error, 1 warning, 1 info"


def test_two_forms_do_not_fit_on_standard_output(run, work):
    assert run("doctor", "app.tar", "--format", "github", "--json").exit_code == 2


def test_the_hook_fails_on_what_is_staged_and_passes_what_is_good(work, docker):
    """What pre-commit does with the hook: its entry, its arguments, the files that match."""
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    (entry,) = re.findall(r"^  entry: (.*)$", hooks, re.MULTILINE)
    (pattern,) = re.findall(r"files: '(.*)'", hooks)
    shutil.copy(docker / "28.5.2-containerd-store" / "app-tag.tar", work / "good.tar")
    (work / "notes.txt").write_text("no archive")
    staged = sorted(path.name for path in work.iterdir() if re.search(pattern, path.name))
    assert staged == ["app.tar", "good.tar"]

    program, *arguments = shlex.split(entry)
    assert program == "pyggcr"
    command = [sys.executable, "-m", "pyggcr", *arguments]
    done = subprocess.run([*command, *staged], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PYG002" in done.stdout
    done = subprocess.run([*command, "good.tar"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
