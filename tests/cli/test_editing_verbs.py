"""``append``, ``mutate``, ``flatten``, ``rebase``, ``index``, ``edit`` and ``layout`` of pyggcr.

On registries, archives and layouts, with both engines. Where crane has the verb, its result is the
one expected; where it loses something, ours must not.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.processes import started

import pyggcr
from pyggcr import crane, empty, layout, mutate, name, remote, tarball, types, v1
from pyggcr.cli import app as program

OCI = types.MediaType.OCI_MANIFEST_SCHEMA1
REF_NAME = "org.opencontainers.image.ref.name"


@pytest.fixture
def run(engine, monkeypatch, tmp_path):
    """``run(…)``: the result of a command that ended with the exit code."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def run(*arguments, exit_code=0, **options):
        result = CliRunner().invoke(program, [str(it) for it in arguments], **options)
        assert result.exit_code == exit_code, result.output
        return result

    return run


def image_of(*layers: dict[str, bytes], oci: bool = False, **config: object) -> v1.Image:
    image = empty.image(engine="python")
    if oci:
        image = mutate.media_type(image, OCI)
        image = mutate.config_media_type(image, types.MediaType.OCI_CONFIG_JSON)
    for number, files in enumerate(layers):
        added = mutate.Addendum(
            crane.layer(files, engine="python"),
            history=v1.History(created_by=f"step {number}"),
            media_type=types.MediaType.OCI_LAYER if oci else types.MediaType.DOCKER_LAYER,
        )
        image = mutate.append(image, added)
    described = image.config_file()
    for key, value in {"os": "linux", "architecture": "amd64", **config}.items():
        setattr(described, key, value)
    return mutate.config_file(image, described)


@pytest.fixture
def image() -> v1.Image:
    return image_of({"etc/os": b"old"}, {"app": b"run"}, config=v1.Config(env=["A=1"]))


@pytest.fixture
def archive(image, tmp_path) -> Path:
    """An archive with one image, ``app:1``."""
    path = tmp_path / "app.tar"
    tarball.write_to_file(path, name.new_tag("app:1"), image)
    return path


@pytest.fixture
def folder(image, tmp_path) -> Path:
    """A layout with the image, ``app:1``, of OCI's media types."""
    path = tmp_path / "layout"
    oci = image_of({"etc/os": b"old"}, {"app": b"run"}, oci=True)
    crane.save_oci({"app:1": oci}, path, annotate=True)
    return path


@pytest.fixture
def app(real_registry, repository, image) -> str:
    """A repository with the image, ``app:1``."""
    path = f"{real_registry.host}/{repository}"
    crane.push(image, f"{path}:1", engine="python")
    return path


@pytest.fixture
def layer(tmp_path) -> Path:
    """A tar with one file."""
    return tar_of(tmp_path / "layer.tar", ("file", b"content"))


def tar_of(path: Path, *entries: tuple[str, bytes], **attributes: object) -> Path:
    with tarfile.open(path, "w") as tar:
        for entry_name, content in entries:
            entry = tarfile.TarInfo(entry_name)
            entry.size = len(content)
            for key, value in attributes.items():
                setattr(entry, key, value)
            tar.addfile(entry, io.BytesIO(content))
    return path


def opened(path: Path | str):
    return pyggcr.open(str(path))


def digest_of(path: Path | str, tag: str | None = None) -> str:
    with opened(path) as store:
        return str(store.image(tag=tag).digest())


# Outputs, by mutate: all commands share them.


def test_an_archive_is_changed_into_another(archive, image, run, engine):
    new = archive.parent / "new.tar"
    assert run("mutate", archive, "--env", "B=2", "--output", new).stdout == ""
    with opened(new) as store:
        made = store.image()
        assert made.tags == ("app:1",)
        assert made.config_file().config.env == ["A=1", "B=2"]
        assert [it.diff_id() for it in made.layers()] == [it.diff_id() for it in image.layers()]
    assert digest_of(archive) == str(image.digest())


