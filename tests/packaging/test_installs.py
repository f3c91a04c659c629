"""What was installed does the main job, with the engines that it should have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.building import Environment, Wheel, environment, path_without_go, run

pytestmark = pytest.mark.packaging

DATA = Path(__file__).parents[1] / "data"
ARCHIVE = DATA / "docker" / "25.0.2" / "app-tag.tar"

BuildWheel = Callable[[Environment], Wheel]
Install = Callable[..., Path]


def engines(commands: Path) -> dict[str, dict[str, Any]]:
    """What the installed package says of its engines."""
    told = json.loads(run(commands / "pyggcr", "engines", "--json", env=environment()))
    return {engine["name"]: engine for engine in told["engines"]}


def digest(commands: Path, engine: str, *options: str) -> str:
    """The digest of the archive, from the installed command."""
    command = (commands / "pyggcr", "digest", ARCHIVE, "--engine", engine, *options)
    return run(*command, env=environment()).strip()


def expected_digest(profile: str) -> str:
    """What go-containerregistry says when it was built by a Go of this gzip profile."""
    release = {"go1.26": "1.26.6", "go1.27": "1.27.3"}[profile.partition("-")[0]]
    text = (DATA / "golden" / f"head-go{release}.json").read_text(encoding="utf-8")
    observed: dict[str, Any] = json.loads(text)["archives"]["docker/25.0.2/app-tag.tar"]
    return str(observed["app:1"]["digest"])


def assert_both_engines_work(commands: Path) -> None:
    """Both engines are there and give the digest that is known; validate and diff find no fault."""
    told = engines(commands)
    assert [name for name, engine in told.items() if engine["available"]] == ["go", "python"]
    assert told["python"]["accelerators"]["deflate"] == "c"
    expected = expected_digest(told["go"]["gzip_profile"])
    assert digest(commands, "go") == digest(commands, "python") == expected
    for engine in told:
        run(commands / "pyggcr", "validate", ARCHIVE, "--engine", engine, env=environment())
    run(commands / "pyggcr", "differential", ARCHIVE, env=environment())


def test_a_wheel_built_without_go_on_path_has_both_engines(
    build_wheel: BuildWheel, install: Install
) -> None:
    env = environment(PATH=path_without_go(), PYGGCR_NATIVE="require")

    commands = install(build_wheel(env).path, env=env)

    assert_both_engines_work(commands)


def test_a_pure_wheel_has_the_python_engine_and_says_why_not_go(
    build_wheel: BuildWheel, install: Install
) -> None:
    env = environment(PYGGCR_NATIVE="0", PYGGCR_ACCELERATOR="0")

    commands = install(build_wheel(env).path, env=env)

    told = engines(commands)
    assert not told["go"]["available"]
    assert "PYGGCR_ACCELERATOR=0 asked for none" in told["python"]["accelerators"]["deflate"]
    assert "PYGGCR_NATIVE=0 asked for none" in told["go"]["reason"]
    assert digest(commands, "python") == expected_digest("go1.26")
    assert digest(commands, "python", "--gzip-profile", "go1.27") == expected_digest("go1.27")
    run(commands / "pyggcr", "validate", ARCHIVE, env=environment())


def test_pip_install_of_the_sources_has_both_engines(sources: Path, install: Install) -> None:
    commands = install(sources, env=environment(PYGGCR_NATIVE="require"))

    assert_both_engines_work(commands)


def test_an_editable_install_builds_into_the_sources(sources: Path, install: Install) -> None:
    commands = install("--editable", sources, env=environment(PYGGCR_NATIVE="require"))

    for package in ("_go", "_gostd"):
        record = json.loads((sources / "pyggcr" / package / "_build.json").read_text())
        assert record["built"] is True
    assert_both_engines_work(commands)
