"""``pyggcr differential`` on folders and on made archives: what it prints, and its exit codes."""

from __future__ import annotations

import functools
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_runner import Result
from support.processes import children, started

from pyggcr.differential import campaign

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("go_engine")


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python engine that has the digest of most images wrong."""
    planted = functools.partial(campaign.Campaign, judge="support.planted:differing")
    monkeypatch.setattr(campaign, "Campaign", planted)


def test_made_archives_are_compared(run: Run) -> None:
    result = run("differential", "--generate", 20, "--seed", 3, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["seed"] == 3
    assert document["cases"] == 20
    assert document["answers"] > 100
    assert document["findings"] == []
    assert document["interrupted"] is False


def test_without_a_seed_one_is_drawn_and_shown(run: Run) -> None:
    facts = dict(
        line.split(None, 1) for line in run("differential", "--generate", 1).stdout.splitlines()
    )

    assert int(facts["seed"]) >= 0
    assert facts["archives"] == "1 of 1"
    assert facts["verdict"] == "equal"


def test_a_folder_is_compared_archive_by_archive(run: Run, docker: Path) -> None:
    result = run("differential", docker / "28.5.2", "--jobs", 2, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["folder"] == str(docker / "28.5.2")
    assert document["cases"] == len(list((docker / "28.5.2").rglob("*.tar")))


@pytest.mark.usefixtures("faulty")
def test_findings_are_exit_code_1_and_are_written_down(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"

    result = run("differential", "--generate", 4, "--seed", 1, "--out", out, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 1
    reports = [Path(finding["report"]) for finding in document["findings"]]
    assert sorted(reports) == sorted(out.iterdir())
    assert document["findings"][0]["first"]["python"] == "faulty"
    assert all((report / "archive.tar").stat().st_size > 0 for report in reports)


@pytest.mark.usefixtures("faulty")
def test_a_case_can_be_had_alone(run: Run) -> None:
    whole = json.loads(run("differential", "--generate", 4, "--seed", 1, "--json").stdout)
    number = whole["findings"][0]["case"]

    alone = json.loads(
        run("differential", "--generate", 1, "--seed", 1, "--case", number, "--json").stdout
    )

    assert alone["cases"] == 1
    assert alone["findings"] == [{**whole["findings"][0], "met": 1}]


@pytest.mark.usefixtures("faulty")
def test_people_see_findings_and_how_to_get_more(run: Run) -> None:
    result = run("differential", "--generate", 4, "--seed", 1)

    assert "first call  digest" in result.stdout
    assert "python      faulty" in result.stdout
    assert result.stderr == "pyggcr: hint: --out DIR writes a small archive of each finding\n"


def test_a_folder_of_nothing_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    result = run("differential", tmp_path)

    assert result.exit_code == 2
    assert result.stderr == f"pyggcr: no archive below {tmp_path}\n"


def test_a_folder_that_no_engine_can_read_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"garbage" * 1000)

    result = run("differential", tmp_path, "--json")

    assert json.loads(result.stdout)["refused"] == 1
    assert result.exit_code == 2
    assert result.stderr == f"pyggcr: no archive below {tmp_path} can be read by either engine\n"


def test_one_bad_archive_does_not_spoil_a_folder(run: Run, docker: Path, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"garbage" * 1000)
    shutil.copy(docker / "28.5.2/app-tag.tar", tmp_path)

    result = run("differential", tmp_path, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (document["cases"], document["refused"]) == (2, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--generate", 1, "archive.tar"),
        ("--generate", 1, "--tag", "app:1"),
        (".", "--tag", "app:1"),
        (".", "--seed", 1),
        (".", "--case", 1),
        ("archive.tar", "--jobs", 2),
        ("archive.tar", "--out", "out"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(run: Run, arguments: tuple) -> None:
    result = run("differential", *arguments)

    assert result.exit_code == 2
    assert result.stderr.endswith("differential --help')\n")
    assert result.stdout == ""


def test_ctrl_c_shows_what_there_is() -> None:
    command = [sys.executable, "-m", "pyggcr", "differential", "--generate", "1000000", "--json"]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        _wait_for_child(process.pid)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    document = json.loads(stdout)
    assert document["interrupted"] is True
    assert document["findings"] == []
    assert (process.returncode, stderr) == (130, "")


def _wait_for_child(pid: int) -> None:
    if not Path(f"/proc/{pid}/task/{pid}/children").exists():
        pytest.skip("no /proc that lists the children of a process")
    deadline = time.monotonic() + 120
    while not children(pid):
        assert time.monotonic() < deadline, "no worker was started"
        time.sleep(0.02)
