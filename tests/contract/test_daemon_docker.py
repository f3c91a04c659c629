"""Against a real Docker daemon, Debian's docker.io: read, checked, pushed, written, read again."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from support.docker_engine import DockerEngine, missing_part
from support.fake_engine import DATA
from support.registries import DockerRegistry

import pyggcr
from pyggcr import daemon, partial, remote, tarball, validate
from pyggcr.cli import app as command_line
from pyggcr.errors import (
    DaemonError,
    DaemonImageNotFoundError,
    DaemonUnavailableError,
    ValidationError,
)

REPEATING = DATA / "24.0.7" / "dup.tar"
SEVERAL = DATA / "24.0.7" / "app-tag.tar"


@pytest.fixture
def imported(docker_daemon: DockerEngine, tmp_path: Path) -> str:
    """An image that the engine made by ``docker import``, with changes; its name."""
    files = tmp_path / "files.tar"
    with tarfile.open(files, "w") as tar:
        info = tarfile.TarInfo("etc/motd")
        info.size = 5000
        tar.addfile(info, io.BytesIO(os.urandom(5000)))
    change = ["--change", "ENV GREETING=hello", "--change", 'CMD ["/bin/true"]']
    docker_daemon.run("import", *change, "--message", "made by a test", files, "imported:1")
    return "imported:1"


@pytest.fixture
def loaded(docker_daemon: DockerEngine) -> str:
    """An image of four layers that the engine has loaded; its name."""
    docker_daemon.run("load", "--input", SEVERAL)
    return "app:1"


@pytest.fixture(params=["imported", "loaded"])
def name(request: pytest.FixtureRequest) -> str:
    """The name of an image that the engine has."""
    return request.getfixturevalue(request.param)


def saved_by_docker(docker_daemon: DockerEngine, name: str, folder: Path) -> Path:
    """The archive that docker's own client saves."""
    docker_daemon.run("save", "--output", folder / "saved.tar", name)
    return folder / "saved.tar"


def test_it_is_read_as_docker_saves_it(docker_daemon, engine, name, tmp_path):
    with (
        daemon.image(name, host=docker_daemon.host, engine=engine) as image,
        tarball.image_from_path(
            saved_by_docker(docker_daemon, name, tmp_path), engine=engine
        ) as saved,
    ):
        assert image.digest() == saved.digest()
        assert image.raw_config_file() == saved.raw_config_file()
        assert (
            str(image.config_name())
            == docker_daemon.run("inspect", "--format={{.Id}}", name).strip()
        )
        for layer, same in zip(image.layers(), saved.layers(), strict=True):
            found = image.layer_by_digest(layer.digest())
            with found.compressed() as one, same.compressed() as other:
                assert one.read() == other.read()


def test_its_config_is_put_together_and_validate_says_so(docker_daemon, engine, name):
    with daemon.image(name, host=docker_daemon.host, engine=engine) as image:
        config = image.config_file()
        assert (config.os, config.architecture) == ("linux", "amd64")
        assert config.container == ""
        with pytest.raises(ValidationError) as caught:
            validate.image(image)
        first = str(caught.value).splitlines()[0].replace("\u00a0", " ")
        assert first.startswith("validating config: mismatched config content: (-ParseConfigFile")
        validate.layer(image.layers()[0])


