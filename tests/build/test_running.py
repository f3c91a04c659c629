"""A built image runs: Docker starts a container of it, without network."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from pyggcr import build

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
    char folder[200], line[200] = "";
    FILE *motd = fopen("/etc/motd", "r");
    if (motd) fgets(line, sizeof line, motd);
    getcwd(folder, sizeof folder);
    printf("%s|%s|%d|%s|%s\n", line, getenv("GREETING"), getuid(), folder, words[count - 1]);
    return access("/deleted", F_OK) == 0;
}
"""


@pytest.fixture
def program(tmp_path, require):
    """A program that needs nothing of its image."""
    if shutil.which("gcc") is None:
        require("gcc", "there is no C compiler")
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    (tmp_path / "root" / "bin").mkdir(parents=True)
    target = tmp_path / "root" / "bin" / "program"
    subprocess.run(["gcc", "-static", "-O1", "-o", target, source], check=True)
    return tmp_path / "root"


@pytest.mark.parametrize("media_types", ["oci", "docker"])
def test_docker_runs_it(docker_daemon, require, program, monkeypatch, media_types):
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    with (
        build.layer(build.from_path(program), {"/deleted": "", "/etc/motd": "wrong"}) as first,
        build.layer({"/etc/motd": "hello"}, deleted=["/deleted"]) as second,
    ):
        image = build.image(
            layers=[first, second],
            entrypoint=["/bin/program"],
            cmd=["last"],
            env={"GREETING": "good day"},
            user="1000",
            workdir="/etc",
            media_types=media_types,
        )
        build.write(image, f"docker-daemon:built:{media_types}")
    done = subprocess.run(
        [
            *("docker", "--host", docker_daemon.host, "run", "--rm", "--network", "none"),
            f"built:{media_types}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "operation not permitted" in done.stderr or "OCI runtime" in done.stderr:
        require("containers", done.stderr.strip())
    assert (done.stdout, done.stderr) == ("hello|good day|1000|/etc|last\n", "")
