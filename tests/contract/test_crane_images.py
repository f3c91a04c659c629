"""Images that ``pyggcr.crane`` makes or loads, without a registry, on both engines."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from pyggcr import crane, errors, tarball, types, v1

DATA = Path(__file__).parent.parent / "data" / "docker"
ARCHIVE = DATA / "25.0.2" / "app-tag.tar"

FILES = {"etc/passwd": b"root:x:0:0", "a": b"", "Z\u00fc": b"\x00\x01", "etc/": b""}


def entries(layer: v1.Layer) -> list[tarfile.TarInfo]:
    with layer.uncompressed() as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as tar:
        return tar.getmembers()


def test_a_layer_of_files_is_sorted_and_without_permissions(engine):
    layer = crane.layer(FILES, engine=engine)
    assert layer.engine == engine
    listed = entries(layer)
    assert [it.name for it in listed] == ["Z\u00fc", "a", "etc", "etc/passwd"]
    assert {(it.mode, it.mtime, it.uid) for it in listed} == {(0, 0, 0)}
    assert listed[2].isdir()
    assert layer.media_type() == types.MediaType.DOCKER_LAYER
    # What go-containerregistry's own crane.Layer gives for these files, built by Go 1.26.
    assert str(layer.diff_id()) == (
        "sha256:b409df84d4a2dd223ce4b2173e2af7b15014b446b3633eb091bd4103e7db30d2"
    )


def test_equal_files_give_an_equal_layer(engine):
    there = crane.layer(dict(reversed(FILES.items())), engine=engine)
    assert there.digest() == crane.layer(FILES, engine="python").digest()


def test_a_layer_of_nothing_is_an_empty_tar(engine):
    assert entries(crane.layer({}, engine=engine)) == []


def test_a_folder_with_content_is_refused(engine):
    with pytest.raises(errors.ArchiveError, match="archive/tar: write too long"):
        crane.layer({"etc/": b"content"}, engine=engine)


@pytest.mark.parametrize("files", [{"a": "text"}, {1: b""}])
def test_what_is_no_mapping_of_texts_to_bytes_is_refused(engine, files):
    with pytest.raises(TypeError):
        crane.layer(files, engine=engine)


def test_an_image_of_files_has_one_layer(engine):
    image = crane.image(FILES, engine=engine)
    (layer,) = image.layers()
    assert layer.digest() == crane.layer(FILES, engine=engine).digest()
    assert image.config_file().rootfs.diff_ids == [layer.diff_id()]
    assert image.media_type() == types.MediaType.DOCKER_MANIFEST_SCHEMA2


def test_load_opens_the_only_image(engine):
    with crane.load(ARCHIVE, engine=engine) as image, tarball.image_from_path(ARCHIVE) as same:
        assert image.digest() == same.digest()
    with crane.load_tag(ARCHIVE, "", engine=engine) as image:
        assert image.engine == engine


def test_load_tag_chooses_by_tag(engine):
    with crane.load_tag(ARCHIVE, "app:1", engine=engine) as image:
        assert image.config_file().os == "linux"
    with pytest.raises(errors.TagNotFoundError, match="tag app:2 not found in tarball"):
        crane.load_tag(ARCHIVE, "app:2", engine=engine)
    with pytest.raises(errors.InvalidReferenceError) as caught:
        crane.load_tag(ARCHIVE, "App:1", engine=engine)
    assert str(caught.value).startswith('parsing tag "App:1": ')
    with pytest.raises(errors.MissingPathError):
        crane.load(ARCHIVE.parent / "not-there", engine=engine)