def test_opened_as_a_place_it_is_valid(docker_daemon, name, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    with pyggcr.open(f"docker-daemon:{name}") as store:
        image = store.image()
        assert image.tags == (name,)
        validate.image(image)
    by_id = docker_daemon.run("inspect", "--format={{.Id}}", name).strip()
    with pyggcr.open(f"docker-daemon:{by_id}") as store:
        assert str(store.image().config_name()) == by_id


def test_both_engines_read_the_same(docker_daemon, go_engine, name):
    told = []
    for engine in ("go", "python"):
        with daemon.image(name, host=docker_daemon.host, engine=engine) as image:
            told.append(
                (
                    str(image.digest()),
                    str(image.config_file()),
                    image.raw_manifest(),
                    partial.diff_ids(image),
                )
            )
    assert told[0] == told[1]


@pytest.mark.parametrize("buffer", ["file", "memory", "none"])
def test_however_it_is_kept(docker_daemon, engine, loaded, buffer):
    with daemon.image(loaded, host=docker_daemon.host, engine=engine, buffer=buffer) as image:
        sizes = []
        for layer in image.layers():
            with layer.uncompressed() as stream:
                sizes.append(len(stream.readall()))
    assert all(sizes)


def test_it_is_pushed_to_a_registry(require, docker_daemon, engine, name, tmp_path):
    if not shutil.which("docker-registry"):
        require("docker-registry", "it is not on PATH")
    with (
        DockerRegistry(tmp_path) as registry,
        daemon.image(name, host=docker_daemon.host, engine=engine) as image,
    ):
        reference = f"{registry.host}/from/daemon:1"
        remote.push(reference, image, engine=engine)
        with remote.image(reference, engine=engine) as pushed:
            assert pushed.digest() == image.digest()
            assert pushed.raw_config_file() == image.raw_config_file()
            validate.image(pushed)


def test_an_image_is_written_and_read_again(docker_daemon, engine):
    docker_daemon.remove_images()
    with tarball.image_from_path(REPEATING, engine=engine) as image:
        said = daemon.write("written:1", image, host=docker_daemon.host, engine=engine)
        assert daemon.loaded_images(said) == ["written:1"]
        with daemon.image("written:1", host=docker_daemon.host, engine=engine) as again:
            assert again.digest() == image.digest()
            assert again.config_name() == image.config_name()
            assert again.raw_config_file() == image.raw_config_file()
            assert [it.digest() for it in again.layers()] == [it.digest() for it in image.layers()]
        assert daemon.write("written:2", image, host=docker_daemon.host, engine=engine) == ""
        daemon.tag("written:2", "written:3", host=docker_daemon.host, engine=engine)
    tags = docker_daemon.run("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert sorted(tags) == ["written:1", "written:2", "written:3"]


def test_an_image_of_a_registry_is_written(require, docker_daemon, engine, tmp_path):
    if not shutil.which("docker-registry"):
        require("docker-registry", "it is not on PATH")
    docker_daemon.remove_images()
    with DockerRegistry(tmp_path) as registry:
        reference = f"{registry.host}/app:1"
        with tarball.image_from_path(SEVERAL, engine=engine) as image:
            remote.push(reference, image, engine=engine)
        with remote.image(reference, engine=engine) as image:
            said = daemon.write("pulled:1", image, host=docker_daemon.host, engine=engine)
            assert daemon.loaded_images(said) == ["pulled:1"]
            with daemon.image("pulled:1", host=docker_daemon.host, engine=engine) as again:
                assert again.config_name() == image.config_name()
                assert partial.diff_ids(again) == partial.diff_ids(image)


def test_archives_go_in_and_out_as_they_are(docker_daemon, loaded):
    with daemon.save([loaded], host=docker_daemon.host) as stream:
        sent = stream.readall()
    docker_daemon.remove_images()
    said = daemon.load(io.BytesIO(sent), host=docker_daemon.host)
    assert daemon.loaded_images(said) == [loaded]
    with pytest.raises(DaemonError):
        daemon.loaded_images(daemon.load(io.BytesIO(b"no archive" * 200), host=docker_daemon.host))


def test_the_engine_says_what_it_is(docker_daemon):
    info = daemon.info(host=docker_daemon.host)
    assert (
        info.engine_version == docker_daemon.run("version", "--format={{.Server.Version}}").strip()
    )
    assert (info.storage_driver, info.containerd_store) == ("vfs", False)
    assert (info.operating_system, info.architecture) == ("linux", "amd64")


def test_an_image_that_it_lacks(docker_daemon, engine):
    with pytest.raises(DaemonImageNotFoundError, match="No such image: nope:1") as caught:
        daemon.image("nope:1", host=docker_daemon.host, engine=engine)
    assert caught.value.status == 404
    with pytest.raises(DaemonImageNotFoundError, match="No such image: nope:1"):
        daemon.tag("nope:1", "other:1", host=docker_daemon.host, engine=engine)


def test_the_command_line_says_what_docker_itself_would(
    docker_daemon, loaded, monkeypatch, tmp_path
):
    from support.command_runner import CliRunner

    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    saved = saved_by_docker(docker_daemon, loaded, tmp_path)

    def run(*arguments: object):
        return CliRunner().invoke(command_line, [str(argument) for argument in arguments])

    assert run("digest", "--daemon", loaded).stdout == run("digest", saved).stdout
    assert run("validate", "--daemon", loaded).stdout == f"PASS: docker-daemon:{loaded}\n"
    assert run("doctor", "--daemon", loaded).exit_code == 0
    assert run("doctor", "--engine-check").exit_code == 0
    assert run("doctor", "--engine-check", "--min-engine", "25.0.3").exit_code == 1
    assert run("digest", "--daemon", "nope:1").exit_code == 2


def test_an_engine_that_is_killed_in_the_middle(require, engine, tmp_path_factory):
    if missing := missing_part():
        require("dockerd", missing)
    with DockerEngine(tmp_path_factory.mktemp("k")) as killed:
        killed.run("load", "--input", SEVERAL)
        with daemon.image("app:1", host=killed.host, engine=engine, buffer="none") as image:
            layers = image.layers()
            killed.kill()
            with pytest.raises(DaemonUnavailableError):
                layers[0].uncompressed()


def test_go_cannot_read_an_image_by_its_id(docker_daemon, engine, loaded):
    by_id = docker_daemon.run("inspect", "--format={{.Id}}", loaded).strip()
    # It passes for a tag of a repository sha256: inspect finds it, save gets its full name.
    with daemon.image(by_id, host=docker_daemon.host, engine=engine) as image:
        assert str(image.config_name()) == by_id
        with pytest.raises(DaemonError, match="No such image: index.docker.io"):
            image.digest()
    with daemon.save([by_id], host=docker_daemon.host) as stream:
        assert stream.read(1)
