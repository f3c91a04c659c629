"""pkg/v1/layout: layouts of images of both engines are the same files, and are read as written."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest
from support.boundary import ListIndex, Wrapped

from pyggcr import (
    empty,
    errors,
    layout,
    mutate,
    partial,
    stream,
    tarball,
    types,
    v1,
    validate,
)
from pyggcr._layers.uncompressed import UncompressedLayer

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = [DATA / "25.0.2" / "app-tag.tar", DATA / "28.5.2-containerd-store" / "app-tag.tar"]


def files_of(folder: Path) -> dict[str, bytes]:
    """The content of each file below a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def images(engine):
    """An image with plain layers and one with gzip layers, opened by the engine."""
    with (
        tarball.image_from_path(ARCHIVES[0], engine=engine) as plain,
        tarball.image_from_path(ARCHIVES[1], engine=engine) as zipped,
    ):
        yield plain, zipped


def test_what_was_written_is_read(images, tmp_path):
    plain, zipped = images
    written = ListIndex(plain, ListIndex(zipped))

    index = layout.write(tmp_path, written).image_index()

    assert index.raw_manifest() == written.raw_manifest()
    assert (index.digest(), index.size()) == (written.digest(), written.size())
    validate.index(index)
    with index.image(plain.digest()) as image:
        assert image.raw_manifest() == plain.raw_manifest()
        assert image.raw_config_file() == plain.raw_config_file()
    (nested,) = partial.find_indexes(index, lambda _: True)
    assert [it.digest() for it in partial.find_images(nested, lambda _: True)] == [zipped.digest()]


def test_both_engines_fill_a_layout_with_the_same_files(go_engine, tmp_path):
    for engine in ("go", "python"):
        folder = tmp_path / engine
        with tarball.image_from_path(ARCHIVES[0], engine=engine, gzip_profile=None) as image:
            path = layout.write(folder, ListIndex())
            path.append_image(image, annotations={"a": "1"})
            path.append_index(ListIndex(image))

    assert files_of(tmp_path / "go") == files_of(tmp_path / "python")


def test_an_image_is_appended_with_its_descriptor(images, tmp_path):
    plain, zipped = images
    path = layout.write(tmp_path, ListIndex(plain))

    path.append_image(zipped, annotations={"key": "value"})

    first, second = path.image_index().index_manifest().manifests
    assert first.digest == plain.digest()
    described = partial.descriptor(zipped)
    described.annotations = {"key": "value"}
    assert second == described
    assert layout.from_path(tmp_path).image_index().digest() == path.image_index().digest()


def test_blobs_that_are_there_are_not_written_again(images, tmp_path):
    plain, _ = images
    path = layout.write(tmp_path, ListIndex(plain))
    before = {file: file.stat().st_ino for file in tmp_path.glob("blobs/*/*")}

    path.append_image(plain)

    assert {file: file.stat().st_ino for file in tmp_path.glob("blobs/*/*")} == before
    assert len(path.image_index().index_manifest().manifests) == 2


@pytest.mark.parametrize("read", [layout.from_path, layout.image_index_from_path])
def test_where_there_is_no_layout(tmp_path, read):
    with pytest.raises(errors.FileAccessError) as caught:
        read(tmp_path / "none")
    assert isinstance(caught.value, OSError)
    assert str(caught.value) == f"stat {tmp_path}/none/index.json: no such file or directory"


def test_what_the_index_does_not_list(images, tmp_path):
    plain, zipped = images
    index = layout.write(tmp_path, ListIndex(plain)).image_index()
    for ask in (index.image, index.image_index):
        with pytest.raises(
            errors.Error, match=f"^could not find descriptor in index: {zipped.digest()}$"
        ):
            ask(zipped.digest())


def test_a_blob_that_is_lost(images, tmp_path):
    plain, _ = images
    index = layout.write(tmp_path, ListIndex(plain)).image_index()
    lost = tmp_path / "blobs" / "sha256" / plain.config_name().hex
    lost.unlink()
    with (
        index.image(plain.digest()) as image,
        pytest.raises(errors.FileAccessError, match=lost.name),
    ):
        image.raw_config_file()


def test_a_layer_that_is_not_as_long_as_it_says(images, tmp_path):
    _, zipped = images
    layers = zipped.layers()
    layers[0].size = lambda: 5
    wrong = Wrapped(zipped, layers=lambda: layers)
    path = layout.write(tmp_path, ListIndex())
    with pytest.raises(errors.ValidationError):
        path.append_image(wrong)
    assert path.image_index().index_manifest().manifests in (None, [])


