"""Locations on the command line: ``--daemon``, and what containers-transports(5) names."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.command_runner import Result
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, Instead, Stalled, html

from pyggcr import registry, remote, tarball

Run = Callable[..., Result]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """The Docker engine of the environment, a 25.0.2."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.host)
        yield engine


@pytest.fixture
def app(docker: Path) -> Path:
    """What that engine saves ``app:1`` as."""
    return docker / "25.0.2" / "app-tag.tar"


@pytest.mark.parametrize("command", ["digest", "manifest", "config", "layers"])
@pytest.mark.parametrize("arguments", [["--daemon", "app:1"], ["docker-daemon:app:1"]])
def test_an_image_of_the_engine_is_read_like_its_archive(
    run: Run, fake: FakeEngine, app: Path, engine: str, command: str, arguments: list[str]
) -> None:
    result = run(command, "--engine", engine, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes == run(command, app).stdout_bytes


def test_it_is_asked_for_once(run: Run, fake: FakeEngine, engine: str) -> None:
    result = run("inspect", "--daemon", "--json", "--engine", engine, "app")
    assert result.exit_code == 2
    assert "reference does not exist" in result.stderr
    result = run("inspect", "--daemon", "--json", "--engine", engine, "app:1")
    document = json.loads(result.stdout)
    assert (document["archive"], document["tags"]) == ("docker-daemon:app:1", ["app:1"])
    assert [path for path in fake.paths() if path.startswith("/images/get")] == [
        "/images/get?names=index.docker.io%2Flibrary%2Fapp%3Alatest",
        "/images/get?names=index.docker.io%2Flibrary%2Fapp%3A1",
    ]


def test_its_files_are_exported(run: Run, fake: FakeEngine, app: Path, engine: str) -> None:
    result = run("export", "docker-daemon:app:1", "--engine", engine)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes == run("export", app).stdout_bytes


def test_its_config_is_the_one_that_was_saved(run: Run, fake: FakeEngine, engine: str) -> None:
    result = run("validate", "--daemon", "app:1", "--engine", engine)
    assert (result.exit_code, result.stdout) == (0, "PASS: docker-daemon:app:1\n")


def test_both_engines_say_the_same_of_it(run: Run, fake: FakeEngine, go_engine: None) -> None:
    result = run("differential", "--daemon", "app:1", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["archive"]) == (0, "docker-daemon:app:1")
    assert [each["tag"] for each in document["comparisons"]] == [None, "app:1"]


def test_it_can_be_repaired(run: Run, fake: FakeEngine, tmp_path: Path) -> None:
    result = run("repair", "docker-daemon:app:1", tmp_path / "out.tar")
    assert result.exit_code == 0
    (saved,) = tarball.load_manifest(tmp_path / "out.tar")
    assert saved.repo_tags == ["app:1"]


@pytest.mark.parametrize("command", ["digest", "validate", "inspect", "layers"])
def test_what_the_engine_does_not_give_is_exit_code_2(
    run: Run, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    fake.faults = [Closed("/images/get", after=3000)]
    result = run(command, "--daemon", "app:1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "pyggcr: unexpected EOF\n"
    monkeypatch.setenv("DOCKER_HOST", f"{fake.host}-none")
    result = run(command, "--daemon", "app:1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "failed to connect to the docker API at unix://" in result.stderr


@pytest.mark.parametrize("command", ["digest", "config", "layers"])
def test_an_image_of_an_archive_can_be_named_with_it(
    run: Run, docker: Path, engine: str, command: str
) -> None:
    multi = docker / "25.0.2" / "multi.tar"
    result = run(command, f"docker-archive:{multi}:app:1", "--engine", engine)
    assert result.exit_code == 0
    assert result.stdout_bytes == run(command, multi, "--tag", "app:1").stdout_bytes
    by_number = run(command, f"docker-archive:{multi}:@0", "--gzip-profile", "go1.26")
    assert by_number.exit_code == 0


def test_an_oci_layout_and_its_archive(run: Run, docker: Path, tmp_path: Path) -> None:
    archive = docker / "28.5.2-containerd-store" / "app-tag.tar"
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "layout", filter="data")
        expected = json.loads((tmp_path / "layout" / "index.json").read_text())["manifests"][0]
    (tmp_path / "layout" / "manifest.json").unlink()
    result = run("digest", f"oci:{tmp_path}/layout")
    assert (result.exit_code, result.stdout.strip()) == (0, expected["digest"])
    for command in ("validate", "layers", "inspect"):
        assert run(command, f"oci-archive:{archive}:app:1").exit_code == 0
    result = run("inspect", "--json", f"oci:{tmp_path}/layout")
    assert json.loads(result.stdout)["tags"] == ["app:1"]
    refused = run("digest", f"oci:{tmp_path}/layout", "--engine", "go")
    assert refused.exit_code == 2
    assert "only the Python engine reads this" in refused.stderr
    refused = run("differential", f"oci:{tmp_path}/layout")
    assert "only archives of docker save are compared" in refused.stderr


def test_several_images_of_a_place_are_named(run: Run, docker: Path) -> None:
    result = run("digest", f"oci-archive:{docker / '25.0.2' / 'multi.tar'}")
    assert result.exit_code == 2
    first, hint = result.stderr.splitlines()
    assert "3 images to choose from" in first
    assert hint == "pyggcr: hint: --tag and --platform choose among images"


@pytest.mark.parametrize("command", ["digest", "manifest", "config", "validate", "inspect"])
def test_an_image_of_a_registry_can_be_named_as_a_place(run: Run, app: Path, command: str) -> None:
    with registry.serve(engine="python") as server:
        remote.push(f"{server.host}/app:1", tarball.image_from_path(app), engine="python")
        result = run(command, f"docker://{server.host}/app:1")
        assert (result.exit_code, result.stderr) == (0, "")
        if command in ("digest", "manifest", "config"):
            assert result.stdout_bytes == run(command, f"{server.host}/app:1").stdout_bytes


def test_a_path_that_looks_like_a_place_can_be_reached(
    run: Run, app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(app, "oci:x")
    assert run("digest", "./oci:x").stdout == run("digest", app).stdout
    assert run("digest", "oci:x").exit_code == 2


def test_the_daemon_is_for_one_image(run: Run) -> None:
    result = run("differential", "--generate", "1", "--daemon")
    assert result.exit_code == 2
    assert "--tag and --daemon are for a single archive" in result.stderr


def test_an_image_of_the_engine_is_pushed(
    run: Run, fake: FakeEngine, app: Path, engine: str
) -> None:
    with registry.serve(engine="python") as server:
        result = run("push", "--daemon", "app:1", f"{server.host}/app:1", "--engine", engine)
        assert (result.exit_code, result.stderr) == (0, "")
        with remote.image(f"{server.host}/app:1", engine="python") as pushed:
            assert result.stdout == f"{server.host}/app@{pushed.digest()}\n"
            assert run("digest", app).stdout.strip() == str(pushed.digest())


def test_images_of_places_are_pushed(run: Run, docker: Path, tmp_path: Path) -> None:
    multi = docker / "25.0.2" / "multi.tar"
    layout = docker / "28.5.2-containerd-store" / "app-tag.tar"
    with registry.serve(engine="python") as server:
        one = run("push", f"docker-archive:{multi}:app:1", f"{server.host}/one:1")
        two = run("push", f"oci-archive:{layout}", f"{server.host}/two:1")
        three = run("push", f"docker://{server.host}/one:1", f"{server.host}/three:1")
        assert [one.exit_code, two.exit_code, three.exit_code] == [0, 0, 0]
        assert three.stdout.partition("@")[2] == one.stdout.partition("@")[2]
        four = run("push", "--index", f"oci-archive:{layout}", f"{server.host}/two:2")
        assert four.exit_code == 0


def test_images_of_a_registry_are_loaded_into_the_engine(
    run: Run, fake: FakeEngine, docker: Path, engine: str
) -> None:
    images = {name: docker / "24.0.7" / f"{name}.tar" for name in ("app-tag", "dup")}
    with registry.serve(engine="python") as server:
        for name, path in images.items():
            with tarball.image_from_path(path) as image:
                remote.push(f"{server.host}/{name}:1", image, engine="python")
                digest = image.digest()
        wanted = [f"{server.host}/app-tag:1", f"{server.host}/dup@{digest}"]
        result = run("pull", "--to-daemon", *wanted, "--engine", engine)
    assert (result.exit_code, result.stderr) == (0, "")
    tags = [f"{server.host}/app-tag:1", f"{server.host}/dup:i-was-a-digest"]
    assert result.stdout.splitlines() == tags
    assert [fake.find(tag) is not None for tag in tags] == [True, True]


def test_what_the_engine_does_not_load_is_exit_code_2(
    run: Run, fake: FakeEngine, docker: Path, engine: str
) -> None:
    fake.faults = [Instead("/images/load", body=b'{"error":"no space left on device"}')]
    with registry.serve(engine="python") as server:
        with tarball.image_from_path(docker / "24.0.7" / "dup.tar") as image:
            remote.push(f"{server.host}/dup:1", image, engine="python")
        result = run("pull", "--to-daemon", f"{server.host}/dup:1", "--engine", engine)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "pyggcr: no space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [["app:1"], ["--to-daemon"], ["--to-daemon", "--format", "oci", "app:1"]],
)
def test_pulling_needs_to_know_where_to(run: Run, arguments: list[str]) -> None:
    result = run("pull", *arguments)
    assert result.exit_code == 2
    assert "PATH" in result.stderr or "--format" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["digest", "--daemon", "--tarball", "a.tar"], "contradict each other"),
        (["validate", "--daemon", "--remote", "app:1"], "--daemon needs the name of an image"),
        (["validate", "--daemon", "--tarball", "a.tar"], "--daemon needs the name of an image"),
    ],
)
def test_what_contradicts_the_daemon_is_wrong_usage(run: Run, arguments, text) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr


@pytest.mark.parametrize("command", [["digest", "--daemon", "app:1"], ["doctor", "--engine-check"]])
def test_another_server_is_exit_code_2(run: Run, fake: FakeEngine, command: list[str]) -> None:
    fake.faults = [html("/")]
    result = run(*command)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_stalled_engine_is_waited_for_no_longer_than_told(run: Run, fake: FakeEngine) -> None:
    fake.faults = [Stalled("/version")]
    result = run("doctor", "--engine-check", "--timeout", "0.3")
    assert (result.exit_code, result.stderr) == (2, "pyggcr: context deadline exceeded\n")
    fake.faults = [Stalled("/images/get", after=2000)]
    result = run("validate", "--daemon", "app:1", "--timeout", "0.3")
    assert (result.exit_code, result.stderr) == (2, "pyggcr: context deadline exceeded\n")


def test_an_archive_is_read_without_what_is_for_places(app: Path) -> None:
    code = (
        "import sys\n"
        "from pyggcr.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "digest", app], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "pyggcr.tarball" in loaded
    for module in (
        "store.store",
        "daemon",
        "daemon.endpoint",
        "store.locations",
        "remote",
    ):
        assert f"pyggcr.{module}" not in loaded
