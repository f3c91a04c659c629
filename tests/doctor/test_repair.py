"""What ``repair`` makes of odd archives, what it refuses, and what it leaves behind: nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from support.layouts import CONTAINERD_NAME, REF_NAME, Layout, tar_of, unpack, write_folder

import pyggcr
from pyggcr import limits, tarball, validate
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    sha256,
)
from pyggcr.doctor import repair
from pyggcr.errors import (
    ArchiveError,
    CancelledError,
    Error,
    FileAccessError,
    MissingPathError,
    RepairError,
    TagNotFoundError,
    UnsupportedOptionError,
)

DATA = Path(__file__).parents[1] / "data" / "docker"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that archives are repaired in; nothing else may be in it afterwards."""
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def make(tmp_path: Path):
    """A function that writes an archive to be repaired; its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "in.tar"
        path.write_bytes(content)
        return path

    return write


def image(number: int = 0, compression: str = "none", **more) -> ImageSpec:
    """An image of two layers, which differ by its number."""
    layers = [
        LayerSpec(layer_tar({f"{number}-{place}": b"%d" % number * 900}), compression)
        for place in range(2)
    ]
    return ImageSpec(layers=layers, **more)


def files_of(archive: bytes) -> dict[str, bytes]:
    """Names and contents of a tar's files."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar if info.isreg()}


def kinds_of(path: Path) -> list[list[str]]:
    """How each layer of each image is compressed."""
    with pyggcr.open(path) as store:
        return [[blob.compression for _, blob in i.stored_layers()] for i in store.images()]


# --- What is written ---


@pytest.mark.parametrize(
    ("stored", "compression", "written"),
    [
        (["none", "none"], "keep", "none"),
        (["gzip", "gzip"], "keep", "gzip"),
        (["zstd", "zstd"], "keep", "gzip"),
        (["none", "gzip"], "keep", "gzip"),
        (["none", "gzip", "zstd"], "keep", "gzip"),
        (["none", "gzip", "zstd"], "gzip", "gzip"),
        (["none", "gzip", "zstd"], "plain", "none"),
    ],
)
def test_an_image_has_one_compression(make, folder: Path, stored, compression, written) -> None:
    layers = [LayerSpec(layer_tar({str(n): b"x" * 999}), kind) for n, kind in enumerate(stored)]
    spec = ImageSpec(layers, ["app:1"])
    repaired = repair(make(docker_save([spec])), folder / "out.tar", compression=compression)
    assert kinds_of(folder / "out.tar") == [[written] * len(stored)]
    assert [str(diff_id) for diff_id in repaired.images[0].layers] == [
        sha256(layer.content) for layer in layers
    ]
    opened = tarball.image_from_path(folder / "out.tar", "app:1", engine="python")
    validate.image(opened)
    assert opened.raw_config_file() == spec.raw_config()


def test_gzip_that_is_there_stays_as_it_is(make, folder: Path) -> None:
    spec = image(compression="gzip")
    repair(make(docker_save([spec])), folder / "out.tar", compression="gzip")
    files = files_of((folder / "out.tar").read_bytes())
    for layer in spec.layers:
        name = "blobs/sha256/" + sha256(layer.stored()).partition(":")[2]
        assert files[name] == layer.stored()


def test_plain_layers_get_the_digests_that_go_gives_them(make, folder: Path) -> None:
    path = make(docker_save([image(tags=["app:1"])]))
    repair(path, folder / "out.tar", compression="gzip")
    before = tarball.image_from_path(path, engine="python", gzip_profile="go1.26")
    after = tarball.image_from_path(folder / "out.tar", engine="python")
    assert after.raw_manifest() == before.raw_manifest()


def test_every_blob_is_what_its_name_says_and_there_once(make, folder: Path) -> None:
    shared = image(1, "zstd").layers[0]
    specs = [ImageSpec([shared, layer]) for layer in image(2).layers] + [image(3, "gzip")] * 2
    repair(make(docker_save(specs)), folder / "out.tar")
    with tarfile.open(folder / "out.tar") as tar:
        names = [info.name for info in tar]
        assert len(names) == len(set(names))
        for info in tar:
            assert (info.mtime, info.uid, info.gid, info.uname) == (0, 0, 0, "")
            if info.name.startswith("blobs/sha256/"):
                content = tar.extractfile(info).read()
                assert hashlib.sha256(content).hexdigest() == info.name[len("blobs/sha256/") :]


