"""Artifacts from strangers: nothing is written outside the folder, and nothing through a link."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import json
import tarfile

import pytest

from pyggcr import artifact, registry, remote
from pyggcr._layers.composed import ComposedImage
from pyggcr.artifact.file import Blob
from pyggcr.errors import ArtifactError, Error, FileAccessError

TITLE = "org.opencontainers.image.title"
UNPACK = "io.deis.oras.content.unpack"


@pytest.fixture(scope="module")
def server():
    with registry.serve(engine="python") as server:
        yield server


@pytest.fixture
def push(server, repository):
    """``push((title, content, more annotations), …)``: an artifact as it should not be."""

    def push(*files, size=None):
        blobs = [Blob.of(content, "text/plain") for _, content, *_ in files]
        layers = [
            {
                "mediaType": "text/plain",
                "digest": str(blob.digest()),
                "size": blob.size() if size is None else size,
                "annotations": {TITLE: title, **(more[0] if more else {})},
            }
            for blob, (title, _, *more) in zip(blobs, files, strict=True)
        ]
        config = Blob.of(b"{}", "application/vnd.oci.empty.v1+json")
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": str(config.media_type()),
                "digest": str(config.digest()),
                "size": 2,
            },
            "layers": layers,
        }
        reference = f"{server.host}/{repository}:1"
        image = ComposedImage(json.dumps(manifest).encode(), b"{}", blobs)
        for blob in (*blobs, config):
            remote.write_layer(reference.rpartition(":")[0], blob)
        remote.put(reference, image)
        return reference

    return push


def entry(name, kind=tarfile.REGTYPE, target="", content=b"x", mode=0o644):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, mode
    made.size = len(content) if kind == tarfile.REGTYPE else 0
    return made, content


def folder_of(*entries):
    """A packed folder ``dir`` with these entries."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for made, content in entries:
            archive.addfile(made, io.BytesIO(content) if made.size else None)
    return "dir", gzip.compress(file.getvalue()), {UNPACK: "true"}


def assert_nothing_is_written(tmp_path, reference, engine, text, error=ArtifactError):
    out = tmp_path / "a" / "out"
    out.mkdir(parents=True, exist_ok=True)
    before = sorted(it.name for it in tmp_path.rglob("*"))
    with pytest.raises(error, match=text):
        artifact.pull(reference, out, engine=engine)
    assert sorted(it.name for it in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "title", ["../x", "a/../../x", "/etc/x", "..", ".", "/", "a\0b", "a/" * 300 + "x"]
)
def test_titles_that_lead_out(push, tmp_path, engine, title):
    reference = push(("good", b"good"), (title, b"bad"))
    assert_nothing_is_written(tmp_path, reference, engine, "title|folders")


def test_titles_that_are_there_twice(push, tmp_path, engine):
    reference = push(("a/b", b"1"), ("a//b", b"2"))
    assert_nothing_is_written(tmp_path, reference, engine, "same title")


def test_a_title_that_is_a_folder_of_another(push, tmp_path, engine):
    reference = push(("a", b"1"), ("a/b", b"2"))
    assert_nothing_is_written(tmp_path, reference, engine, "not a directory", FileAccessError)


BAD = {
    "another folder": (entry("other/x"), "is not in the folder"),
    "up": (entry("dir/../../x"), "cannot be the title"),
    "absolute": (entry("/etc/x"), "cannot be the title"),
    "absolute link": (entry("dir/l", tarfile.SYMTYPE, "/etc/passwd"), "out of the folder"),
    "link up": (entry("dir/l", tarfile.SYMTYPE, "../x"), "out of the folder"),
    "link to the folder": (entry("dir", tarfile.SYMTYPE, "x"), "packed as a folder"),
    "link down and up": (entry("dir/l", tarfile.SYMTYPE, "d/../../x"), "out of the folder"),
    "hard link out": (entry("dir/l", tarfile.LNKTYPE, "../x"), "cannot be the title"),
    "hard link to nothing": (entry("dir/l", tarfile.LNKTYPE, "dir/x"), "no such file"),
    "hard link to a folder": (entry("dir/l", tarfile.LNKTYPE, "dir/.."), "cannot be the title"),
    "device": (entry("dir/d", tarfile.CHRTYPE), "neither a file"),
    "pipe": (entry("dir/p", tarfile.FIFOTYPE), "neither a file"),
    "deep": (entry("dir/" + "a/" * 300 + "x"), "more than 200 folders"),
}


