"""What the verbs of crane that change images do, on both engines; crane itself is the judge."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from pyggcr import crane, empty, errors, layout, mutate, remote, types, v1
from pyggcr.crane.appending import append_and_push
from pyggcr.crane.collecting import collect_garbage
from pyggcr.crane.editing import (
    EditorError,
    edit_config,
    edit_file,
    edit_manifest,
    edited_by_editor,
)
from pyggcr.crane.flattening import flatten_and_push
from pyggcr.crane.indexing import append_to_index, filter_index, list_index, table
from pyggcr.crane.mutating import Changes, changed, mutate_and_push, with_environment
from pyggcr.crane.rebasing import rebase_and_push
from pyggcr.crane.wrapping import LogFatalError

OCI = types.MediaType.OCI_MANIFEST_SCHEMA1
LINUX = {"os": "linux", "architecture": "amd64"}


def tar_of(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    """A tar file with some files in it."""
    with tarfile.open(path, mode) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def image_of(*layers: dict[str, bytes], oci: bool = False, **config: object) -> v1.Image:
    """An image with layers of files, each with an entry in the history."""
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
    for key, value in {**LINUX, **config}.items():
        setattr(described, key, value)
    return mutate.config_file(image, described)


@pytest.fixture
def app(real_registry, repository):
    """The path of a repository with the images that tests start from."""
    path = f"{real_registry.host}/{repository}"
    base = image_of({"etc/os": b"old"}, {"etc/lib": b"1"})
    image = mutate.append(
        base,
        mutate.Addendum(crane.layer({"app": b"run"}), history=v1.History(created_by="copy")),
        mutate.Addendum(history=v1.History(created_by="env", empty_layer=True)),
    )
    described = image.config_file()
    described.config = v1.Config(
        env=["PATH=/bin", "LEVEL=1"], cmd=["serve"], labels={"a": "1"}, exposed_ports={"80/tcp"}
    )
    crane.push(base, f"{path}:old", engine="python")
    crane.push(image_of({"etc/os": b"new"}), f"{path}:new", engine="python")
    crane.push(mutate.config_file(image, described), f"{path}:1", engine="python")
    crane.push(image_of({"etc/os": b"oci"}, oci=True), f"{path}:oci", engine="python")
    return path


@pytest.fixture
def indexed(app):
    """``app:all``, an index of images for three platforms, and of an attestation."""
    adds = []
    for number, architecture in enumerate(("amd64", "arm64", "s390x")):
        image = image_of({"a": b"%d" % number}, architecture=architecture)
        platform = v1.Platform(os="linux", architecture=architecture)
        adds.append(mutate.IndexAddendum(image, platform=platform))
    unknown = v1.Platform(os="unknown", architecture="unknown")
    adds.append(mutate.IndexAddendum(image_of({"attested": b""}), platform=unknown))
    index = mutate.append_manifests(empty.index(), *adds)
    index = mutate.annotations(index, {"note": "kept"})
    remote.write_index(f"{app}:all", index, engine="python")
    return f"{app}:all"


def digest_of(printed: str) -> str:
    return printed.rpartition("@")[2]


def content_of(folder: Path) -> dict[Path, bytes]:
    files = (it for it in folder.rglob("*") if it.is_file())
    return {it.relative_to(folder): it.read_bytes() for it in files}


# append


@pytest.mark.parametrize("name", ["plain.tar", "files.tar.gz", "text", "twice.tar", "bad.tar"])
@pytest.mark.parametrize("base", ["1", "oci"])
def test_append_gives_crane_s_digest(app, engine, run_crane, tmp_path, name, base):
    path = tmp_path / name
    if name == "text":
        path.write_text("no tar at all")
    elif name == "twice.tar":
        with tarfile.open(path, "w") as tar:
            for content in (b"1", b"22"):
                entry = tarfile.TarInfo("same")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    elif name == "bad.tar":
        tar_of(path, {"../up": b"", "/absolute": b""})
    else:
        tar_of(path, {"file": b"content" * 100}, "w:gz" if name.endswith("gz") else "w")
    ours = append_and_push(
        [str(path)], base=f"{app}:{base}", new_tag=f"{app}:ours", annotate=True, engine=engine
    )
    theirs = run_crane(
        "append", "-b", f"{app}:{base}", "-f", path, "-t", f"{app}:theirs",
        "--set-base-image-annotations",
    )  # fmt: skip
    assert ours == theirs
    assert crane.manifest(f"{app}:ours") == crane.manifest(f"{app}:theirs")


def test_append_to_nothing_says_so(app, engine, run_crane, tmp_path):
    path = tar_of(tmp_path / "a.tar", {"a": b""})
    said: list[str] = []
    for oci in (False, True):
        ours = append_and_push(
            [str(path)], new_tag=f"{app}:e", oci_empty_base=oci, log=said.append, engine=engine
        )
        more = ["--oci-empty-base"] if oci else []
        assert ours == run_crane("append", "-f", path, "-t", f"{app}:e", *more)
    assert said == ["base unspecified, using empty image"] * 2


def test_append_writes_crane_s_archive(app, engine, run_crane, tmp_path):
    path = tar_of(tmp_path / "a.tar", {"a": b""})
    done = append_and_push(
        [str(path)], base=f"{app}:1", new_tag="app:2", output=str(tmp_path / "o.tar"), engine=engine
    )
    assert done is None
    run_crane("append", "-b", f"{app}:1", "-f", path, "-t", "app:2", "-o", tmp_path / "t.tar")
    assert (tmp_path / "o.tar").read_bytes() == (tmp_path / "t.tar").read_bytes()


def test_append_streams_a_pipe(app, engine, run_crane, tmp_path):
    tar = tar_of(tmp_path / "a.tar", {"a": b"x" * 1000}).read_bytes()
    with subprocess.Popen(["cat", tmp_path / "a.tar"], stdout=subprocess.PIPE) as process:
        pipe = f"/proc/self/fd/{process.stdout.fileno()}"
        ours = append_and_push([pipe], base=f"{app}:1", new_tag=f"{app}:o", engine=engine)
    command = ["crane", "append", "-b", f"{app}:1", "-f", "-", "-t", f"{app}:t"]
    theirs = subprocess.run(command, input=tar, capture_output=True, check=True).stdout
    assert ours == theirs.decode().strip()


def test_append_for_windows_moves_the_files(app, engine, run_crane, tmp_path):
    crane.push(image_of({"Files/a": b""}, os="windows"), f"{app}:windows", engine=engine)
    path = tar_of(tmp_path / "a.tar", {"dir/a": b"content", "b": b""})
    ours = append_and_push([str(path)], base=f"{app}:windows", new_tag=f"{app}:o", engine=engine)
    assert ours == run_crane("append", "-b", f"{app}:windows", "-f", path, "-t", f"{app}:t")
    tar_of(path, {"Files/x": b""})
    with pytest.raises(errors.ArchiveError, match='converting ".*" for Windows: file path "Files'):
        append_and_push([str(path)], base=f"{app}:windows", new_tag=f"{app}:o", engine=engine)


@pytest.mark.usefixtures("run_crane")
@pytest.mark.parametrize("path", ["/not/there.tar", "/"], ids=["none", "folder"])
def test_append_names_the_file_that_cannot_be_read(app, engine, path):
    with pytest.raises(errors.Error) as caught:
        append_and_push([path], base=f"{app}:1", new_tag=f"{app}:2", engine=engine)
    command = ["crane", "append", "-b", f"{app}:1", "-f", path, "-t", f"{app}:2"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=False)
    last = theirs.stderr.splitlines()[-1]
    if path == "/":
        # crane meets the folder when it sends the layer, and so do we.
        assert "read /: is a directory" in str(caught.value)
    else:
        assert last == f"Error: {caught.value}"


def test_append_needs_an_image(engine):
    with pytest.raises(TypeError):
        crane.append("app:1", engine=engine)


# mutate

CHANGES = {
    "everything": (
        Changes(
            annotations={"x": "1", "y": "<&>"},
            labels={"a": "2", "b": ""},
            env=[("LEVEL", "2"), ("NEW", "a=b"), ("NEW", "c")],
            entrypoint=["/bin/sh", "-c"],
            cmd=["echo"],
            user="1000:1000",
            workdir="/srv",
            exposed_ports=["8080/tcp", "53/udp"],
            platform="linux/arm64/v8:1.2",
        ),
        (
            "-a x=1 -a y=<&> -l a=2 -l b= -e LEVEL=2 -e NEW=a=b -e NEW=c --entrypoint /bin/sh,-c "
            "--cmd echo -u 1000:1000 -w /srv --exposed-ports 8080/tcp,53/udp "
            "--set-platform linux/arm64/v8:1.2"
        ),
    ),
    "nothing": (Changes(), ""),
    "entrypoint": (Changes(entrypoint=["x"]), "--entrypoint x"),
}


@pytest.mark.parametrize("case", CHANGES)
@pytest.mark.parametrize("base", ["1", "oci"])
def test_mutate_gives_crane_s_digest(app, engine, run_crane, tmp_path, case, base):
    changes, options = CHANGES[case]
    ours = mutate_and_push(f"{app}:{base}", changes, tag=f"{app}:ours", engine=engine)
    theirs = run_crane("mutate", f"{app}:{base}", "-t", f"{app}:theirs", *options.split())
    assert ours == theirs
    assert crane.config(f"{app}:ours") == crane.config(f"{app}:theirs")


def test_mutate_appends_and_writes_crane_s_archive(app, engine, run_crane, tmp_path):
    layer = tar_of(tmp_path / "a.tar", {"a": b""})
    changes = Changes(layers=[str(layer)], labels={"b": "1"})
    mutate_and_push(f"{app}:1", changes, output=str(tmp_path / "o.tar"), engine=engine)
    run_crane("mutate", f"{app}:1", "--append", layer, "-l", "b=1", "-o", tmp_path / "t.tar")
    assert (tmp_path / "o.tar").read_bytes() == (tmp_path / "t.tar").read_bytes()


def test_mutate_pushes_by_digest_where_it_was_asked_by_digest(app, engine):
    before = crane.digest(f"{app}:1")
    pushed = mutate_and_push(f"{app}@{before}", Changes(user="u"), engine=engine)
    assert crane.digest(pushed) == digest_of(pushed) != before
    assert crane.digest(f"{app}:1") == before
    elsewhere = mutate_and_push(f"{app}:1", Changes(), repository=f"{app}/b", engine=engine)
    assert crane.digest(elsewhere) == digest_of(elsewhere)
    with pytest.raises(errors.TransportError):
        crane.list_tags(f"{app}/b/none")
    mutate_and_push(f"{app}:1", Changes(user="u"), engine=engine)
    assert crane.digest(f"{app}:1") == digest_of(pushed)


@pytest.mark.usefixtures("run_crane")
def test_mutate_refuses_as_crane_does(app, indexed, engine):
    cases = [
        ({"reference": indexed, "changes": Changes(annotations={"a": "b"})}, ["-a", "a=b"]),
        (
            {"reference": f"{app}:1", "changes": Changes(), "tag": "a", "repository": "b"},
            ["-t", "a", "--repo", "b"],
        ),
        ({"reference": f"{app}:none", "changes": Changes()}, []),
        ({"reference": "A:1", "changes": Changes()}, []),
        (
            {"reference": f"{app}:1", "changes": Changes(platform="a/b/c/d")},
            ["--set-platform", "a/b/c/d"],
        ),
        ({"reference": f"{app}:1", "changes": Changes(), "tag": "A"}, ["-t", "A"]),
    ]  # fmt: skip
    for arguments, options in cases:
        with pytest.raises(errors.Error) as caught:
            mutate_and_push(**arguments, engine=engine)
        command = ["crane", "mutate", arguments["reference"], *options]
        theirs = subprocess.run(command, capture_output=True, text=True, check=False)
        assert theirs.stderr.splitlines()[-1] == f"Error: {caught.value}"


def test_mutate_drops_the_subject_as_go_does(app, engine):
    image = remote.image(f"{app}:oci")
    subject = v1.Descriptor(OCI, image.size(), image.digest())
    assert mutate.subject(image, subject).manifest().subject is not None
    made = changed(mutate.subject(image, subject), Changes(user="u"), engine=engine)
    assert made.manifest().subject is None


def test_environment_keeps_places_and_refuses_what_is_no_pair():
    assert with_environment(["a=1", "b=2"], [("c", "3"), ("a", "")]) == ["a=", "b=2", "c=3"]
    assert with_environment(["path=1"], [("x", "2")], for_windows=True) == ["path=1", "X=2"]
    with pytest.raises(errors.Error, match="invalid key value pair in config: broken"):
        with_environment(["broken"], [])


# index


def test_index_list_prints_what_crane_prints(app, indexed, engine, run_crane, tmp_path):
    for reference in (indexed, tmp_path / "layout"):
        if reference != indexed:
            run_crane("pull", "--format", "oci", indexed, reference)
        lines = table(list_index(str(reference), engine=engine))
        assert "\n".join(lines) == run_crane("index", "list", reference)
    with pytest.raises(errors.Error, match="to be an index, got"):
        list_index(f"{app}:1", engine=engine)


@pytest.mark.parametrize("platforms", [["linux/amd64"], ["linux/arm64", "linux/s390x"], ["plan9"]])
def test_index_filter_gives_crane_s_digest(app, indexed, engine, run_crane, platforms):
    parsed = [v1.parse_platform(text) for text in platforms]
    ours = filter_index(indexed, parsed, tag=f"{app}:ours", engine=engine)
    options = [option for text in platforms for option in ("--platform", text)]
    assert ours == run_crane("index", "filter", indexed, "-t", f"{app}:theirs", *options)
    before = crane.digest(indexed)
    by_digest = filter_index(f"{app}@{before}", parsed, engine=engine)
    assert by_digest == ours
    assert crane.digest(indexed) == before


def test_index_append_gives_crane_s_digest(app, indexed, engine, run_crane, tmp_path):
    run_crane("pull", f"{app}:1", tmp_path / "a.tar")
    run_crane("pull", "--format", "oci", f"{app}:new", tmp_path / "layout")
    adds = [f"{app}:1", str(tmp_path / "a.tar"), str(tmp_path / "layout"), indexed]
    named = [option for text in adds for option in ("-m", text)]
    for base, docker, flatten in (
        ("", False, True), ("", True, True), (indexed, False, True), (indexed, False, False)
    ):  # fmt: skip
        ours = append_to_index(
            base,
            adds,
            tag=f"{app}:ours",
            docker_empty_base=docker,
            flatten=flatten,
            engine=engine,
        )
        options = ["--docker-empty-base"] * docker + ["--flatten=false"] * (not flatten)
        arguments = [*([base] if base else []), *named, "-t", f"{app}:theirs", *options]
        assert ours == run_crane("index", "append", *arguments)


def test_index_append_makes_a_layout(app, indexed, engine, run_crane, tmp_path):
    for text in (f"{app}:1", indexed):
        done = append_to_index(str(tmp_path / "ours"), [text], engine=engine)
        assert done is None
        run_crane("index", "append", tmp_path / "theirs", "-m", text)
    assert content_of(tmp_path / "ours") == content_of(tmp_path / "theirs")


def test_index_append_needs_to_know_where(app, engine):
    with pytest.raises(errors.UnsupportedOptionError, match="at least one of --base or --tag"):
        append_to_index("", [f"{app}:1"], engine=engine)
    with pytest.raises(errors.Error, match="to be an index, got"):
        append_to_index(f"{app}:1", [f"{app}:1"], engine=engine)


# rebase


def test_rebase_gives_crane_s_digest(app, engine, run_crane):
    ours = rebase_and_push(
        f"{app}:1",
        old_base=f"{app}:old",
        new_base=f"{app}:new",
        tag=f"{app}:ours",
        engine=engine,
    )
    options = ["--old_base", f"{app}:old", "--new_base", f"{app}:new"]
    assert ours == run_crane("rebase", f"{app}:1", *options, "-t", f"{app}:theirs")
    assert len(crane.pull(f"{app}:ours").layers()) == 2


def test_rebase_learns_the_bases_from_annotations(app, engine, run_crane, tmp_path):
    layer = tar_of(tmp_path / "a.tar", {"a": b"1"})
    append_and_push([str(layer)], base=f"{app}:old", new_tag=f"{app}:2", annotate=True)
    crane.tag(f"{app}:new", "old")
    said: list[str] = []
    ours = rebase_and_push(f"{app}:2", tag=f"{app}:ours", log=said.append, engine=engine)
    assert ours == run_crane("rebase", f"{app}:2", "-t", f"{app}:theirs")
    assert said == [f"pushing rebased image as {app}:ours"]


@pytest.mark.usefixtures("run_crane")
def test_rebase_refuses_as_crane_does(app, indexed, engine):
    for reference, options in (
        (f"{app}:1", {}),
        (f"{app}:1", {"new_base": f"{app}:new"}),
        (f"{app}:1", {"new_base": f"{app}:new", "old_base": f"{app}:oci"}),
        (f"{app}:1", {"new_base": "B", "old_base": f"{app}:oci"}),
    ):
        with pytest.raises(errors.Error) as caught:
            rebase_and_push(reference, **options, engine=engine)
        assert not isinstance(caught.value, LogFatalError)
        named = [word for key, value in options.items() for word in (f"--{key}", value)]
        theirs = subprocess.run(
            ["crane", "rebase", reference, *named], capture_output=True, text=True, check=False
        )
        # Of a mismatch Go prints pointers.
        said = theirs.stderr.splitlines()[-1]
        if "mismatch)" in said:
            assert str(caught.value).endswith("(layer 0 mismatch)")
        else:
            assert said == f"Error: {caught.value}"
    for reference in (indexed, f"{app}:none"):
        with pytest.raises(LogFatalError) as caught:
            rebase_and_push(reference, engine=engine)
        theirs = subprocess.run(
            ["crane", "rebase", reference], capture_output=True, text=True, check=False
        )
        assert theirs.stderr.splitlines()[-1].endswith(f" {caught.value}")


def test_rebase_without_history_loses_a_layer_as_go_does(app, engine, run_crane):
    base, new = image_of({"a": b""}), image_of({"d": b""})
    image = mutate.append_layers(base, crane.layer({"b": b""}), crane.layer({"c": b""}))
    described = image.config_file()
    described.history = None
    crane.push(base, f"{app}:a")
    crane.push(new, f"{app}:d")
    crane.push(mutate.config_file(image, described), f"{app}:abc")
    bases = {"old_base": f"{app}:a", "new_base": f"{app}:d"}
    ours = rebase_and_push(f"{app}:abc", tag=f"{app}:o", engine=engine, **bases)
    named = [word for key, value in bases.items() for word in (f"--{key}", value)]
    assert ours == run_crane("rebase", f"{app}:abc", "-t", f"{app}:t", *named)


# flatten


def flattened(reference: str, tag: str, engine: str) -> v1.Image:
    printed = flatten_and_push(reference, tag=tag, engine=engine)
    assert crane.digest(tag) == digest_of(printed)
    return crane.pull(tag, platform="linux/amd64")


@pytest.mark.parametrize("base", ["1", "oci"])
def test_flatten_differs_from_crane_only_in_time(app, engine, run_crane, base):
    ours = flattened(f"{app}:{base}", f"{app}:ours", engine)
    run_crane("flatten", f"{app}:{base}", "-t", f"{app}:theirs")
    theirs = crane.pull(f"{app}:theirs")
    assert [it.digest() for it in ours.layers()] == [it.digest() for it in theirs.layers()]
    documents = [json.loads(it.raw_config_file()) for it in (ours, theirs)]
    for document in documents:
        assert document.pop("created") == document["history"][0].pop("created")
    assert documents[0] == documents[1]
    manifests = [json.loads(it.raw_manifest()) for it in (ours, theirs)]
    for manifest in manifests:
        del manifest["config"]["digest"], manifest["config"]["size"]
    assert manifests[0] == manifests[1]


def test_flatten_of_an_index_leaves_out_attestations(app, indexed, engine, run_crane):
    flatten_and_push(indexed, tag=f"{app}:ours", engine=engine)
    run_crane("flatten", indexed, "-t", f"{app}:theirs")
    ours, theirs = (json.loads(crane.manifest(f"{app}:{it}")) for it in ("ours", "theirs"))
    assert len(ours["manifests"]) == 3
    for entry in (*ours["manifests"], *theirs["manifests"]):
        del entry["digest"], entry["size"]
    assert ours == theirs
    assert ours["annotations"] == {"note": "kept"}


@pytest.mark.usefixtures("run_crane")
def test_flatten_fails_as_crane_does(app, engine, tmp_path):
    path = tmp_path / "text"
    path.write_text("no tar" * 200)
    append_and_push([str(path)], base=f"{app}:1", new_tag=f"{app}:text", engine=engine)
    for reference in (f"{app}:text", f"{app}:none", "A"):
        before = crane.digest(f"{app}:text")
        with pytest.raises(LogFatalError) as caught:
            flatten_and_push(reference, engine=engine)
        theirs = subprocess.run(
            ["crane", "flatten", reference], capture_output=True, text=True, check=False
        )
        said = theirs.stderr.splitlines()[-1]
        if reference == f"{app}:text":  # an address has secrets, which only crane shows
            assert said.endswith(": reading tar: archive/tar: invalid tar header")
            assert str(caught.value).endswith(": reading tar: archive/tar: invalid tar header")
        else:
            assert said.endswith(f" {caught.value}")
        assert crane.digest(f"{app}:text") == before


# edit


@pytest.mark.usefixtures("run_crane")
@pytest.mark.parametrize("base", ["1", "oci"])
def test_edit_config_gives_crane_s_digest(app, engine, base):
    config = b'{ "os":"linux", "unknown":  1.50 }\n'
    ours = edit_config(f"{app}:{base}", config, tag=f"{app}:ours", engine=engine)
    assert ours == f"{app}:ours"
    command = ["crane", "edit", "config", f"{app}:{base}", "-t", f"{app}:theirs"]
    subprocess.run(command, input=config, capture_output=True, check=True)
    assert crane.manifest(f"{app}:ours") == crane.manifest(f"{app}:theirs")
    assert crane.config(f"{app}:ours") == config


def test_edit_config_makes_the_new_of_the_old(app, engine):
    before = crane.config(f"{app}:1")
    digest = crane.digest(f"{app}:1")
    reference = edit_config(f"{app}@{digest}", lambda old: old + b"\n", engine=engine)
    assert crane.config(reference) == before + b"\n"
    assert crane.digest(f"{app}:1") == digest
    with pytest.raises(ZeroDivisionError):
        edit_config(f"{app}:1", lambda old: old[1 // 0 :], engine=engine)
    assert crane.digest(f"{app}:1") == digest


@pytest.mark.usefixtures("run_crane")
def test_edit_manifest_gives_crane_s_digest(app, indexed, engine):
    for reference in (f"{app}:1", indexed):
        document = json.loads(crane.manifest(reference))
        document["annotations"] = {"edited": "yes"}
        content = json.dumps(document, indent=1).encode()
        assert edit_manifest(reference, content, tag=f"{app}:ours", engine=engine) == f"{app}:ours"
        assert crane.manifest(f"{app}:ours") == content
        described = crane.head(f"{app}:ours")
        command = ["crane", "edit", "manifest", reference, "-t", f"{app}:theirs"]
        subprocess.run(command, input=content, capture_output=True, check=True)
        assert crane.head(f"{app}:theirs") == described


@pytest.mark.usefixtures("run_crane")
@pytest.mark.parametrize("filename", ["etc/lib", "/new/file.txt"])
def test_edit_file_gives_crane_s_digest(app, engine, filename):
    command = ["crane", "edit", "fs", f"{app}:1", "-f", filename, "-t", f"{app}:theirs"]
    subprocess.run(command, input=b"edited", capture_output=True, check=True)
    edit_file(
        f"{app}:1",
        filename,
        b"edited",
        tag=f"{app}:ours",
        created_by=" ".join(command),
        engine=engine,
    )
    assert crane.manifest(f"{app}:ours") == crane.manifest(f"{app}:theirs")


def test_edit_file_gives_the_old_content_and_the_extension(app, engine):
    seen = []

    def edit(old: bytes, extension: str) -> bytes:
        seen.append((old, extension))
        return b"2"

    edit_file(f"{app}:1", "/etc/../etc/lib", edit, tag=f"{app}:2", engine=engine)
    edit_file(f"{app}:1", "a/b.json", edit, tag=f"{app}:2", engine=engine)
    assert seen == [(b"1", ""), (b"", ".json")]


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_an_editor_edits(tmp_path, monkeypatch):
    monkeypatch.setenv("EDITOR", script(tmp_path / "editor", 'echo "$1" >&2; printf b >> "$1"'))
    assert edited_by_editor(b"a", ".json") == b"ab"


@pytest.mark.parametrize(
    ("editor", "text"),
    [
        ("exit 3", "exit status 3"),
        ("kill -9 $$", "signal: killed"),
        (None, 'exec: "no-such-editor": executable file not found in $PATH'),
    ],
)
def test_an_editor_that_fails_is_an_error(tmp_path, monkeypatch, editor, text):
    name = "no-such-editor" if editor is None else script(tmp_path / "editor", editor)
    monkeypatch.setenv("EDITOR", name)
    with pytest.raises(EditorError) as caught:
        edited_by_editor(b"a", ".json")
    assert str(caught.value) == text


def test_ctrl_c_in_an_editor_ends_the_edit(tmp_path, monkeypatch):
    monkeypatch.setenv("EDITOR", script(tmp_path / "editor", "kill -2 $$"))
    with pytest.raises(KeyboardInterrupt):
        edited_by_editor(b"a", ".json")


# layout gc


def test_garbage_is_what_nothing_refers_to(app, run_crane, tmp_path):
    folder = tmp_path / "layout"
    run_crane("pull", "--format", "oci", f"{app}:1", folder)
    kept = sorted(folder.rglob("*"))
    orphan = folder / "blobs" / "sha256" / ("0" * 64)
    orphan.write_bytes(b"nothing")
    assert [str(it) for it in collect_garbage(folder, dry_run=True)] == [f"sha256:{'0' * 64}"]
    assert orphan.exists()
    assert [str(it) for it in collect_garbage(folder)] == [f"sha256:{'0' * 64}"]
    assert sorted(folder.rglob("*")) == kept
    with pytest.raises(errors.MissingPathError):
        list(collect_garbage(tmp_path / "none"))
    assert layout.from_path(folder)
