"""``pyggcr tools`` and ``digest --as``: which tools there are, and what they compute."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import legacy
from support.command_runner import Result
from support.executables import LIBRARY, executable

from pyggcr import build, tarball, tools
from pyggcr._gostd.gzip_options import PROFILES

Run = Callable[..., Result]

PLAIN = "25.0.2/app-tag.tar"
V3 = "build\tGOARCH=amd64\nbuild\tGOAMD64=v3\n"


@pytest.fixture
def old_program(require):
    """A program with go-containerregistry v0.18.0."""
    try:
        return legacy.program()
    except legacy.MissingLegacyError as error:
        require("legacy", str(error))


def test_known_tools_are_listed_with_the_day_of_the_table(run: Run) -> None:
    lines = run("tools").stdout.splitlines()
    assert lines[0].split() == ["tool", "oldest", "newest", "releases", "newest", "has"]
    assert {line.split()[0] for line in lines[1:-1]} == set(tools.table().tools)
    assert lines[-1] == f"as of {tools.table().date}"


def test_json_has_every_release(run: Run) -> None:
    document = json.loads(run("tools", "--json").stdout)
    assert document["date"] == tools.table().date
    assert len(document["tools"]) == sum(map(len, tools.table().tools.values()))


def test_the_releases_of_one_tool_are_listed(run: Run) -> None:
    rows = [line.split() for line in run("tools", "kaniko").stdout.splitlines()]
    assert ["1.20.0", "2024-01-17", "0.17.0", "1.19"] in rows


def test_executables_are_found_in_folders_and_each_is_listed_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bin" / "deep").mkdir(parents=True)
    (tmp_path / "bin" / "trivy").write_bytes(executable(settings=V3, go="go1.27.3"))
    (tmp_path / "bin" / "deep" / "ko").write_bytes(
        executable("github.com/google/ko", "v0.15.1", go="go9.9")
    )
    (tmp_path / "bin" / "other").write_bytes(executable(library=""))
    (tmp_path / "bin" / "script").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "link").symlink_to("trivy")
    os.mkfifo(tmp_path / "bin" / "pipe")

    result = run("tools", tmp_path / "bin", "--json")

    assert result.exit_code == 0
    found = {
        Path(it["path"]).name: (it["tool"], it["go"], it["goamd64"], it["gzip_profile"])
        for it in json.loads(result.stdout)["tools"]
    }
    assert found.pop("ko") == ("ko", "go9.9", "v1", None)
    ((name, facts),) = found.items()
    assert name in ("trivy", "link")
    assert facts == ("trivy", "go1.27.3", "v3", "go1.27-amd64v3")


def test_executables_are_found_in_the_folders_of_path(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trivy").write_bytes(executable())
    monkeypatch.setenv("PATH", f"{tmp_path}:{tmp_path / 'none'}:{tmp_path}")
    lines = run("tools", "--path").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        [str(tmp_path / "trivy"), "trivy", "0.48.3", "0.17.0", "go1.21.5", "amd64/v1", "go1.26"]
    ]


def test_executables_are_found_inside_an_image(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "app.tar"
    with build.layer({"/usr/bin/trivy": executable(), "/etc/passwd": b"root\n" * 20000}) as layer:
        build.write(build.image(layers=[layer]), f"docker-archive:{archive}:app:1")

    (found,) = json.loads(run("tools", archive, "--json").stdout)["tools"]

    assert found["path"] == f"{archive}:/usr/bin/trivy"
    assert (found["tool"], found["version"], found["go_containerregistry"]) == (
        "trivy",
        "0.48.3",
        "0.17.0",
    )


def test_nothing_found_is_exit_code_1_and_what_cannot_be_read_2(run: Run, tmp_path: Path) -> None:
    assert run("tools", tmp_path).exit_code == 1
    result = run("tools", tmp_path / "none.tar")
    assert result.exit_code == 2
    assert "none.tar" in result.stderr


# digest --as


@pytest.mark.parametrize(
    ("go", "settings", "profile"),
    [
        ("go1.21.5", "build\tGOARCH=arm64\n", "go1.26"),
        ("go1.27.3", "build\tGOARCH=amd64\nbuild\tGOAMD64=v1\n", "go1.27"),
        ("go1.27.3", V3, "go1.27-amd64v3"),
    ],
)
def test_the_go_of_an_executable_decides_the_digest(
    run: Run, docker: Path, tmp_path: Path, go: str, settings: str, profile: str
) -> None:
    program = tmp_path / "trivy"
    new = f"dep\t{LIBRARY}\tv0.22.1\n"
    program.write_bytes(executable(library=new, go=go, settings=settings))

    result = run("digest", docker / PLAIN, "--as", program)

    if profile not in PROFILES:  # known to be another one, which nobody here can write yet
        assert (result.exit_code, result.stdout) == (2, "")
        return
    image = tarball.image_from_path(docker / PLAIN, engine="python", gzip_profile=profile)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{image.digest()}\n"


def test_crane_computes_what_is_said_of_it(run: Run, docker: Path, run_crane) -> None:
    for archive in ("25.0.2/app-tag.tar", "28.5.2/app-tag.tar"):
        ours = run("digest", docker / archive, "--as", shutil.which("crane"))
        assert ours.stdout.strip() == run_crane("digest", "--tarball", docker / archive)


def test_a_program_of_old_computes_another_digest_of_docker_25_and_fails(
    run: Run, docker: Path, old_program: str
) -> None:
    result = run("digest", docker / PLAIN, "--as", old_program)

    assert result.exit_code == 0
    assert result.stdout.strip() == legacy.observe(docker / PLAIN)["digest"]
    assert "PYG001" in result.stderr
    assert "with go-containerregistry 0.18.0: validating layers: unknown blob" in result.stderr
    assert result.stdout != run("digest", docker / PLAIN, "--engine", "python").stdout


def test_a_commit_between_both_ways_is_refused_only_where_it_matters(
    run: Run, docker: Path, tmp_path: Path
) -> None:
    program = tmp_path / "trivy"
    commit = f"dep\t{LIBRARY}\tv0.18.1-0.20240110000000-0123456789ab\n"
    program.write_bytes(executable(library=commit))

    refused = run("digest", docker / PLAIN, "--as", program)
    assert refused.exit_code == 2
    assert "is a commit after 0.18.0 and before 0.19.0" in refused.stderr

    same = run("digest", docker / "24.0.7/app-tag.tar", "--as", program)
    assert same.exit_code == 0


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (executable(go="go1.99.0"), "go1.99.0 is newer than the releases of Go that are known"),
        (executable(go="devel go1.28-abc"), "is no release of Go"),
        (executable(settings="build\tGOOS=linux\n"), "unknown profile"),
    ],
)
def test_a_go_that_is_not_known_is_never_guessed(
    run: Run, docker: Path, tmp_path: Path, data: bytes, complaint: str
) -> None:
    program = tmp_path / "trivy"
    program.write_bytes(data)
    result = run("digest", docker / PLAIN, "--as", program)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--as", "trivy=0.48.3"), "which Go built trivy 0.48.3 is not known"),
        (("--as", "trivy=0.48.3", "--gzip-profile", "go1.26"), "--as contradicts"),
        (("--as", "trivy=0.48.3", "--engine", "go"), "only the Python engine"),
    ],
)
def test_what_cannot_be_computed_is_refused(
    run: Run, docker: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    result = run("digest", docker / PLAIN, *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