def test_an_archive_is_replaced_only_when_the_new_one_is_complete(archive, run):
    run("mutate", archive, "--user", "u", "-o", archive, "--tag", "app:2")
    with opened(archive) as store:
        assert store.image(tag="app:2").config_file().config.user == "u"


def test_archive_layout_and_registry_give_one_digest(app, image, run, run_crane, tmp_path):
    tarball.write_to_file(tmp_path / "in.tar", name.new_tag("app:1"), image)
    crane.save_oci({"app:1": image}, tmp_path / "in", annotate=True)
    theirs = run_crane("mutate", f"{app}:1", "-l", "a=b", "-t", f"{app}:theirs")
    for source in (tmp_path / "in.tar", tmp_path / "in", f"{app}:1", f"docker://{app}:1"):
        ours = run("mutate", source, "-l", "a=b", "-t", f"{app}:ours")
        assert ours.stdout.strip() == theirs


def test_every_form_of_output_holds_the_image(archive, run, tmp_path, monkeypatch):
    outputs = {
        "a.tar": "a.tar",
        "docker-archive:b.tar:app:2": "b.tar",
        "c/": "c",
        "oci:d:app:2": "d",
        "oci-archive:e.tar:app:2": "e.tar",
    }
    digests = set()
    monkeypatch.chdir(tmp_path)
    for output, path in outputs.items():
        run("mutate", archive, "-u", "u", "-o", output)
        with opened(path) as store:
            (found,) = store.images()
            digests.add(found.digest())
            assert found.tags == (("app:2",) if "app:2" in output else ("app:1",))
    assert len(digests) == 1


def test_standard_input_and_output_are_archives(archive, run, tmp_path):
    result = run("mutate", "-", "-u", "u", "-o", "-", input=archive.read_bytes())
    (tmp_path / "new.tar").write_bytes(result.stdout_bytes)
    run("mutate", archive, "-u", "u", "-o", tmp_path / "same.tar")
    assert digest_of(tmp_path / "new.tar") == digest_of(tmp_path / "same.tar")


def test_an_archive_of_a_layout_is_the_same_each_time(folder, run, tmp_path):
    for output in ("a.tar", "b.tar"):
        run("mutate", folder, "-u", "u", "-o", f"oci-archive:{tmp_path / output}:app:1")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert not [it for it in tmp_path.iterdir() if it.name.startswith(".pyggcr")]


def test_a_layout_gets_a_new_image_under_the_old_name(folder, run):
    before = digest_of(folder)
    run("mutate", folder, "-u", "u", "-o", folder, "-t", "app:1")
    (entry,) = layout.image_index_from_path(folder).index_manifest().manifests
    assert entry.annotations == {REF_NAME: "app:1"}
    assert str(entry.digest) != before


def test_json_says_what_was_written(archive, app, run, tmp_path):
    new = tmp_path / "new.tar"
    said = json.loads(run("mutate", archive, "-u", "u", "-o", new, "--json").stdout)
    assert said == {"output": str(new), "digest": digest_of(new)}
    said = json.loads(run("mutate", archive, "-u", "u", "-t", f"{app}:2", "--json").stdout)
    assert said == {"reference": f"{app}@{digest_of(new)}", "digest": digest_of(new)}


def test_an_archive_needs_a_place_for_the_result(archive, run):
    for command in (["mutate"], ["flatten"], ["rebase", "--old_base", "a", "--new_base", "b"]):
        refused = run(*command, archive, exit_code=2)
        assert "where to? --output PATH writes the result" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("output", ["no/such/folder/a.tar", "oci:/proc/none:a", "sif:x"])
def test_a_result_that_cannot_be_written_is_an_error(archive, run, output, tmp_path):
    before = sorted(tmp_path.iterdir())
    refused = run("mutate", archive, "-u", "u", "-o", output, exit_code=2)
    assert refused.stderr.startswith("pyggcr: ")
    assert sorted(tmp_path.iterdir()) == before