@pytest.mark.parametrize("case", BAD)
def test_entries_that_must_not_be_written(push, tmp_path, engine, case):
    bad, text = BAD[case]
    reference = push(folder_of(entry("dir/good"), bad))
    assert_nothing_is_written(tmp_path, reference, engine, text, Error)


def test_an_entry_below_a_link_of_the_same_folder(push, tmp_path, engine):
    reference = push(
        folder_of(
            entry("dir/d", tarfile.DIRTYPE, mode=0o755),
            entry("dir/l", tarfile.SYMTYPE, "d"),
            entry("dir/l/x"),
        )
    )
    assert_nothing_is_written(tmp_path, reference, engine, "not a directory|too many", Error)


def test_an_entry_in_place_of_a_link(push, tmp_path, engine):
    reference = push(folder_of(entry("dir/l", tarfile.SYMTYPE, "d"), entry("dir/l")))
    assert_nothing_is_written(tmp_path, reference, engine, "file exists", FileAccessError)


@pytest.mark.parametrize("title", ["link/x", "link"])
def test_a_link_in_the_folder_is_not_followed(push, tmp_path, engine, title):
    """``link`` is replaced if it is the file itself, and an error on the way to one."""
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir()
    if title == "link":
        victim.write_text("safe")
    else:
        victim.mkdir()
    (out / "link").symlink_to(victim)
    reference = push((title, b"bad"))
    if title == "link":
        artifact.pull(reference, out, engine=engine)
        assert victim.read_text() == "safe"
        assert not (out / "link").is_symlink()
    else:
        with pytest.raises(FileAccessError, match="rename .*/link: not a directory"):
            artifact.pull(reference, out, engine=engine)
        assert list(victim.iterdir()) == []
        assert [it.name for it in out.iterdir()] == ["link"]


def test_a_packed_folder_is_merged_with_one_that_is_there(push, tmp_path, engine):
    (tmp_path / "dir" / "sub").mkdir(parents=True)
    (tmp_path / "dir" / "sub" / "mine").write_text("mine")
    (tmp_path / "dir" / "x").symlink_to("/etc/passwd")
    reference = push(folder_of(entry("dir/x"), entry("dir/sub/new")))
    artifact.pull(reference, tmp_path, engine=engine)
    assert (tmp_path / "dir" / "sub" / "mine").read_text() == "mine"
    assert (tmp_path / "dir" / "sub" / "new").read_text() == "x"
    assert not (tmp_path / "dir" / "x").is_symlink()


def test_set_user_id_is_not_kept(push, tmp_path, engine):
    reference = push(folder_of(entry("dir/x", mode=0o6755)))
    artifact.pull(reference, tmp_path, engine=engine)
    assert (tmp_path / "dir" / "x").stat().st_mode & 0o7000 == 0


def test_a_folder_that_is_damaged(push, tmp_path, engine):
    title, content, unpack = folder_of(entry("dir/x", content=b"x" * 3000))
    reference = push((title, content[:-10], unpack))
    assert_nothing_is_written(tmp_path, reference, engine, "unexpected EOF|damaged", Error)


def test_a_folder_whose_content_is_not_what_it_should_be(push, tmp_path, engine):
    title, content, unpack = folder_of(entry("dir/x"))
    digest = f"sha256:{hashlib.sha256(b'other').hexdigest()}"
    reference = push((title, content, {**unpack, "io.deis.oras.content.digest": digest}))
    assert_nothing_is_written(tmp_path, reference, engine, f"the content is not {digest}")


@pytest.mark.parametrize("size", [0, 3, 5, 1 << 40])
def test_a_blob_that_is_not_as_long_as_it_should_be(push, tmp_path, engine, size):
    reference = push(("a", b"four"), size=size)
    assert_nothing_is_written(tmp_path, reference, engine, f"the {size} bytes")


def test_a_manifest_of_another_kind_is_no_artifact(server, repository, engine, tmp_path):
    reference = f"{server.host}/{repository}:1"
    raw = b'{"schemaVersion": 2, "mediaType": "application/x-other"}'
    connection = http.client.HTTPConnection(server.host)
    headers = {"Content-Type": "application/x-other"}
    connection.request("PUT", f"/v2/{repository}/manifests/1", raw, headers)
    assert connection.getresponse().status == 201
    connection.close()
    with pytest.raises(ArtifactError, match="is no artifact: application/x-other"):
        artifact.pull(reference, tmp_path, engine=engine)