def test_order_times_and_form_of_the_input_do_not_matter(make, folder: Path, tmp_path) -> None:
    specs = [image(1, tags=["b:1"]), image(2, "zstd", tags=["a:1"]), image(3, "gzip")]
    outs = []
    shuffled = random.Random(7)
    for number in range(5):
        files = files_of(docker_save(specs))
        members = []
        for name, content in shuffled.sample(sorted(files.items()), len(files)):
            info, _ = member(name, content)
            info.mtime = number
            members.append((info, content))
        outs.append(folder / f"{number}.tar")
        repair(make(make_tar(members)), outs[-1])
        shuffled.shuffle(specs)
    outs.append(folder / "folder.tar")
    repair(write_folder(files_of(docker_save(specs)), tmp_path / "layout"), outs[-1])
    outs.append(folder / "gzip.tar")
    repair(make(gzip.compress(docker_save(specs))), outs[-1])
    assert len({path.read_bytes() for path in outs}) == 1


def test_the_two_orders_of_docker_s_archives_come_out_alike(folder: Path, tmp_path: Path) -> None:
    source = unpack(DATA / "28.5.2" / "multi.tar", tmp_path / "layout")
    repair(source, folder / "one.tar")
    manifest = json.loads((source / "manifest.json").read_text())
    (source / "manifest.json").write_text(json.dumps(manifest[::-1]))
    repair(source, folder / "other.tar")
    assert (folder / "one.tar").read_bytes() == (folder / "other.tar").read_bytes()


def test_a_layout_alone_becomes_an_archive_too(folder: Path, make) -> None:
    layout = Layout()
    layout.roots = [
        layout.add_image(image(1, "zstd"), annotations={CONTAINERD_NAME: "docker.io/team/app:1"}),
        layout.add_image(image(2, "none"), annotations={REF_NAME: "registry.example.com/app"}),
        layout.add_image(image(3, "gzip"), annotations={REF_NAME: "latest"}),
    ]
    repair(make(layout.tar()), folder / "out.tar")
    saved = tarball.load_manifest(folder / "out.tar", engine="python")
    assert [entry.repo_tags for entry in saved] == [
        ["registry.example.com/app:latest"],
        ["team/app:1"],
        None,  # a tag alone is no name
    ]
    index = json.loads(files_of((folder / "out.tar").read_bytes())["index.json"])
    assert [root["annotations"] for root in index["manifests"]] == [
        {CONTAINERD_NAME: "registry.example.com/app:latest", REF_NAME: "latest"},
        {CONTAINERD_NAME: "docker.io/team/app:1", REF_NAME: "1"},
        {REF_NAME: "latest"},
    ]


def oci_digest(path: Path) -> str:
    """The digest of the one manifest that index.json leads to."""
    (root,) = json.loads(files_of(path.read_bytes())["index.json"])["manifests"]
    return root["digest"]


def test_a_manifest_with_annotations_keeps_them_and_its_digest(make, folder: Path) -> None:
    layout = Layout()
    root = layout.add_image(image(1, "gzip"))
    manifest = json.loads(layout.files.pop("blobs/sha256/" + root["digest"].partition(":")[2]))
    manifest["annotations"] = {"org.example.team": "blue"}
    raw = json.dumps(manifest, indent=3).encode()
    layout.roots = [layout.add_blob(raw, root["mediaType"], annotations={REF_NAME: "app:1"})]
    files = {**layout.finished(), **files_of(docker_save([image(1, "gzip", tags=["app:1"])]))}
    for content in (layout.tar(), tar_of(files)):
        repair(make(content), folder / "out.tar")
        assert oci_digest(folder / "out.tar") == sha256(raw)
        repair(folder / "out.tar", folder / "plain.tar", compression="plain")
        assert oci_digest(folder / "plain.tar") != sha256(raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["layers"].reverse(),  # as Docker 25.0.0 does it
        lambda manifest: manifest["layers"].pop(),
        lambda manifest: manifest["layers"][0].update(size=7),
        lambda manifest: manifest["layers"][0].update(
            mediaType="application/vnd.docker.image.rootfs.diff.tar.gzip"
        ),
        lambda manifest: manifest["config"].update(
            mediaType="application/vnd.docker.container.image.v1+json"
        ),
        lambda manifest: manifest.update(schemaVersion=1),
        lambda manifest: manifest.update(Layers=manifest.pop("layers")),
    ],
)
def test_a_manifest_that_does_not_fit_is_written_anew(make, folder: Path, change) -> None:
    layout = Layout()
    spec = image(1, "gzip", tags=["app:1"])
    root = layout.add_image(spec)
    manifest = json.loads(layout.files.pop("blobs/sha256/" + root["digest"].partition(":")[2]))
    change(manifest)
    layout.roots = [layout.add_blob(json.dumps(manifest).encode(), root["mediaType"])]
    files = {**layout.finished(), **files_of(docker_save([spec]))}
    repair(make(tar_of(files)), folder / "out.tar")
    assert oci_digest(folder / "out.tar") != layout.roots[0]["digest"]
    repair(make(docker_save([spec])), folder / "plain.tar")
    assert oci_digest(folder / "out.tar") == oci_digest(folder / "plain.tar")