def test_several_images_need_a_choice(image, run, tmp_path):
    other = image_of({"x": b""}, architecture="arm64")
    pairs = {name.new_tag("app:1"): image, name.new_tag("app:2"): other}
    tarball.multi_write_to_file(tmp_path / "two.tar", pairs)
    refused = run("mutate", tmp_path / "two.tar", "-o", tmp_path / "n.tar", exit_code=2)
    assert "2 images to choose from" in refused.stderr
    assert "hint: --source-tag and --platform choose among images" in refused.stderr
    for option in (["--source-tag", "app:2"], ["--platform", "linux/arm64"]):
        run("mutate", tmp_path / "two.tar", *option, "-o", tmp_path / "n.tar")
        with opened(tmp_path / "n.tar") as store:
            assert store.image().config_file().architecture == "arm64"
    missing = run("mutate", "app:1", "--source-tag", "x", "-t", "app:2", exit_code=2)
    assert "--source-tag is for archives and layouts" in missing.stderr


# mutate


def test_mutate_has_every_flag(archive, layer, run, tmp_path):
    new = tmp_path / "new.tar"
    run(
        "mutate", archive, "-a", "x=1,y=2", "-l", "a=b,c", "-l", "d=", "-e", "A=2", "-e", "B=x=y",
        "-e", "B=z", "--entrypoint", "/bin/sh,-c", "--cmd", '["echo a,b"]', "-u", "1:2", "-w",
        "/srv", "--exposed-ports", "80/tcp,53/udp", "--set-platform", "linux/arm64/v8",
        "--append", layer, "-o", f"oci:{tmp_path / 'out'}",
    )  # fmt: skip
    with opened(tmp_path / "out") as store:
        made = store.image()
        config_file = made.config_file()
        config = config_file.config
        assert made.manifest().annotations == {"x": "1", "y": "2"}
        assert config.labels == {"a": "b,c", "d": ""}
        assert config.env == ["A=2", "B=z"]
        assert (config.entrypoint, config.cmd) == (["/bin/sh", "-c"], ["echo a,b"])
        assert (config.user, config.working_dir) == ("1:2", "/srv")
        assert config.exposed_ports == {"80/tcp", "53/udp"}
        assert str(config_file.platform()) == "linux/arm64/v8"
        assert len(made.layers()) == 3
    assert not new.exists()


def test_mutate_pushes_by_digest_to_a_repository(app, run):
    printed = run("mutate", f"{app}:1", "-u", "u", "--repo", f"{app}/other").stdout.strip()
    assert printed.startswith(f"{app}/other@sha256:")
    assert crane.digest(printed) == printed.rpartition("@")[2]
    refused = run("mutate", f"{app}:1", "--repo", "a", "-t", "b", exit_code=2)
    assert "--repo and --tag contradict each other" in refused.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--env", "x"), ("--label", "x"), ("--cmd", "[1]"), ("--set-platform", "a/b/c/d")],
)
def test_mutate_refuses_what_is_malformed(archive, run, option, value, tmp_path):
    refused = run("mutate", archive, option, value, "-o", tmp_path / "new.tar", exit_code=2)
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "new.tar").exists()


def test_mutate_keeps_the_subject_which_crane_drops(app, run, run_crane):
    image = image_of({"a": b""}, oci=True)
    subject = v1.Descriptor(OCI, 2, v1.Hash("sha256", "0" * 64))
    crane.push(mutate.subject(image, subject), f"{app}:subject", engine="python")
    run_crane("mutate", f"{app}:subject", "-u", "u", "-t", f"{app}:theirs")
    assert "subject" not in json.loads(crane.manifest(f"{app}:theirs"))
    run("mutate", f"{app}:subject", "-u", "u", "-t", f"{app}:ours")
    kept = json.loads(crane.manifest(f"{app}:ours"))["subject"]
    assert kept["digest"] == str(subject.digest)


