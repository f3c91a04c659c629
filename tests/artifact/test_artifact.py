"""``pyggcr.artifact``: what is pushed, what is pulled, what is attached, on both engines."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from pyggcr import artifact, crane, empty, mutate, name, random, registry, remote, v1
from pyggcr.artifact import File
from pyggcr.errors import ArtifactError, FileAccessError, MissingPathError, TransportError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size": 2,
}


@pytest.fixture
def path(host, repository):
    return f"{host}/{repository}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a file and a folder."""
    work = tmp_path / "work"
    (work / "site" / "css").mkdir(parents=True)
    (work / "notes.txt").write_text("hello")
    (work / "site" / "index.html").write_text("<p>")
    (work / "site" / "css" / "all.css").write_text("p {}")
    (work / "site" / "run").write_text("#!/bin/sh")
    (work / "site" / "run").chmod(0o755)
    (work / "site" / "start").symlink_to("index.html")
    (work / "site" / "same").hardlink_to(work / "site" / "index.html")
    monkeypatch.chdir(work)
    return work


def manifest_of(reference):
    return json.loads(crane.manifest(str(reference)))


def attached_types(reference, **options):
    return sorted(it.descriptor.artifact_type for it in artifact.attached(reference, **options))


def names(folder):
    return sorted(it.name for it in folder.iterdir())


def sbom(content):
    return File("sbom.json", "application/spdx+json", content=content)


def test_a_file_is_a_layer_as_oras_writes_it(path, folder, engine):
    pushed = artifact.push(
        f"{path}:1",
        ["notes.txt", "site"],
        artifact_type="application/vnd.example",
        annotations={"org.example": "x"},
        engine=engine,
    )
    found = manifest_of(f"{path}:1")
    assert found["mediaType"] == MANIFEST
    assert found["artifactType"] == "application/vnd.example"
    assert found["config"] == {**EMPTY, "data": "e30="}
    assert found["annotations"] == {"org.example": "x"}
    file, packed = found["layers"]
    assert file["mediaType"] == "application/vnd.oci.image.layer.v1.tar"
    assert file["annotations"] == {"org.opencontainers.image.title": "notes.txt"}
    assert packed["mediaType"] == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert packed["annotations"]["io.deis.oras.content.unpack"] == "true"
    assert packed["annotations"]["org.opencontainers.image.title"] == "site"
    assert pushed.digest_str() == crane.digest(f"{path}:1")
    assert str(pushed) == f"{path}@{pushed.digest_str()}"


def test_what_was_pushed_is_pulled(path, folder, tmp_path, engine):
    artifact.push(f"{path}:1", ["notes.txt", File("site", title="a/b")], engine=engine)
    pulled = artifact.pull(f"{path}:1", tmp_path / "out", engine=engine)
    out = tmp_path / "out"
    assert pulled.paths == (out / "notes.txt", out / "a" / "b")
    assert pulled.skipped == ()
    assert (out / "notes.txt").read_text() == "hello"
    assert (out / "a" / "b" / "css" / "all.css").read_text() == "p {}"
    assert (out / "a" / "b" / "run").stat().st_mode & 0o111
    assert (out / "a" / "b" / "start").readlink() == Path("index.html")
    assert (out / "a" / "b" / "same").samefile(out / "a" / "b" / "index.html")
    assert names(out) == ["a", "notes.txt"]


def test_equal_files_have_one_digest(folder):
    digests = set()
    for _ in range(2):
        with artifact.image(["notes.txt", "site"], artifact_type="text/plain") as image:
            digests.add(str(image.digest()))
        os.utime("site/index.html")
    assert digests == {"sha256:d31c86d3b76e72b211bea3226ccce5f683c780eecc39888bdd2b51d7995dc5ff"}


def test_an_artifact_without_files_has_the_empty_layer(path, engine):
    artifact.push(f"{path}:1", artifact_type="text/x-note", annotations={"a": "b"}, engine=engine)
    found = manifest_of(f"{path}:1")
    assert found["layers"] == [EMPTY]
    assert artifact.files(f"{path}:1", engine=engine) == []


def test_types_and_titles_may_be_given(path, folder, engine):
    files = [
        File.parse("notes.txt:text/plain"),
        File("site/index.html", "text/html", annotations={"lang": "en"}),
        File("/x/y.bin", content=b"\0"),
    ]
    artifact.push(f"{path}:1", files, config=File("c.json", content=b'{"a": 1}'), engine=engine)
    found = manifest_of(f"{path}:1")
    assert "artifactType" not in found
    assert found["config"]["mediaType"] == "application/vnd.unknown.config.v1+json"
    assert found["config"]["size"] == len('{"a": 1}')
    assert [it.title for it in artifact.files(f"{path}:1", engine=engine)] == [
        "notes.txt",
        "site/index.html",
        "y.bin",
    ]
    assert found["layers"][1]["annotations"]["lang"] == "en"


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ([File("a", content=b""), File("a", content=b"")], "two files"),
        ([File("a", title="../a", content=b"")], "cannot be the title"),
        ([File("a", title="/a", content=b"")], "cannot be the title"),
        ([File("a", title="a\0", content=b"")], "cannot be the title"),
        ([File("a", title="a/" * 300, content=b"")], "more than 200 folders"),
    ],
)
def test_impossible_titles_are_refused(files, text):
    with pytest.raises(ArtifactError, match=text):
        artifact.image(files)


def test_what_is_not_there_cannot_be_pushed(tmp_path):
    with pytest.raises(MissingPathError):
        artifact.image([tmp_path / "missing"])
    with pytest.raises(ArtifactError, match="no media type"):
        artifact.image(artifact_type="sbom")
    with pytest.raises(ArtifactError, match="no config file"):
        artifact.image(config=tmp_path)