def test_the_folder_cannot_be_made(images, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(errors.FileAccessError, match="^mkdir .*: not a directory$"):
        layout.write(tmp_path / "file" / "layout", ListIndex(images[0]))


def test_it_is_go_that_writes_the_version(tmp_path):
    layout.write(tmp_path, ListIndex())
    assert (tmp_path / "oci-layout").read_bytes() == b'{\n    "imageLayoutVersion": "1.0.0"\n}'


def test_an_index_is_an_index_of_v1(images, tmp_path):
    index = layout.write(tmp_path, ListIndex(images[0])).image_index()
    assert isinstance(index, v1.ImageIndex)
    assert index.media_type().is_index()


def test_a_path_is_a_path(tmp_path):
    path = layout.Path(tmp_path)
    assert os.fspath(path) == str(tmp_path)
    assert repr(path) == f"Path({str(tmp_path)!r})"


def test_a_layer_is_compressed_once_while_it_is_written(images, tmp_path, monkeypatch):
    plain, _ = images
    if plain.engine == "go":
        return  # Go compresses each layer twice, once for its digest
    passes = []
    inner = UncompressedLayer._compressor
    monkeypatch.setattr(
        UncompressedLayer, "_compressor", lambda self: (passes.append(1), inner(self))[1]
    )

    layout.write(tmp_path, empty.index()).append_image(plain)

    assert len(passes) == len(plain.layers())


def test_a_stream_that_fails_leaves_no_blob(engine, tmp_path):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise RuntimeError("a user's own")

    path = layout.write(tmp_path, empty.index(engine=engine))
    with pytest.raises(RuntimeError, match="^a user's own$"):
        path.write_blob("sha256:" + 64 * "a", Broken())
    with pytest.raises(RuntimeError, match="^a user's own$"):
        layer = stream.new_layer(Broken(), engine=engine)
        path.append_image(mutate.append_layers(empty.image(engine=engine), layer))
    assert set(files_of(tmp_path)) == {"oci-layout", "index.json"}


def test_a_layer_that_raises_says_what_was_being_done(images, tmp_path):
    _, zipped = images

    def fail():
        raise errors.ArchiveError("broken")

    layers = zipped.layers()
    layers[0].compressed = fail
    path = layout.write(tmp_path, ListIndex())
    with pytest.raises(errors.ArchiveError, match="^error writing layer: broken$"):
        path.append_image(Wrapped(zipped, layers=lambda: layers))


def test_what_nobody_can_give_is_an_error(images, tmp_path):
    class Unknown(ListIndex):
        def index_manifest(self):
            manifest = super().index_manifest()
            manifest.manifests = [
                v1.Descriptor(types.MediaType("text/plain"), 1, v1.to_hash("sha256:" + 64 * "1"))
            ]
            return manifest

    with pytest.raises(errors.UnsupportedOptionError, match="neither an image nor an index"):
        layout.write(tmp_path, Unknown())
    assert not (tmp_path / "index.json").exists()


def test_a_blob_without_a_digest_is_refused(engine, tmp_path):
    content = io.BytesIO(b"content")
    with pytest.raises(errors.InvalidHashError):
        layout.Path(tmp_path).write_blob(v1.Hash(), content)
    assert content.closed


def test_a_full_disk_leaves_what_was_there(images, tmp_path, monkeypatch):
    plain, zipped = images
    path = layout.write(tmp_path, empty.index())
    path.append_image(plain)
    before = files_of(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "pwrite", full)
    for write in (
        lambda: path.append_image(zipped),
        lambda: path.append_descriptor(partial.descriptor(zipped)),
        lambda: path.remove_descriptors(lambda _: True),
        lambda: layout.write(tmp_path, ListIndex(plain)),
    ):
        with pytest.raises(errors.FileAccessError, match="no space left on device$"):
            write()
    assert files_of(tmp_path) == before


def test_an_interrupted_write_leaves_what_was_there(images, tmp_path, monkeypatch):
    plain, _ = images
    path = layout.write(tmp_path, empty.index())
    before = files_of(tmp_path)
    inner, calls = os.pwrite, []

    def interrupt(*arguments):
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return inner(*arguments)

    monkeypatch.setattr(os, "pwrite", interrupt)
    with pytest.raises(KeyboardInterrupt):
        path.append_image(plain)
    after = files_of(tmp_path)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if "pyggcr" in name]


def test_an_image_can_be_written_without_being_listed(images, tmp_path):
    plain, _ = images
    path = layout.write(tmp_path, empty.index())

    path.write_image(plain)

    assert path.image_index().index_manifest().manifests == []
    assert path.bytes(plain.digest()) == plain.raw_manifest()
    assert plain.digest() in path.garbage_collect()


def test_an_entry_says_where_else_the_image_is(images, tmp_path):
    path = layout.write(tmp_path, empty.index())
    path.append_image(images[0], urls=["https://example.com/image"])
    (described,) = path.image_index().index_manifest().manifests
    assert described.urls == ["https://example.com/image"]
