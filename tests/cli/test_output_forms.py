"""Every cell of the second table of docs/cli.md: commands, forms of what is written, --platform."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path

import pytest
import zstandard
from support.image_commands import Scene, invoke
from support.image_forms import PLATFORMS, Forms, image_forms

import pyggcr
from pyggcr.cli import app
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from tools.forms_table import COMMANDS, FORMS, NOTES, OUTPUTS, SAVED, WITHOUT_IMAGE, main

AMD, ARM = PLATFORMS


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    with image_forms(tmp_path_factory.mktemp("forms")) as made:
        yield made


@pytest.fixture
def scene(tmp_path: Path, forms: Forms) -> Scene:
    made = Scene(tmp_path, forms.host)
    (tmp_path / "base.tar").write_bytes(forms.saved)
    return made


def target(form: str, scene: Scene, forms: Forms) -> str:
    """An output of a form that nobody has used."""
    new = scene.new()
    return {
        "app.tar": f"{new}.tar",
        "app.tar.gz": f"{new}.tar.gz",
        "folder": f"{new}/",
        "-": "-",
        "docker-archive:": f"docker-archive:{new}.tar",
        "oci:": f"oci:{new}",
        "oci-archive:": f"oci-archive:{new}.tar",
        "dir:": f"dir:{new}",
        "docker-daemon:": "docker-daemon:result:1",
        "docker://": f"docker://{forms.host}/result:1",
        "host/app:1": f"{forms.host}/result:1",
    }[form]


def line(command: str, image: str, output: str, scene: Scene) -> list[str]:
    written = ["--output", output, "--tag", "result:1"]
    layer = f"{scene.folder}/layer.tar"
    return {
        "copy": ["copy", image, output],
        "pull": ["pull", image, output],
        "push": ["push", image, output],
        "convert": ["convert", image, *written],
        "build": ["build", "--base", image, "--file", "x=y", *written],
        "flatten": ["flatten", image, *written],
        "append": ["append", "--base", image, "--new_layer", layer, *written],
        "mutate": ["mutate", image, "--env", "A=B", *written],
        "rebase": ["rebase", image, "--old_base", f"{scene.folder}/base.tar", "--new_base",
                   f"{scene.folder}/base.tar", *written],
        "edit config": ["edit", "config", image, *written],
        "edit manifest": ["edit", "manifest", image, *written],
        "edit fs": ["edit", "fs", image, "--filename", "x", *written],
        "index filter": ["index", "filter", image, "--platform", ARM, *written],
        "index append": ["index", "append", "--manifest", image, *written],
        "repair": ["repair", image, output],
    }[command]  # fmt: skip


def given(command: str, forms: Forms) -> bytes:
    documents = {"edit config": forms.configs, "edit manifest": forms.manifests}
    return documents.get(command, {ARM: b"new"})[ARM]


def platforms_of(form: str, output: str, stdout: bytes, scene: Scene) -> set[str]:
    """Of what was written: the platforms of its images."""
    if form == "-":
        output = f"{scene.new()}.tar"
        Path(output).write_bytes(stdout)
    with pyggcr.open(output) as store:
        return {str(image.platform) for image in store.images()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", OUTPUTS)
def test_what_is_written(forms: Forms, scene: Scene, command: str, form: str) -> None:
    it = OUTPUTS[command]
    cell = it.cell(form)
    output = target(form, scene, forms)
    argv = line(command, forms.texts["oci:"], output, scene)
    whole = invoke(*argv, given=given(command, forms))
    chooses = command not in ("index filter", "repair")
    one = invoke(*argv, "--platform", ARM, given=given(command, forms)) if chooses else whole

    if cell.startswith("no"):
        for refused in (whole, one):
            assert refused.exit_code == 2, refused.output
        expected = NOTES[it.refused.get(form, "s")][0]
        assert expected in one.output
        assert expected in whole.output or (ARM in whole.output and not it.holds_index)
        return
    assert one.exit_code == 0, one.output
    if form != "docker-daemon:":
        found = platforms_of(form, output, one.stdout_bytes, scene)
        assert ARM in found
    if cell == "yes" or command == "repair":
        assert whole.exit_code == 0, whole.output
    else:
        assert whole.exit_code == 2, whole.output
        assert "--platform" in whole.stderr
        if not it.holds_index:
            assert AMD in whole.stderr


def test_the_tables_of_the_page_are_these() -> None:
    assert main(["--check"]) == 0, "python -m tools.forms_table"


def verbs(group=app, before: str = "") -> set[str]:
    found = set()
    for name in group.names():
        command = group.find(name)
        if hasattr(command, "names"):
            found |= verbs(command, f"{before}{name} ")
        else:
            found.add(f"{before}{name}")
    return found


def test_every_command_is_in_a_table_or_takes_no_image() -> None:
    listed = {name.partition(" --")[0].partition(" (")[0] for name in COMMANDS}
    new = verbs() - listed - set(OUTPUTS) - set(WITHOUT_IMAGE)
    assert not new, "name it in tools/forms_table.py"


@pytest.mark.parametrize("form", SAVED)
@pytest.mark.parametrize("command", ["copy", "mutate", "files", "config", "push", "export"])
def test_a_platform_of_an_archive_that_lists_two_images(
    forms: Forms, scene: Scene, command: str, form: str
) -> None:
    specs = [
        ImageSpec(
            [LayerSpec(layer_tar({word: b"a"}))],
            tags=[f"app:{word}"],
            config={"architecture": word},
        )
        for word in ("amd64", "arm64")
    ]
    saved = docker_save(specs)
    path = scene.folder / "two.tar"
    path.write_bytes(gzip.compress(saved) if form == "app.tar.gz" else saved)
    texts = {"-": "-", "docker-archive:": f"docker-archive:{path}"}
    if form == "docker-daemon:":
        forms.daemon.add(path)
        texts[form] = "docker-daemon:app:arm64"
    text = texts.get(form, str(path))
    argv = {
        "copy": ["copy", text, f"oci:{scene.new()}"],
        "mutate": ["mutate", text, "--env", "A=B", *scene.to()],
        "push": ["push", text, f"{forms.host}/two:1"],
        "export": ["export", text, scene.new()],
    }.get(command, [command, text])

    there = invoke(*argv, "--platform", ARM, given=saved)
    missing = invoke(*argv, "--platform", "linux/s390x", given=saved)

    assert there.exit_code == 0, there.output
    assert missing.exit_code == 2
    assert AMD in missing.stderr
    assert ARM in missing.stderr
    if command == "files":
        assert there.stdout == "arm64\n"


UNPACK = {
    ".tar.gz": gzip.decompress,
    ".tgz": gzip.decompress,
    ".tar.xz": lzma.decompress,
    ".txz": lzma.decompress,
    ".tar.bz2": bz2.decompress,
    ".tar.zst": lambda data: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read(),
}


@pytest.mark.parametrize("suffix", UNPACK)
@pytest.mark.parametrize("transport", ["", "docker-archive:", "oci-archive:"])
@pytest.mark.parametrize("command", ["copy", "pull", "mutate"])
def test_an_archive_is_compressed_as_its_name_says(
    forms: Forms, scene: Scene, suffix: str, transport: str, command: str
) -> None:
    made = {}
    for name in (f"packed{suffix}", "plain.tar", f"again{suffix}"):
        argv = line(command, forms.texts["host/app:1"], f"{transport}{scene.folder}/{name}", scene)
        done = invoke(*argv, "--platform", ARM)
        assert (done.exit_code, done.stderr) == (0, "")
        made[name] = (scene.folder / name).read_bytes()

    assert UNPACK[suffix](made[f"packed{suffix}"]) == made["plain.tar"]
    assert made[f"packed{suffix}"] == made[f"again{suffix}"]
    assert not [it for it in scene.folder.iterdir() if it.name.startswith(".pyggcr-")]
    assert invoke("config", f"{scene.folder}/packed{suffix}").stdout_bytes != b""


def test_what_cannot_be_compressed_is_refused(forms: Forms, scene: Scene) -> None:
    legacy = invoke(
        "pull", "--format=legacy", forms.texts["docker://"], f"{scene.folder}/old.tar.gz"
    )
    assert legacy.exit_code == 2
    assert "name it .tar" in legacy.stderr
    assert not (scene.folder / "old.tar.gz").exists()


@pytest.mark.parametrize("command", ["convert", "copy", "pull", "mutate", "append", "build"])
@pytest.mark.parametrize("form", ["app.tar", "app.tar.gz", "-", "docker-daemon:"])
def test_layers_of_zstd_become_gzip_where_zstd_cannot_be(
    forms: Forms, scene: Scene, command: str, form: str
) -> None:
    done = invoke(
        "convert", forms.texts["oci:"], "--platform", ARM, "--compression", "zstd",
        "--output", f"oci:{scene.folder}/zstd",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    output = target(form, scene, forms)

    done = invoke(*line(command, f"oci:{scene.folder}/zstd", output, scene))

    assert done.exit_code == 0, done.output
    assert "layers of zstd become gzip" in done.stderr
    if form == "docker-daemon:":
        return
    if form == "-":
        output = f"{scene.new()}.tar"
        Path(output).write_bytes(done.stdout_bytes)
    (image,) = pyggcr.open(output).images()
    assert {str(layer.media_type()).rpartition(".")[2] for layer in image.layers()} == {"gzip"}
    pyggcr.validate.image(image)


def test_zstd_that_was_asked_for_stays_an_error(forms: Forms, scene: Scene) -> None:
    done = invoke(
        "convert", forms.texts["oci:"], "--platform", ARM, "--compression", "zstd",
        "--output", f"{scene.folder}/app.tar", "--tag", "app:1",
    )  # fmt: skip
    assert done.exit_code == 2
    assert "cannot read zstd layers" in done.stderr


@pytest.mark.parametrize("text", ["oci:x", "docker-archive:x.tar", "docker-daemon:x:1", "dir:x"])
@pytest.mark.parametrize("command", ["export", "extract"])
def test_files_are_not_written_to_the_place_of_an_image(
    forms: Forms, scene: Scene, monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    monkeypatch.chdir(scene.folder)
    done = invoke(command, forms.texts["oci:"], text, "--platform", ARM)
    assert done.exit_code == 2
    assert f"which {'is' if command == 'export' else 'are'} no image" in done.stderr
    assert not (scene.folder / text).exists()