def test_mutate_tells_of_what_the_config_loses(folder, run, tmp_path):
    config = json.loads(layout_image(folder).raw_config_file())
    config["config"]["Future"] = {"x": 1}
    run("edit", "config", folder, "-o", f"{tmp_path}/f/", input=json.dumps(config))
    result = run("mutate", tmp_path / "f", "-u", "u", "-o", tmp_path / "new.tar")
    assert result.stderr == (
        "pyggcr: warning: the config loses what go-containerregistry does not know: config.Future\n"
    )


def layout_image(folder: Path) -> v1.Image:
    index = layout.image_index_from_path(folder)
    return index.image(index.index_manifest().manifests[-1].digest)


# append


def test_append_gives_crane_s_digest(app, archive, layer, run, run_crane):
    theirs = run_crane("append", "-b", f"{app}:1", "-f", layer, "-t", f"{app}:theirs")
    for base in (archive, f"{app}:1"):
        ours = run("append", "-b", base, "-f", layer, "-t", f"{app}:ours").stdout.strip()
        assert ours == theirs
    theirs = run_crane("append", "-f", layer, "-t", f"{app}:theirs", "--oci-empty-base")
    assert run("append", "-f", layer, "-t", f"{app}:o", "--oci-empty-base").stdout.strip() == theirs


def test_append_reads_standard_input(app, layer, archive, run, tmp_path):
    content = layer.read_bytes()
    by_file = run("append", "-b", archive, "-f", layer, "-t", f"{app}:2").stdout
    assert (
        run("append", "-b", archive, "-f", "-", "-t", f"{app}:3", input=content).stdout == by_file
    )
    new = tmp_path / "new.tar"
    run("append", "-b", archive, "-f", "-", "-o", new, input=content)
    assert digest_of(new) == by_file.strip().rpartition("@")[2]
    refused = run("append", "-b", "-", "-f", "-", "-o", new, input=content, exit_code=2)
    assert "standard input can be read only once" in refused.stderr


def test_append_notes_the_base(app, layer, run, run_crane):
    options = ["-f", layer, "--set-base-image-annotations"]
    theirs = run_crane("append", "-b", f"{app}:1", *options, "-t", f"{app}:theirs")
    assert run("append", "-b", f"{app}:1", *options, "-t", f"{app}:o").stdout.strip() == theirs
    assert "needs --base" in run("append", *options, "-t", "a", exit_code=2).stderr


@pytest.mark.parametrize("entry", ["../up", "a/../../up", "/../up"])
def test_append_refuses_entries_that_leave_the_image(archive, run, tmp_path, entry):
    bad = tar_of(tmp_path / "bad.tar", (entry, b""))
    refused = run("append", "-b", archive, "-f", bad, "-o", tmp_path / "n.tar", exit_code=2)
    assert refused.stderr == f'pyggcr: {bad}: the entry "{entry}" leads out of the image\n'
    assert not (tmp_path / "n.tar").exists()


def test_append_refuses_hard_links_that_leave_the_image(archive, run, tmp_path):
    bad = tar_of(tmp_path / "bad.tar", ("a", b""), type=tarfile.LNKTYPE, linkname="../x")
    refused = run("append", "-b", archive, "-f", bad, "-o", tmp_path / "n.tar", exit_code=2)
    assert 'the hard link "a" to "../x" leads out of the image' in refused.stderr


def test_append_tells_of_what_is_odd(archive, run, tmp_path):
    odd = tar_of(tmp_path / "odd.tar", ("/abs", b""), ("twice", b"1"), ("./twice", b"2"))
    said = run("append", "-b", archive, "-f", odd, "-o", tmp_path / "n.tar").stderr.splitlines()
    assert said == [
        f'pyggcr: warning: {odd}: the entry "/abs" has an absolute name',
        f'pyggcr: warning: {odd}: the entry "./twice" is there twice; the last one counts',
    ]
    device = tar_of(tmp_path / "device.tar", ("dev/x", b""), type=tarfile.CHRTYPE)
    said = run("append", "-b", archive, "-f", device, "-o", tmp_path / "n.tar").stderr
    assert said == f'pyggcr: warning: {device}: the entry "dev/x" is a device\n'