def platforms(tags: dict[str, str]) -> Layout:
    """A layout of one image for three platforms in one index."""
    layout = Layout()
    children = [
        layout.add_image(image(number, config={"architecture": kind, "os": "linux"}))
        for number, kind in enumerate(("s390x", "amd64", "arm64"))
    ]
    layout.roots = [layout.add_index(children, annotations=tags)]
    return layout


@pytest.mark.parametrize("tags", [{}, {CONTAINERD_NAME: "docker.io/library/app:1"}])
def test_of_several_platforms_manifest_json_lists_one(make, folder: Path, tags) -> None:
    repair(make(platforms(tags).tar()), folder / "out.tar")
    (saved,) = tarball.load_manifest(folder / "out.tar", engine="python")
    assert saved.repo_tags == (["app:1"] if tags else None)
    opened = tarball.image_from_path(folder / "out.tar", engine="python")
    assert opened.config_file().architecture == "amd64"
    validate.image(opened)
    with pyggcr.open(folder / "out.tar") as store:
        assert [str(i.platform) for i in store.images()] == [
            "linux/amd64",
            "linux/arm64",
            "linux/s390x",
        ]
    repair(folder / "out.tar", folder / "again.tar")
    assert (folder / "again.tar").read_bytes() == (folder / "out.tar").read_bytes()


def test_only_the_images_of_a_tag_are_written_if_one_is_given(make, folder: Path) -> None:
    path = make(docker_save([image(1, tags=["a:1"]), image(2, tags=["b:1", "c:1"])]))
    repaired = repair(path, folder / "out.tar", tag="library/b:1")
    assert [written.tags for written in repaired.images] == [("b:1", "c:1")]
    with pytest.raises(TagNotFoundError, match="there are a:1"):
        repair(path, folder / "none.tar", tag="d:1")
    assert not (folder / "none.tar").exists()


@pytest.mark.parametrize("index", [b"{", b'{"manifests":null}', b"[]"])
def test_a_broken_index_json_is_written_anew(make, folder: Path, index: bytes) -> None:
    files = {**files_of(docker_save([image(tags=["app:1"])])), "index.json": index}
    repair(make(tar_of(files)), folder / "out.tar")
    written = json.loads(files_of((folder / "out.tar").read_bytes())["index.json"])
    assert len(written["manifests"]) == 1


def test_links_of_old_archives_become_one_blob(make, folder: Path) -> None:
    spec = image(tags=["app:1"])
    spec.layers += [LayerSpec(spec.layers[0].content, link="symbolic")]
    repair(make(docker_save([spec])), folder / "out.tar")
    (saved,) = tarball.load_manifest(folder / "out.tar", engine="python")
    assert saved.layers[0] == saved.layers[2]
    validate.image(tarball.image_from_path(folder / "out.tar", engine="python"))


def test_an_image_without_layers_is_written(make, folder: Path) -> None:
    repair(make(docker_save([ImageSpec(tags=["none:1"])])), folder / "out.tar")
    with pyggcr.open(folder / "out.tar") as store:
        validate.image(store.image())


# --- What is refused ---


def refused(source: Path, folder: Path, **options) -> str:
    """The text of the error; nothing is written."""
    with pytest.raises(RepairError) as caught:
        repair(source, folder / "out.tar", **options)
    assert list(folder.iterdir()) == []
    return str(caught.value)


