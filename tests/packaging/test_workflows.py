"""Workflows, the action and the container image: they parse, and what they run is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
DOCKER = ROOT / "tests/data/docker"

pytestmark = pytest.mark.skipif(
    not (ROOT / ".github").is_dir(), reason="an sdist has no files for GitHub"
)


def _read(path: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document


def _steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in document["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestAWorkflow:
    def test_it_may_do_no_more_than_it_says(self, path: Path) -> None:
        assert _read(path)["permissions"] == {"contents": "read"}

    def test_every_action_has_a_version(self, path: Path) -> None:
        for step in _steps(_read(path)):
            if "uses" in step:
                assert re.search(r"@v\d+(\.\d+)*$", step["uses"]), step["uses"]

    def test_every_target_of_make_is_there(self, path: Path) -> None:
        targets = set(
            re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        )
        for step in _steps(_read(path)):
            for target in re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.MULTILINE):
                assert target in targets

    def test_workflows_that_it_calls_can_be_called(self, path: Path) -> None:
        for job in _read(path)["jobs"].values():
            if "uses" in job:
                called = _read(ROOT / job["uses"])
                triggers = called.get("on", called.get(True))  # YAML 1.1 reads on as a boolean
                assert "workflow_call" in triggers


def test_dependencies_of_every_kind_are_watched() -> None:
    updates = _read(ROOT / ".github/dependabot.yml")["updates"]

    found = {update["package-ecosystem"]: update["directory"] for update in updates}
    assert found["pip"] == found["github-actions"] == "/"
    assert (ROOT / found["gomod"].strip("/") / "go.mod").is_file()


def test_actionlint_finds_nothing() -> None:
    program = shutil.which("actionlint") or shutil.which(str(Path.home() / "go/bin/actionlint"))
    if program is None:
        pytest.skip(
            "there is no actionlint (go install github.com/rhysd/actionlint/cmd/actionlint)"
        )

    done = subprocess.run([program, *WORKFLOWS], capture_output=True, text=True, check=False)

    assert done.stdout == ""


class TestTheAction:
    """Its shell steps, run as a runner does; the installation is this one."""

    @pytest.fixture
    def doctor(self, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
        action = _read(ROOT / "action.yml")
        (step,) = (step for step in action["runs"]["steps"] if step.get("id") == "doctor")
        commands = tmp_path / "pyggcr/bin"
        commands.mkdir(parents=True)
        script = commands / "pyggcr"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m pyggcr "$@"\n')
        script.chmod(0o755)

        def run(archives: str, fail_on: str = "error") -> subprocess.CompletedProcess[str]:
            environment = {
                **os.environ,
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "PYTHONPATH": str(ROOT),
                "ARCHIVES": archives,
                "FAIL_ON": fail_on,
            }
            return subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=DOCKER,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

        return run

    def test_a_good_archive_passes(self, doctor: Callable[..., Any], tmp_path: Path) -> None:
        done = doctor("24.0.7/app-tag.tar\n")

        assert (done.returncode, done.stderr) == (0, "")
        report = tmp_path / "pyggcr.sarif"
        assert (tmp_path / "output").read_text() == f"report={report}\n"
        assert '"version": "2.1.0"' in report.read_text()

    def test_a_bad_one_fails_with_an_annotation(self, doctor: Callable[..., Any]) -> None:
        done = doctor("24.0.7/app-tag.tar\n28.5.2-containerd-store/app-loaded-from-*.tar\n")

        assert done.returncode == 1
        assert "::error file=28.5.2-containerd-store/app-loaded-from-24.tar" in done.stdout

    def test_no_archive_at_all_is_an_error(self, doctor: Callable[..., Any]) -> None:
        done = doctor("nothing-*.tar\n")

        assert done.returncode == 2
        assert done.stdout == "::error::no archive matches: nothing-*.tar\n\n"

    def test_every_input_is_used(self) -> None:
        text = (ROOT / "action.yml").read_text("utf-8")

        for name in _read(ROOT / "action.yml")["inputs"]:
            assert f"${{{{ inputs.{name} }}}}" in text


def test_the_container_image_takes_its_wheels_from_dist() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")

    assert "COPY dist/*.whl" in text
    assert (ROOT / ".dockerignore").read_text("utf-8") == "*\n!dist/*.whl\n"