def test_append_refuses_a_text(archive, run, tmp_path):
    text = tmp_path / "text"
    text.write_text("no tar at all, but long enough to be one" * 30)
    refused = run("append", "-b", archive, "-f", text, "-o", tmp_path / "n.tar", exit_code=2)
    assert refused.stderr.startswith(f'pyggcr: {text} is text ("no tar at all, but long')
    assert "no tar, so it cannot be a layer: archive/tar: invalid tar header" in refused.stderr
    missing = run("append", "-b", archive, "-f", "none", "-o", tmp_path / "n.tar", exit_code=2)
    assert missing.stderr == (
        'pyggcr: reading layer "none": stat none: no such file or directory\n'
    )


def test_ctrl_c_leaves_nothing_behind(archive, tmp_path):
    new = tmp_path / "new.tar"
    command = [sys.executable, "-m", "pyggcr", "append", "-b", archive, "-f", "-", "-o", new]
    before = sorted(tmp_path.iterdir())
    with started(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(bytes(1 << 20))  # more than a pipe holds: it is being read
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""
    assert sorted(tmp_path.iterdir()) == before


# flatten


def test_flatten_gives_one_digest_wherever_it_writes(app, archive, run, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    pushed = run("flatten", f"{app}:1", "-t", f"{app}:flat").stdout.strip()
    run("flatten", archive, "-o", f"oci:{tmp_path / 'flat'}:app:1")
    assert digest_of(tmp_path / "flat") == pushed.rpartition("@")[2]
    run("flatten", archive, "-o", tmp_path / "flat.tar")
    for path in (tmp_path / "flat", tmp_path / "flat.tar"):
        with opened(path) as store:
            made = store.image()
            assert len(made.layers()) == 1
            assert str(made.config_file().created) == "2023-11-14T22:13:20Z"
            assert made.config_file().config.env == ["A=1"]
            (entry,) = made.config_file().history
            assert entry.created_by.startswith("pyggcr flatten sha256:")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    refused = run("flatten", archive, "-o", tmp_path / "x.tar", exit_code=2)
    assert "SOURCE_DATE_EPOCH is a number of seconds" in refused.stderr


def test_flatten_has_crane_s_layer(app, run, run_crane):
    run("flatten", f"{app}:1", "-t", f"{app}:ours")
    run_crane("flatten", f"{app}:1", "-t", f"{app}:theirs")
    ours, theirs = (json.loads(crane.manifest(f"{app}:{it}")) for it in ("ours", "theirs"))
    assert ours["layers"] == theirs["layers"]


# rebase


@pytest.fixture
def bases(app) -> list[str]:
    crane.push(image_of({"etc/os": b"old"}), f"{app}:old", engine="python")
    crane.push(image_of({"etc/os": b"new"}), f"{app}:new", engine="python")
    return ["--old_base", f"{app}:old", "--new_base", f"{app}:new"]


def test_rebase_gives_crane_s_digest(app, archive, bases, run, run_crane):
    theirs = run_crane("rebase", f"{app}:1", *bases, "-t", f"{app}:theirs")
    for source in (archive, f"{app}:1"):
        assert run("rebase", source, *bases, "-t", f"{app}:ours").stdout.strip() == theirs
    # The annotations lead on.
    assert run("rebase", f"{app}:ours").stdout.strip() == run_crane("rebase", f"{app}:theirs")
    original = run("rebase", "--original", f"{app}:1", *bases, "-t", f"{app}:ours")
    assert original.stdout.strip() == theirs
    rebased = run("rebase", f"{app}:1", *bases, "--rebased", f"{app}:ours")
    assert rebased.stdout.strip() == theirs


def test_rebase_works_on_archives_alone(archive, run, tmp_path):
    for tag in ("old", "new"):
        base = image_of({"etc/os": tag.encode()})
        tarball.write_to_file(tmp_path / f"{tag}.tar", name.new_tag(f"base:{tag}"), base)
    files = ["--old_base", tmp_path / "old.tar", "--new_base", tmp_path / "new.tar"]
    run("rebase", archive, *files, "-o", tmp_path / "out.tar")
    with opened(tmp_path / "out.tar") as store:
        made = store.image()
        assert made.layers()[0].diff_id() == crane.layer({"etc/os": b"new"}).diff_id()
        assert len(made.layers()) == 2


def test_rebase_keeps_the_layers_that_crane_loses(app, run, run_crane, bases):
    image = image_of({"etc/os": b"old"}, {"b": b""}, {"c": b""})
    described = image.config_file()
    described.history = None
    crane.push(mutate.config_file(image, described), f"{app}:bare", engine="python")
    run_crane("rebase", f"{app}:bare", *bases, "-t", f"{app}:theirs")
    assert len(crane.pull(f"{app}:theirs").layers()) == 2
    run("rebase", f"{app}:bare", *bases, "-t", f"{app}:ours")
    assert [it.diff_id() for it in crane.pull(f"{app}:ours").layers()] == [
        crane.layer(files).diff_id() for files in ({"etc/os": b"new"}, {"b": b""}, {"c": b""})
    ]


def test_rebase_keeps_oci_and_annotations(folder, run, tmp_path):
    for tag in ("old", "new"):
        base = image_of({"etc/os": tag.encode()}, oci=True, variant="v8")
        crane.save_oci({f"base:{tag}": base}, tmp_path / tag)
    run("mutate", folder, "-a", "note=kept", "-o", folder, "-t", "app:1")
    files = ["--old_base", tmp_path / "old", "--new_base", tmp_path / "new"]
    run("rebase", folder, *files, "-o", f"{tmp_path}/out/")
    made = layout_image(tmp_path / "out")
    assert made.media_type() == OCI
    assert made.manifest().config.media_type == types.MediaType.OCI_CONFIG_JSON
    assert made.manifest().annotations["note"] == "kept"
    assert made.config_file().variant == "v8"


def test_rebase_refuses(app, archive, bases, run, tmp_path):
    missing = run("rebase", archive, "-o", tmp_path / "x.tar", exit_code=2).stderr
    assert "no annotation org.opencontainers.image.base.name; --new_base is needed" in missing
    wrong = ["--old_base", f"{app}:new", "--new_base", f"{app}:old"]
    refused = run("rebase", archive, *wrong, "-o", tmp_path / "x.tar", exit_code=2)
    assert "(layer 0 mismatch)" in refused.stderr
    assert "name one image" in run("rebase", *bases, exit_code=2).stderr
    assert not (tmp_path / "x.tar").exists()


def test_rebase_refuses_a_history_of_too_many_layers(app, bases, folder, run, tmp_path):
    config = json.loads(layout_image(folder).raw_config_file())
    config["history"] = config["history"] * 3
    run("edit", "config", folder, "-o", f"{tmp_path}/f/", input=json.dumps(config))
    refused = run("rebase", tmp_path / "f", *bases, "-o", tmp_path / "x.tar", exit_code=2)
    assert "malformed image: config history references at least" in refused.stderr


# index


@pytest.fixture
def indexed(app) -> str:
    """``app:all``, an index of two platforms."""
    adds = []
    for architecture in ("amd64", "arm64"):
        platform = v1.Platform(os="linux", architecture=architecture)
        made = image_of({"a": architecture.encode()}, architecture=architecture)
        adds.append(mutate.IndexAddendum(made, platform=platform))
    index = mutate.append_manifests(empty.index(), *adds)
    remote.write_index(f"{app}:all", index, engine="python")
    return f"{app}:all"


@pytest.fixture
def index_archive(indexed, run, run_crane, tmp_path) -> str:
    """The same as a tar of a layout."""
    run_crane("pull", "--format", "oci", indexed, tmp_path / "all")
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        tar.add(tmp_path / "all", ".")
    return str(tmp_path / "all.tar")


def test_index_list_prints_what_crane_prints(indexed, index_archive, run, run_crane, tmp_path):
    theirs = run_crane("index", "list", indexed)
    for source in (indexed, index_archive, tmp_path / "all"):
        assert run("index", "list", source).stdout.strip() == theirs
    said = json.loads(run("index", "list", indexed, "--json").stdout)
    assert [it["platform"] for it in said["manifests"]] == ["linux/amd64", "linux/arm64"]
    assert (
        "pyggcr index append makes"
        in run("index", "list", f"{app_of(indexed)}:1", exit_code=2).stderr
    )


def app_of(reference: str) -> str:
    return reference.rpartition(":")[0]


def test_index_filter_gives_crane_s_digest(indexed, index_archive, run, run_crane, tmp_path):
    app = app_of(indexed)
    options = ["--platform", "linux/arm64", "-t"]
    theirs = run_crane("index", "filter", indexed, *options, f"{app}:theirs")
    for source in (indexed, index_archive, tmp_path / "all"):
        ours = run("index", "filter", source, *options, f"{app}:ours").stdout.strip()
        assert ours == theirs
    run("index", "filter", index_archive, "--platform", "linux/arm64", "-o", f"{tmp_path}/arm/")
    assert "linux/arm64" in run("index", "list", tmp_path / "arm").stdout
    assert "linux/amd64" not in run("index", "list", tmp_path / "arm").stdout


def test_index_filter_refuses_to_leave_nothing(indexed, run):
    before = crane.digest(indexed)
    refused = run("index", "filter", indexed, "--platform", "plan9", exit_code=2)
    assert refused.stderr.splitlines() == [
        f"pyggcr: {indexed}: no entry is for plan9",
        "pyggcr: hint: there are linux/amd64, linux/arm64",
    ]
    assert crane.digest(indexed) == before
    assert "--platform says which" in run("index", "filter", indexed, exit_code=2).stderr
    archive = ["index", "filter", indexed, "--platform", "linux", "-o", "x.tar"]
    assert "holds images of one platform only" in run(*archive, exit_code=2).stderr


def test_index_append_gives_crane_s_digest(indexed, archive, run, run_crane):
    app = app_of(indexed)
    adds = ["-m", archive, "-m", f"{app}:1"]
    for arguments in ([indexed, *adds], adds, [*adds, "--docker-empty-base"], ["-m", indexed]):
        theirs = run_crane("index", "append", *arguments, "-t", f"{app}:theirs")
        ours = run("index", "append", *arguments, "-t", f"{app}:ours").stdout.strip()
        assert ours == theirs


def test_index_append_changes_a_layout_in_place(indexed, archive, run, tmp_path):
    new = tmp_path / "new"
    run("index", "append", new, "-m", indexed)
    run("index", "append", new, "-m", archive)
    listed = run("index", "list", new).stdout
    assert listed.count("linux/amd64") == 2
    run("index", "append", "-m", archive, "-o", f"oci-archive:{tmp_path / 'new.tar'}")
    assert run("index", "list", tmp_path / "new.tar").stdout.count("linux/amd64") == 1
    assert "--manifest says what to add" in run("index", "append", new, exit_code=2).stderr


# edit


def test_edit_config_keeps_every_byte(app, folder, archive, run, run_crane, tmp_path):
    config = (
        b'{"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}'
    )
    run("edit", "config", f"{app}:1", "-t", f"{app}:2", input=config)
    assert crane.config(f"{app}:2") == config
    result = run("edit", "config", folder, "-o", f"{tmp_path}/new/", input=config)
    assert layout_image(tmp_path / "new").raw_config_file() == config
    assert result.stderr == "pyggcr: warning: the config lists 0 layers, the manifest 2\n"


def test_edit_writes_nothing_where_nothing_was_changed(app, run):
    before = crane.digest(f"{app}:1")
    result = run("edit", "config", f"{app}:1", input=crane.config(f"{app}:1"))
    assert result.stderr == "pyggcr: warning: nothing was changed, so nothing is written\n"
    assert crane.digest(f"{app}:1") == before


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b'{"rootfs": 1}', b'{"a": 1'])
def test_edit_refuses_what_is_no_document(app, folder, run, content, tmp_path):
    before = crane.digest(f"{app}:1")
    for what in ("config", "manifest"):
        if what == "manifest" and content == b'{"rootfs": 1}':
            continue
        for arguments in ([f"{app}:1"], [folder, "-o", f"{tmp_path}/new/"]):
            refused = run("edit", what, *arguments, input=content, exit_code=2)
            assert refused.stderr.splitlines()[0].startswith(f"pyggcr: the edited {what} ")
            assert refused.stderr.splitlines()[1] == "pyggcr: hint: nothing was pushed or written"
    assert crane.digest(f"{app}:1") == before
    assert not (tmp_path / "new").exists()


