"""``build`` and ``convert``: what is written and printed, and how wrong usage is told."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from support.command_runner import CliRunner

import pyggcr
from pyggcr import build, layout, mutate, remote, tarball, validate
from pyggcr.cli import app as program

DOCKER = Path(__file__).parent.parent / "data" / "docker"
APP = DOCKER / "28.5.2" / "app-tag.tar"
MULTI = DOCKER / "28.5.2" / "multi.tar"


@pytest.fixture
def run(engine, monkeypatch, tmp_path):
    """``run(…)``: the result of a command that went well."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def run(*arguments, exit_code=0, **options):
        result = CliRunner().invoke(program, [str(it) for it in arguments], **options)
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture
def site(tmp_path):
    """A folder to add."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>Hello</p>")
    return folder


def only_image(folder):
    index = layout.image_index_from_path(folder)
    (entry,) = index.index_manifest().manifests
    return index.image(entry.digest)


def test_an_image_of_files(run, tmp_path, site):
    printed = run(
        "build",
        *("--add", f"{site}:/srv/www", "--file", "/etc/motd=hello=world"),
        *("--symlink", "/srv/link=www", "--owner", "1000:1001"),
        *("--entrypoint", "/bin/serve", "--cmd", "--port", "--cmd", "80"),
        *("--env", "A=b=c", "-l", "org.example=yes", "-a", "org.note=1"),
        *("--user", "1000", "-w", "/srv", "--port", "80", "--exposed-ports", "53/udp"),
        *("--volume", "/data", "--stop-signal", "SIGINT", "--created", "2026-01-31T12:00:00Z"),
        *("--output", f"oci:{tmp_path}/out"),
    )
    image = only_image(tmp_path / "out")

    assert printed.stdout == f"{image.digest()}\n"
    validate.image(image)
    config = json.loads(image.raw_config_file())
    assert config["config"] == {
        "Entrypoint": ["/bin/serve"],
        "Cmd": ["--port", "80"],
        "Env": ["A=b=c"],
        "Labels": {"org.example": "yes"},
        "User": "1000",
        "WorkingDir": "/srv",
        "ExposedPorts": {"53/udp": {}, "80/tcp": {}},
        "Volumes": {"/data": {}},
        "StopSignal": "SIGINT",
    }
    assert config["created"] == "2026-01-31T12:00:00Z"
    assert image.manifest().annotations == {"org.note": "1"}
    with mutate.extract(image) as stream:
        tar = stream.read()
    assert b"<p>Hello</p>" in tar
    assert b"hello=world" in tar


def test_twice_is_once(run, tmp_path, site):
    arguments = ("build", "--add", f"{site}:/srv", "--cmd", "x", "--output")
    first = run(*arguments, tmp_path / "a").stdout
    (site / "index.html").touch()
    second = run(*arguments, f"oci:{tmp_path}/b", "--json").stdout
    assert json.loads(second)["digest"] == first.strip()
    later = run(*arguments, f"oci:{tmp_path}/c", env={"SOURCE_DATE_EPOCH": "1700000000"}).stdout
    assert later != first
    assert str(only_image(tmp_path / "c").config_file().created) == "2023-11-14T22:13:20Z"


def test_on_a_base_in_an_archive(run, tmp_path):
    run("build", "--base", APP, "--delete", "/etc/x", "-t", "app:2", "-o", tmp_path / "out.tar")

    with tarball.image_from_path(APP) as base, pyggcr.open(tmp_path / "out.tar") as store:
        image = store.image(tag="app:2")
        assert image.config_file().rootfs.diff_ids[:-1] == base.config_file().rootfs.diff_ids
        assert image.config_file().config.cmd == base.config_file().config.cmd


def test_on_a_base_in_a_registry_and_pushed(run, real_registry, repository, run_crane):
    base, target = (f"{real_registry.host}/{repository}:{tag}" for tag in ("base", "new"))
    run("push", APP, base)
    printed = run("build", "--base", base, "--file", "/a=a", "--tag", target).stdout

    assert printed == f"{real_registry.host}/{repository}@{run_crane('digest', target)}\n"
    assert run_crane("validate", "--remote", target).startswith("PASS")


def test_several_platforms(run, tmp_path, real_registry, repository):
    platforms = ("--platform", "linux/amd64", "--platform", "linux/arm64")
    run("build", "--file", "/a=a", *platforms, "-o", f"oci:{tmp_path}/base")
    target = f"{real_registry.host}/{repository}:1"
    run("build", "--base", f"oci:{tmp_path}/base", "--env", "A=b", "-t", target)
    with remote.index(target) as index:
        assert [str(it.platform) for it in index.index_manifest().manifests] == [
            "linux/amd64",
            "linux/arm64",
        ]
        validate.index(index)
    run("--platform", "linux/arm64", "build", "--base", target, "-o", f"oci:{tmp_path}/one")
    image = only_image(tmp_path / "one")
    assert str(image.config_file().platform()) == "linux/arm64"
    assert image.config_file().config.env == ["A=b"]
    wrong = run(
        "build", "--base", target, "--platform", "a/b", "-o", f"oci:{tmp_path}/x", exit_code=2
    )
    assert "the base has no image for a/b: it has linux/amd64, linux/arm64" in wrong.stderr
    assert not (tmp_path / "x").exists()


def test_a_wheel(run, tmp_path):
    wheel = tmp_path / "app-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("app-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr("app-1.0.dist-info/RECORD", "")
    wrong = run("build", "--wheel", wheel, "-o", f"oci:{tmp_path}/out", exit_code=2)
    assert "--wheel needs --python, such as 3.12." in wrong.stderr
    wrong = run(
        "build", "--wheel", wheel, "--python", "3.12", "-o", f"oci:{tmp_path}/o", exit_code=2
    )
    assert "RECORD has no SHA-256 of app-1.0.dist-info/WHEEL" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "where to? --output PATH writes the result, --tag REFERENCE pushes it."),
        (("-o", "x", "--add", "site"), "--add wants SOURCE:PATH, not 'site'."),
        (("-o", "x", "--file", "motd"), "--file wants PATH=TEXT, not 'motd'."),
        (("-o", "x", "--env", "=b"), "--env wants NAME=VALUE, not '=b'."),
        (("-o", "x", "--owner", "ann"), "--owner wants numbers such as 1000:1000, not 'ann'."),
        (("-o", "x", "--created", "now"), "--created wants seconds since 1970 or"),
        (("-o", "x", "--add", "/no/such:/a"), "open /no/such: no such file or directory"),
        (("-o", "x", "--file", "../a=b"), "../a: a path in an image cannot contain .."),
        (("-o", "x", "--level", "42", "--file", "/a="), "gzip: invalid compression level: 42"),
        (
            ("-o", "x.tar", "-t", "a", "--platform", "l/a", "--platform", "l/b"),
            "holds images of one platform only",
        ),
    ],
)
def test_wrong_usage_writes_nothing(run, tmp_path, monkeypatch, arguments, text):
    monkeypatch.chdir(tmp_path)
    wrong = run("build", *arguments, exit_code=2)

    assert text in wrong.stderr
    assert wrong.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_convert_an_archive(run, tmp_path):
    printed = run(
        "convert", APP, "--compression", "zstd", "-o", f"oci:{tmp_path}/out", "-t", "app:1"
    )
    image = only_image(tmp_path / "out")
    assert printed.stdout == f"{image.digest()}\n"
    assert {it.media_type for it in image.manifest().layers} == {
        "application/vnd.oci.image.layer.v1.tar+zstd"
    }
    back = tmp_path / "back.tar"
    run("convert", f"oci:{tmp_path}/out", "--to", "docker", "-o", back, "-t", "app:1")
    with tarball.image_from_path(back) as again, tarball.image_from_path(APP) as first:
        assert again.config_name() == first.config_name()


def test_convert_an_index_in_a_registry(run, real_registry, repository, tmp_path):
    target = f"{real_registry.host}/{repository}"
    with build.layer({"/a": "a"}) as layer:
        both = build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])
        remote.write_index(f"{target}:oci", both)
    run("convert", f"{target}:oci", "--to", "docker", "--tag", f"{target}:docker")
    with remote.index(f"{target}:docker") as index:
        assert index.media_type() == "application/vnd.docker.distribution.manifest.list.v2+json"
        validate.index(index)
    run("convert", f"{target}:oci", "--platform", "linux/arm64", "-o", f"oci:{tmp_path}/arm")
    assert only_image(tmp_path / "arm").config_file().architecture == "arm64"


def test_one_of_several(run, tmp_path):
    out = f"oci:{tmp_path}/out"
    wrong = run("build", "--base", MULTI, "--env", "A=b", "-o", out, exit_code=2)
    assert "several images for linux/amd64" in wrong.stderr
    assert not (tmp_path / "out").exists()
    run("convert", MULTI, "--source-tag", "onelayer:1", "-o", out)
    assert len(only_image(tmp_path / "out").layers()) == 1


def test_an_archive_on_standard_output(run, tmp_path):
    written = run("build", "--file", "/a=a", "--tag", "app:1", "--output", "-").stdout_bytes
    (tmp_path / "app.tar").write_bytes(written)
    with tarball.image_from_path(tmp_path / "app.tar") as image:
        validate.image(image)


def test_what_is_left_out_is_told(run, tmp_path):
    run("build", "--file", "/a=a", "-a", "org.note=1", "-o", f"oci:{tmp_path}/oci")
    done = run("convert", f"oci:{tmp_path}/oci", "--to", "docker", "-o", f"oci:{tmp_path}/docker")
    assert done.stderr == (
        "pyggcr: warning: Docker's media types have no annotations: left out of the manifest\n"
    )


def test_an_archive_of_docker_save_gets_no_zstd(run, tmp_path):
    out = tmp_path / "x.tar"
    options = ("--compression", "zstd", "-t", "app:1", "-o")
    wrong = run("convert", APP, *options, out, exit_code=2)
    assert f"write oci-archive:{out}" in wrong.stderr
    assert not out.exists()
    run("convert", APP, *options, f"oci-archive:{out}")
    assert run("validate", out).stdout == f"PASS: {out}\n"


def test_docker_has_no_zstd(run, tmp_path):
    wrong = run("convert", APP, "--to", "docker", "--compression", "zstd", "-o", "x", exit_code=2)
    assert "docker images have no media type for zstd layers" in wrong.stderr


def test_a_platform_that_the_image_is_not_for(run, tmp_path):
    wrong = run("convert", APP, "--platform", "linux/arm64", "-o", f"oci:{tmp_path}/x", exit_code=2)
    assert "the image is for linux/amd64, not linux/arm64" in wrong.stderr
