"""``pyggcr differential``: both engines on one archive.

The engines themselves are compared elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.command_runner import Result

import pyggcr

if TYPE_CHECKING:
    from pyggcr.differential import Observation

Run = Callable[..., Result]

PLAIN = "28.5.2/app-tag.tar"


@pytest.fixture(autouse=True)
def _both_engines() -> None:
    for info in pyggcr.engines().values():
        if not info.available:
            pytest.skip(info.reason)


@pytest.fixture
def disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python engine that calls each image ``faulty``."""
    from pyggcr.differential.observing import observe_path

    def faulty(*arguments: Any, engine: str, **options: Any) -> Observation:
        observation = observe_path(*arguments, engine=engine, **options)
        return replace(observation, media_type="faulty") if engine == "python" else observation

    monkeypatch.setattr("pyggcr.differential.comparison.observe_path", faulty)


def test_every_way_to_open_the_archive_is_compared(run: Run, docker: Path) -> None:
    result = run("differential", docker / "28.5.2/twotags.tar", "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [each["tag"] for each in document["comparisons"]] == [
        None,
        "onelayer:1",
        "registry.example.com:5000/team/one:v2",
    ]
    assert all(each["equal"] and each["same_gzip"] for each in document["comparisons"])


def test_a_tag_restricts_it(run: Run, docker: Path) -> None:
    result = run("differential", docker / "28.5.2/multi.tar", "--tag", "dup:1", "--json")

    assert [each["tag"] for each in json.loads(result.stdout)["comparisons"]] == ["dup:1"]


def test_people_see_a_line_for_each(run: Run, docker: Path) -> None:
    result = run("differential", docker / PLAIN)

    header, *lines = result.stdout.splitlines()
    assert header.split() == ["tag", "verdict", "compared", "left_out", "go_gzip", "python_gzip"]
    assert [line.split("  ")[0] for line in lines] == ["(no tag)", "app:1"]
    assert all("equal" in line for line in lines)


@pytest.mark.usefixtures("disagreement")
def test_a_difference_is_exit_code_1(run: Run, docker: Path) -> None:
    result = run("differential", docker / PLAIN, "--tag", "app:1", "--json")

    (comparison,) = json.loads(result.stdout)["comparisons"]
    assert result.exit_code == 1
    assert comparison["equal"] is False
    assert comparison["differences"] == [
        {
            "where": "media_type",
            "go": "application/vnd.docker.distribution.manifest.v2+json",
            "python": "faulty",
            "go_class": "",
            "python_class": "",
        }
    ]


@pytest.mark.usefixtures("disagreement")
def test_people_see_what_each_engine_says(run: Run, docker: Path) -> None:
    lines = run("differential", docker / PLAIN, "--tag", "app:1").stdout.splitlines()

    facts = dict(line.split(None, 1) for line in lines if len(line.split(None, 1)) == 2)
    assert facts["where"] == "media_type"
    assert facts["python"] == "faulty"


def test_other_gzip_is_left_out_with_its_reason(run: Run, docker: Path) -> None:
    profile = pyggcr.engines()["go"].gzip_profile
    other = "go1.27" if profile == "go1.26" else "go1.26"

    result = run(
        "differential", docker / PLAIN, "--tag", "app:1", "--gzip-profile", other, "--json"
    )

    (comparison,) = json.loads(result.stdout)["comparisons"]
    assert result.exit_code == 0
    assert comparison["gzip_profiles"] == {"go": profile, "python": other}
    assert comparison["equal"]
    assert not comparison["same_gzip"]
    assert {"where": "digest", "reason": f"gzip profiles differ: go {profile}, python {other}"} in (
        comparison["left_out"]
    )


def test_people_read_why_something_is_left_out(run: Run, docker: Path) -> None:
    profile = pyggcr.engines()["go"].gzip_profile
    other = "go1.27" if profile == "go1.26" else "go1.26"

    result = run("differential", docker / PLAIN, "--gzip-profile", other)

    assert f"left out  gzip profiles differ: go {profile}, python {other}" in result.stdout


def test_an_archive_that_both_refuse_is_agreed_on_but_cannot_be_read(
    run: Run, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.tar"
    garbage.write_bytes(b"garbage" * 1000)

    result = run("differential", garbage, "--json")

    (comparison,) = json.loads(result.stdout)["comparisons"]
    assert comparison["equal"]
    assert result.exit_code == 2
    assert "garbage.tar is text" in result.stderr


def test_an_engine_that_is_not_there_is_exit_code_2(
    run: Run, docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    infos = pyggcr.engines()
    missing = replace(infos["go"], available=False, reason="no library")
    monkeypatch.setattr("pyggcr.engine.engines", lambda: {**infos, "go": missing})

    result = run("differential", docker / PLAIN)

    assert result.exit_code == 2
    assert result.stderr == (
        "pyggcr: comparing needs both engines, but go is not available: no library\n"
    )
