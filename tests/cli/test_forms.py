"""Every cell of the table of docs/cli.md: each command on each form of an image, and --platform."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.fake_engine import RECORDED, FakeEngine
from support.layouts import Layout, write_folder

from pyggcr import layout, registry, remote
from pyggcr.cli import app
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from tools.forms_table import COMMANDS, FORMS, PLATFORM, REASONS, main

OF_DAEMON = "docker-daemon:app:1"


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """A text for each form, of an index of two platforms where the form can hold one."""
    folder = tmp_path_factory.mktemp("forms")
    spec = ImageSpec([LayerSpec(layer_tar({"a": b"a"}), "gzip")], tags=["app:1"])
    saved = docker_save([spec])
    (folder / "app.tar").write_bytes(saved)
    (folder / "app.tar.gz").write_bytes(gzip.compress(saved))
    made = Layout()
    children = [_for(made, spec, "amd64"), _for(made, spec, "arm64")]
    made.roots = [made.add_index(children)]
    (folder / "oci.tar").write_bytes(made.tar())
    write_folder(made.finished(), folder / "layout")
    (whole,) = layout.image_index_from_path(folder / "layout").index_manifest().manifests
    index = layout.image_index_from_path(folder / "layout").image_index(whole.digest)
    with (
        registry.serve(engine="python") as server,
        FakeEngine(RECORDED["25.0.2"], unix=folder / "s") as fake,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DOCKER_HOST", fake.host)
        remote.push(f"{server.host}/app:1", index, engine="python")
        done = CliRunner().invoke(app, ["copy", f"oci:{folder}/layout", f"dir:{folder}/dir"])
        assert done.exit_code == 0, done.output
        texts = {
            "app.tar": f"{folder}/app.tar",
            "app.tar.gz": f"{folder}/app.tar.gz",
            "folder": f"{folder}/layout",
            "-": "-",
            "docker-archive:": f"docker-archive:{folder}/app.tar:app:1",
            "oci:": f"oci:{folder}/layout",
            "oci-archive:": f"oci-archive:{folder}/oci.tar",
            "dir:": f"dir:{folder}/dir",
            "docker-daemon:": OF_DAEMON,
            "docker://": f"docker://{server.host}/app:1",
            "host/app:1": f"{server.host}/app:1",
        }
        assert tuple(texts) == FORMS
        yield texts, saved, [child["digest"] for child in children], server.host


def _for(made, spec, architecture):
    config = {**json.loads(spec.raw_config()), "architecture": architecture, "os": "linux"}
    described = made.add_image(spec)
    manifest = json.loads(made.files.get(f"blobs/sha256/{described['digest'][7:]}"))
    kind = manifest["config"]["mediaType"]
    manifest["config"] = made.add_blob(json.dumps(config).encode(), kind)
    platform = {"architecture": architecture, "os": "linux"}
    return made.add_blob(json.dumps(manifest).encode(), manifest["mediaType"], platform=platform)


NEEDS_ONE = ("inspect", "layers", "config", "export", "append", "mutate")
HOLDS_INDEX = ("folder", "oci:", "oci-archive:", "dir:")


def arguments(command: str, text: str, out: Path, host: str) -> list[str]:
    """A command line of a command for an image."""
    layer = f"{out}/layer.tar"
    Path(layer).write_bytes(layer_tar({"b": b"b"}))
    more = {
        "export": [text, f"{out}/files.tar"],
        "push": [text, f"{host}/pushed:1"],
        "copy": [text, f"oci-archive:{out}/copy.tar"],
        "pull": [text, f"oci:{out}/pulled"],
        "convert": [text, "-o", f"oci:{out}/converted", "-t", "app:2"],
        "append": ["-b", text, "-f", layer, "-o", f"oci:{out}/appended"],
        "mutate": [text, "--env", "A=B", "-o", f"oci:{out}/mutated"],
        "flatten": [text, "-o", f"oci:{out}/flat"],
        "repair": [text, f"{out}/repaired.tar"],
    }
    return [command, *more.get(command, [text])]


def run(argv: list[str], saved: bytes):
    return CliRunner().invoke(app, argv, input=io.BytesIO(saved))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_form(forms, tmp_path, command: str) -> None:
    texts, saved, _, host = forms
    for form, text in texts.items():
        argv = arguments(command, text, tmp_path, host)
        refused = COMMANDS[command].get(form)
        if command in NEEDS_ONE and form in HOLDS_INDEX:
            done = run(argv, saved)
            assert done.exit_code == 2, (form, done.output)
            assert "linux/amd64" in done.stderr, (form, done.stderr)
            argv += ["--platform", "linux/arm64"]
        done = run(argv, saved)
        if refused is not None:
            assert done.exit_code == 2, (form, done.output)
            assert REASONS[refused] in done.output
        else:
            assert done.exit_code in ((0, 1) if command == "doctor" else (0,)), (form, done.output)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_platform_is_chosen_or_refused(forms, tmp_path, command: str) -> None:
    texts, saved, (_, arm), host = forms
    for form, text in texts.items():
        argv = arguments(command, text, tmp_path, host)
        missing = run([*argv, "--platform", "linux/s390x"], saved)
        assert missing.exit_code == 2, (form, missing.output)
        if not PLATFORM[command]:
            assert "No such option" in missing.stderr, form
            continue
        assert "linux/amd64" in missing.stderr, (form, missing.stderr)
        if form in (*HOLDS_INDEX, "docker://", "host/app:1"):
            done = run([*argv, "--platform", "linux/arm64"], saved)
            assert done.exit_code == 0, (form, done.output)
            if command in ("digest", "push"):
                assert arm in done.stdout, form


def test_the_table_of_the_page_is_this_one() -> None:
    assert main(["--check"]) == 0, "python -m tools.forms_table"