def test_edit_manifest(app, folder, archive, run, tmp_path):
    document = json.loads(crane.manifest(f"{app}:1"))
    document["annotations"] = {"a": "b"}
    content = json.dumps(document).encode()
    assert (
        run("edit", "manifest", f"{app}:1", "-t", f"{app}:2", input=content).stdout == f"{app}:2\n"
    )
    assert crane.manifest(f"{app}:2") == content
    document = json.loads(layout_image(folder).raw_manifest())
    document["annotations"] = {"a": "b"}
    content = json.dumps(document).encode()
    run("edit", "manifest", folder, "-o", f"{tmp_path}/new/", input=content)
    assert layout_image(tmp_path / "new").raw_manifest() == content
    refused = run("edit", "manifest", archive, "-o", tmp_path / "n.tar", input=content, exit_code=2)
    assert "a docker-save archive has no manifest" in refused.stderr


def test_edit_fs_keeps_mode_and_owner(archive, run, tmp_path):
    layer = tar_of(tmp_path / "l.tar", ("etc/motd", b"old"), mode=0o640, uid=7)
    run("append", "-b", archive, "-f", layer, "-o", archive)
    run("edit", "fs", archive, "-f", "/etc/motd", "-o", tmp_path / "new.tar", input=b"new")
    run("edit", "fs", archive, "-f", "etc/fresh", "-o", tmp_path / "fresh.tar", input=b"x")
    for path, filename, mode, uid in (
        ("new.tar", "etc/motd", 0o640, 7),
        ("fresh.tar", "etc/fresh", 0o644, 0),
    ):
        with opened(tmp_path / path) as store:
            made = store.image()
            with (
                mutate.extract(made) as files,
                tarfile.open(fileobj=io.BytesIO(files.read())) as tar,
            ):
                members = {it.name.lstrip("/"): it for it in tar.getmembers()}
            assert (members[filename].mode, members[filename].uid) == (mode, uid)
            # crane puts its whole command line there, so that digests depend on it.
            assert made.config_file().history[-1].created_by == (
                f"pyggcr edit fs --filename {'/' if path == 'new.tar' else ''}{filename}"
            )


def test_edit_fs_refuses_a_folder(archive, run, tmp_path):
    layer = tar_of(tmp_path / "l.tar", ("folder", b""), type=tarfile.DIRTYPE)
    run("append", "-b", archive, "-f", layer, "-o", archive)
    options = ["-f", "folder", "-o", tmp_path / "x.tar"]
    refused = run("edit", "fs", archive, *options, input=b"", exit_code=2)
    assert refused.stderr == "pyggcr: folder is no regular file\n"


# layout gc


def test_layout_gc_deletes_what_nothing_refers_to(folder, run):
    orphan = folder / "blobs" / "sha256" / ("0" * 64)
    orphan.write_bytes(b"nothing")
    printed = f"sha256:{'0' * 64}\n"
    assert run("layout", "gc", folder, "--dry-run").stdout == printed
    assert orphan.exists()
    assert json.loads(run("layout", "gc", folder, "--dry-run", "--json").stdout)["deleted"]
    assert run("layout", "gc", folder).stdout == printed
    assert not orphan.exists()
    assert run("layout", "gc", folder).stdout == ""
    assert "no such file" in run("layout", "gc", folder / "none", exit_code=2).stderr