def blob(content: bytes) -> str:
    return "blobs/sha256/" + hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layer_that_is_not_what_its_name_says_is_named(make, folder: Path, compression) -> None:
    spec = image(1, compression, tags=["app:1"])
    other = image(2, compression).layers[0].stored()
    files = files_of(docker_save([spec]))
    name = blob(spec.layers[1].stored())
    files[name] = other
    text = refused(make(tar_of(files)), folder)
    assert text.endswith(f"app:1: layer 1 ({name}): the content has the digest {sha256(other)}")
    assert "in.tar: " in text


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layer_that_the_config_does_not_want_is_named(make, folder: Path, compression) -> None:
    spec = image(1, compression, tags=["app:1"])
    wanted = sha256(image(2).layers[0].content)
    found = [sha256(layer.content) for layer in spec.layers]
    spec.config = {"rootfs": {"type": "layers", "diff_ids": [found[0], wanted]}}
    text = refused(make(docker_save([spec])), folder)
    assert text.endswith(
        f"({blob(spec.layers[1].stored())}): the config wants the DiffID {wanted}, "
        f"but the content has {found[1]}"
    )


def test_a_layer_that_is_missing_is_named(make, folder: Path) -> None:
    spec = image(1, tags=["app:1"])
    files = files_of(docker_save([spec]))
    name = blob(spec.layers[1].stored())
    del files[name]
    assert f"app:1: file {name} not found in tar" in refused(make(tar_of(files)), folder)


@pytest.mark.parametrize(("layers", "diff_ids"), [(1, 2), (2, 1)])
def test_counts_that_disagree_are_refused(make, folder: Path, layers: int, diff_ids: int) -> None:
    spec = image(tags=["app:1"])
    wanted = [sha256(layer.content) for layer in spec.layers[:diff_ids]]
    spec.config = {"rootfs": {"type": "layers", "diff_ids": wanted}}
    spec.layers = spec.layers[:layers]
    assert f"app:1: manifest.json lists {layers} layer(s), but the config has {diff_ids}" in (
        refused(make(docker_save([spec])), folder)
    )


def test_a_config_that_is_not_what_its_name_says_is_named(make, folder: Path) -> None:
    spec = image(tags=["app:1"])
    files = files_of(docker_save([spec]))
    name = blob(spec.raw_config())
    files[name] += b"\n"
    text = refused(make(tar_of(files)), folder)
    assert text.endswith(f"app:1: the config {name} has the digest {sha256(files[name])}")


def test_a_config_of_docker_24_that_is_not_what_its_name_says_is_named(folder, tmp_path) -> None:
    source = unpack(DATA / "24.0.7" / "app-tag.tar", tmp_path / "unpacked")
    (config,) = (path for path in source.glob("*.json") if len(path.stem) == 64)
    config.write_bytes(config.read_bytes() + b" ")
    assert f"the config {config.name} has the digest" in refused(source, folder)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_damaged_compression_is_named(make, folder: Path, compression: str) -> None:
    spec = image(compression=compression, tags=["app:1"])
    stored = spec.layers[0].stored()
    manifest = [{"Config": "config", "RepoTags": ["app:1"], "Layers": ["a", "b"]}]
    files = {
        "config": spec.raw_config(),
        "a": stored[:-4],
        "b": spec.layers[1].stored(),
        "manifest.json": json.dumps(manifest).encode(),
    }
    assert "app:1: layer 0 (a): unexpected EOF" in refused(make(tar_of(files)), folder)


def test_a_blob_of_an_index_that_is_damaged_is_named_unless_a_tag_leaves_it_out(
    make, folder: Path
) -> None:
    layout = Layout()
    layout.roots = [
        layout.add_image(image(1), annotations={REF_NAME: "good:1"}),
        layout.add_image(image(2), annotations={REF_NAME: "bad:1"}),
    ]
    name = "blobs/sha256/" + layout.roots[1]["digest"].partition(":")[2]
    layout.files[name] += b" "
    path = make(layout.tar())
    assert f"{name}: the content has the digest" in refused(path, folder)
    repair(path, folder / "out.tar", tag="good:1")


def test_a_tag_that_is_no_name_is_refused(make, folder: Path) -> None:
    text = refused(make(docker_save([image(tags=["NO NAME"])])), folder)
    assert text.endswith("the tag 'NO NAME' is no name that an image can have")


def test_what_is_no_archive_is_refused(make, folder: Path) -> None:
    with pytest.raises(ArchiveError):
        repair(make(b"text"), folder / "out.tar")
    assert list(folder.iterdir()) == []