def test_a_digest_must_be_that_of_the_artifact(path, engine):
    with artifact.image([sbom(b"1")]) as made:
        digest = made.digest()
    assert artifact.push(f"{path}@{digest}", [sbom(b"1")], engine=engine).digest_str() == str(
        digest
    )
    with pytest.raises(ArtifactError, match=f"^the artifact is {digest}, and not "):
        artifact.push(f"{path}@sha256:{'0' * 64}", [sbom(b"1")], engine=engine)


def test_what_is_attached_is_listed(path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1", engine=engine)
    first = artifact.attach(
        f"{path}:1", [sbom(b"1")], artifact_type="application/spdx+json", engine=engine
    )
    artifact.attach(f"{path}:1", [sbom(b"2")], artifact_type="text/x-other", engine=engine)
    assert attached_types(f"{path}:1", engine=engine) == ["application/spdx+json", "text/x-other"]
    (found,) = artifact.attached(f"{path}:1", artifact_type="application/spdx+json", engine=engine)
    assert str(found.descriptor.digest) == first.digest_str()
    assert str(found.subject) == crane.digest(f"{path}:1")
    assert manifest_of(first)["subject"] == {
        "mediaType": str(crane.head(f"{path}:1").media_type),
        "digest": crane.digest(f"{path}:1"),
        "size": crane.head(f"{path}:1").size,
    }


def test_attaching_again_lists_it_once(path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1", engine=engine)
    for _ in range(2):
        artifact.attach(f"{path}:1", [sbom(b"1")], artifact_type="text/plain", engine=engine)
    assert len(artifact.attached(f"{path}:1", engine=engine)) == 1


def test_nothing_is_attached_to_what_is_not_there(path, engine):
    with pytest.raises(TransportError) as caught:
        artifact.attach(f"{path}:none", [sbom(b"1")], artifact_type="text/plain", engine=engine)
    assert caught.value.status == 404


def test_what_is_attached_to_images_of_an_index_and_to_artifacts(path, engine):
    image = random.image(100, 1, source=1)
    index = mutate.append_manifests(
        empty.index(),
        mutate.IndexAddendum(image, platform=v1.Platform(os="linux", architecture="arm64")),
    )
    remote.write_index(f"{path}:all", index, engine=engine)
    to_image = artifact.attach(
        f"{path}:all", [sbom(b"1")], artifact_type="text/a", platform="linux/arm64", engine=engine
    )
    artifact.attach(f"{path}:all", [sbom(b"2")], artifact_type="text/b", engine=engine)
    artifact.attach(str(to_image), [sbom(b"3")], artifact_type="text/c", engine=engine)
    assert attached_types(f"{path}:all", engine=engine) == ["text/b"]
    assert attached_types(f"{path}:all", platform="linux/arm64", engine=engine) == ["text/a"]
    found = artifact.attached(f"{path}:all", recursive=True, engine=engine)
    assert {it.descriptor.artifact_type: it.depth for it in found} == {
        "text/a": 0,
        "text/b": 0,
        "text/c": 1,
    }


def test_an_index_is_no_artifact_without_a_platform(path, engine):
    remote.write_index(f"{path}:all", random.index(100, 1, 1, source=1), engine=engine)
    with pytest.raises(ArtifactError, match="is an index: choose a platform"):
        artifact.pull(f"{path}:all", engine=engine)


def test_attaching_at_once_loses_nothing(path, engine):
    """The fallback tag is one document: whoever writes it must not lose what others wrote."""
    crane.push(random.image(100, 1, source=1), f"{path}:1", engine=engine)
    failures = []

    def attach(number):
        try:
            artifact.attach(
                f"{path}:1", [sbom(b"%d" % number)], artifact_type="text/plain", engine=engine
            )
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=attach, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(artifact.attached(f"{path}:1", engine=engine)) == 8


def test_entries_that_others_lost_are_added_again(engine, repository, monkeypatch):
    """Another client writes the list of the fallback tag from an older copy."""
    from pyggcr.crane import attached

    with registry.serve(engine="python", referrers=False) as server:
        path = f"{server.host}/{repository}"
        crane.push(random.image(100, 1, source=1), f"{path}:1")
        artifact.attach(f"{path}:1", [sbom(b"1")], artifact_type="text/a")
        tag = f"{path}:{crane.digest(f'{path}:1').replace(':', '-')}"
        older = remote.index(tag)
        real, calls = attached._listed, []

        def listed(*arguments):
            calls.append(None)
            if len(calls) == 2:  # after ours was pushed
                remote.write_index(tag, older)
            return real(*arguments)

        monkeypatch.setattr(attached, "_listed", listed)
        artifact.attach(f"{path}:1", [sbom(b"2")], artifact_type="text/b", engine=engine)
        assert attached_types(f"{path}:1") == ["text/a", "text/b"]
        assert len(calls) == 3
        older.close()


def test_files_that_are_there_are_replaced_or_kept(path, tmp_path, engine):
    artifact.push(f"{path}:1", [File("a", content=b"new"), File("b", content=b"b")], engine=engine)
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileAccessError, match="rename .*/a: file exists"):
        artifact.pull(f"{path}:1", tmp_path, overwrite=False, engine=engine)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]
    artifact.pull(f"{path}:1", tmp_path, engine=engine)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_layers_without_a_title_are_left_out(path, tmp_path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1", engine=engine)
    pulled = artifact.pull(f"{path}:1", tmp_path, engine=engine)
    assert pulled.paths == ()
    assert len(pulled.skipped) == 1
    assert names(tmp_path) == []
    assert isinstance(pulled.reference, name.Digest)