def test_a_compression_that_there_is_not_is_refused(folder: Path) -> None:
    with pytest.raises(UnsupportedOptionError, match='"keep", "gzip" or "plain", not "zstd"'):
        repair(DATA / "28.5.2" / "dup.tar", folder / "out.tar", compression="zstd")


# --- How it takes its place ---

SOURCE = DATA / "28.5.2-containerd-store" / "app-loaded-from-24.tar"


def test_an_archive_can_be_repaired_in_its_place(folder: Path) -> None:
    repair(SOURCE, folder / "out.tar")
    path = folder / "in.tar"
    path.write_bytes(SOURCE.read_bytes())
    path.chmod(0o640)
    repair(path, path)
    assert path.read_bytes() == (folder / "out.tar").read_bytes()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(found.name for found in folder.iterdir()) == ["in.tar", "out.tar"]


def test_a_link_stays_one(folder: Path) -> None:
    (folder / "real.tar").write_bytes(SOURCE.read_bytes())
    (folder / "link.tar").symlink_to("real.tar")
    repair(folder / "link.tar", folder / "link.tar")
    assert (folder / "link.tar").is_symlink()
    assert (folder / "real.tar").read_bytes() != SOURCE.read_bytes()


def test_what_fails_leaves_the_archive_as_it_was(make, folder: Path) -> None:
    spec = image(tags=["app:1"])
    spec.layers[1].content += bytes(512)
    content = bytearray(docker_save([spec]))
    content[content.index(b"0-1") + 600] ^= 1
    (folder / "in.tar").write_bytes(content)
    with pytest.raises(RepairError, match="layer 1"):
        repair(folder / "in.tar", folder / "in.tar")
    assert (folder / "in.tar").read_bytes() == content
    assert [found.name for found in folder.iterdir()] == ["in.tar"]


def test_a_new_archive_has_the_permissions_that_a_new_file_has(folder: Path) -> None:
    (folder / "other").touch()
    repair(SOURCE, folder / "out.tar")
    assert (folder / "out.tar").stat().st_mode == (folder / "other").stat().st_mode


def test_a_folder_or_a_device_is_not_replaced(folder: Path) -> None:
    with pytest.raises(ArchiveError, match="is a folder, not a file"):
        repair(SOURCE, folder)
    os.mkfifo(folder / "pipe")
    with pytest.raises(ArchiveError, match="pipe is a pipe, not a file"):
        repair(SOURCE, folder / "pipe")
    with pytest.raises(ArchiveError, match="/dev/null is a character device"):
        repair(SOURCE, "/dev/null")
    assert [found.name for found in folder.iterdir()] == ["pipe"]


def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(MissingPathError, match="none/out.tar: no such file or directory"):
        repair(SOURCE, folder / "none" / "out.tar")


def test_a_full_disk_is_told_and_leaves_nothing(folder: Path, monkeypatch) -> None:
    def full(*_arguments) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(FileAccessError, match="^write .*out.tar: no space left on device$"):
        repair(SOURCE, folder / "out.tar")
    assert list(folder.iterdir()) == []


def test_work_can_be_cancelled_and_leaves_nothing(folder: Path) -> None:
    token = limits.CancelToken()

    def stop(_progress: limits.Progress) -> None:
        token.cancel()

    with limits.limit(cancel=token, progress=stop), pytest.raises(CancelledError):
        repair(SOURCE, folder / "out.tar")
    assert list(folder.iterdir()) == []


def test_ctrl_c_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    from support.big import write_archive

    write_archive(tmp_path / "big.tar", 2 << 30)
    code = (
        "import sys; from pyggcr.doctor import repair; repair(*sys.argv[1:3], compression='gzip')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "big.tar", folder / "out.tar"],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 20
    while not list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(list(folder.iterdir())) == 1
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert b"KeyboardInterrupt" in errors
    assert list(folder.iterdir()) == []


def test_every_error_is_one_of_ours(folder: Path, make) -> None:
    whole = docker_save([image(tags=["app:1"]), image(2, "gzip"), image(3, "zstd")])
    generator = random.Random(4)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(generator.randrange(1, 4)):
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        if generator.random() < 0.3:
            del content[generator.randrange(len(content)) :]
        try:
            repair(make(content), folder / "out.tar")
        except Error:
            assert not (folder / "out.tar").exists()
            continue
        with pyggcr.open(folder / "out.tar") as store:
            for found in store.images():
                validate.image(found)
        (folder / "out.tar").unlink()
