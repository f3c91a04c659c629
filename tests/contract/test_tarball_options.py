"""Options of ``pyggcr.tarball`` on both engines: layers of pkg/v1/tarball, and progress."""

from __future__ import annotations

import errno
import gzip
import io
import json
import logging
import os
import tarfile

import pytest
from support.boundary import Wrapped, wait_until

from pyggcr import empty, errors, mutate, name, tarball, types, v1
from pyggcr.compression import NONE, ZSTD, Compression
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar

CONTENT = layer_tar({"a": b"content" * 10000, "b": bytes(range(256)) * 100})
ZSTD_TYPE = types.MediaType.OCI_LAYER_ZSTD


class Opener:
    """Opens the content, and counts how often."""

    def __init__(self, content=CONTENT):
        self.content = content
        self.count = 0

    def __call__(self):
        self.count += 1
        return io.BytesIO(self.content)


def read(stream):
    with stream:
        return stream.read()


def warnings(caplog):
    return [it.getMessage() for it in caplog.records if it.levelno == logging.WARNING]


@pytest.mark.parametrize("level", [-5, 1, 3, 7, 12, 42])
def test_zstd_of_both_engines_is_the_same(go_engine, level):
    options = {"compression": ZSTD, "compression_level": level, "media_type": ZSTD_TYPE}
    layers = [
        tarball.layer_from_opener(Opener(), engine=engine, **options) for engine in ("go", "python")
    ]
    first, second = (read(it.compressed()) for it in layers)
    assert first == second
    assert first.startswith(b"\x28\xb5\x2f\xfd")
    assert layers[0].digest() == layers[1].digest()


def test_a_zstd_layer_has_the_content(engine, caplog):
    layer = tarball.layer_from_opener(
        Opener(), engine=engine, compression=ZSTD, media_type=ZSTD_TYPE
    )
    plain = tarball.layer_from_opener(Opener(), engine=engine)
    assert layer.diff_id() == plain.diff_id()
    assert read(layer.uncompressed()) == CONTENT
    assert layer.size() == len(read(layer.compressed()))
    assert layer.media_type() == ZSTD_TYPE
    assert warnings(caplog) == []


def test_zstd_without_its_media_type_keeps_dockers_and_warns(engine, caplog):
    layer = tarball.layer_from_opener(Opener(), engine=engine, compression="zstd")
    assert layer.media_type() == types.MediaType.DOCKER_LAYER
    assert warnings(caplog) == [
        (
            "Unexpected mediaType (application/vnd.docker.image.rootfs.diff.tar.gzip) for selected "
            "compression in zstd in LayerFromOpener()."
        )
    ]


@pytest.mark.parametrize(
    ("compression", "text"),
    [
        (
            NONE,
            "Compression type 'none' is not supported for tarball layers; using gzip compression.",
        ),
        (
            Compression("brotli"),
            (
                "Unexpected compression type for WithCompression(): brotli; using gzip compression "
                "instead."
            ),
        ),
    ],
)
def test_another_compression_means_gzip_and_warns(engine, caplog, compression, text):
    layer = tarball.layer_from_opener(Opener(), engine=engine, compression=compression)
    assert layer.digest() == tarball.layer_from_opener(Opener(), engine=engine).digest()
    assert warnings(caplog) == [text]


def test_the_media_type_is_what_the_layer_and_its_descriptor_say(engine, tmp_path):
    (tmp_path / "layer.tar").write_bytes(CONTENT)
    layer = tarball.layer_from_path(
        tmp_path / "layer.tar", engine=engine, media_type=types.MediaType.OCI_LAYER
    )
    image = mutate.append_layers(empty.image(engine=engine), layer)
    assert layer.media_type() == types.MediaType.OCI_LAYER
    assert image.manifest().layers[0].media_type == types.MediaType.OCI_LAYER


@pytest.mark.parametrize("options", [{}, {"compression": ZSTD}, {"compression_level": 9}])
def test_what_is_compressed_already_stays_as_it_is(engine, options):
    content = gzip.compress(CONTENT, mtime=0)
    layer = tarball.layer_from_opener(Opener(content), engine=engine, **options)
    assert read(layer.compressed()) == content
    assert layer.diff_id() == tarball.layer_from_opener(Opener(), engine=engine).diff_id()


def test_with_caching_the_source_is_read_once_for_the_compressed_form(engine):
    opener = Opener()
    layer = tarball.layer_from_opener(opener, engine=engine, compressed_caching=True)
    plain = tarball.layer_from_opener(Opener(), engine=engine)
    before = opener.count

    copies = {read(layer.compressed()) for _ in range(3)}

    assert copies == {read(plain.compressed())}
    assert (layer.digest(), layer.size()) == (plain.digest(), plain.size())
    assert opener.count == before
    assert read(layer.uncompressed()) == CONTENT
    assert opener.count == before + 1


def test_a_level_that_does_not_exist_is_gzips_alone(engine):
    for wrong in (42, -3):
        with pytest.raises(errors.UnsupportedOptionError) as raised:
            tarball.layer_from_opener(Opener(), engine=engine, compression_level=wrong)
        assert str(raised.value) == f"gzip: invalid compression level: {wrong}"
    for caching in (True, False):
        with pytest.raises(errors.UnsupportedOptionError):
            tarball.layer_from_opener(
                Opener(), engine=engine, compression_level=42, compressed_caching=caching
            )


# Layers of readers.


def test_a_reader_becomes_a_layer_that_can_be_read_again(engine):
    reader = io.BytesIO(b"skipped" + CONTENT)
    reader.seek(len(b"skipped"))
    layer = tarball.layer_from_reader(reader, engine=engine, compression_level=6)

    wanted = tarball.layer_from_opener(Opener(), engine=engine, compression_level=6)
    assert (layer.digest(), layer.diff_id()) == (wanted.digest(), wanted.diff_id())
    assert [read(layer.uncompressed()) for _ in range(2)] == [CONTENT, CONTENT]
    assert not reader.closed


def test_an_image_keeps_the_copy_of_the_reader(engine):
    def image():
        layer = tarball.layer_from_reader(io.BytesIO(CONTENT), engine=engine)
        return mutate.append_layers(empty.image(engine=engine), layer)

    (layer,) = image().layers()
    assert read(layer.uncompressed()) == CONTENT


def test_what_the_reader_raises_is_raised_unchanged(engine):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise RuntimeError("a user's own")

    with pytest.raises(RuntimeError, match="^a user's own$"):
        tarball.layer_from_reader(Broken(), engine=engine)


def test_a_full_disk_is_told(engine, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(errors.FileAccessError, match="no space left on device$"):
        tarball.layer_from_reader(io.BytesIO(CONTENT), engine=engine)


# Archives: their size, their manifest.json, and how far they have come.


@pytest.fixture
def image(tmp_path, engine):
    layers = [LayerSpec(layer_tar({f"f{number}": bytes(100_000)}), "gzip") for number in range(2)]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine=engine) as opened:
        yield opened


def test_the_size_and_the_manifest_are_known_before_it_is_written(image):
    images = {name.new_tag("app:1"): image, name.new_tag("b"): image}
    stream = io.BytesIO()

    tarball.multi_ref_write(images, stream)

    assert tarball.calculate_size(images) == len(stream.getvalue())
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as tar:
        (written,) = json.loads(tar.extractfile("manifest.json").read())
    (computed,) = tarball.compute_manifest(images)
    assert computed.repo_tags == written["RepoTags"] == ["app:1", "b:latest"]
    assert computed.config == written["Config"]
    assert computed.layers == written["Layers"]


def test_an_archive_of_nothing_is_an_error(engine):
    for ask in (tarball.calculate_size, lambda it: tarball.multi_ref_write(it, io.BytesIO())):
        with pytest.raises(errors.UnsupportedOptionError) as raised:
            ask({})
        assert str(raised.value) == "unable to calculate manifest: set of images is empty"
    with pytest.raises(errors.UnsupportedOptionError, match="^set of images is empty$"):
        tarball.compute_manifest({})


def test_a_manifest_that_cannot_be_had_is_told(image):
    def fail():
        raise errors.ArchiveError("broken")

    tag = name.new_tag("app:1")
    broken = Wrapped(image, layers=list, manifest=fail)
    with pytest.raises(errors.ArchiveError) as raised:
        tarball.write(tag, broken, io.BytesIO())
    assert str(raised.value) == (
        "error calculating tarball size: unable to get manifest for img [app:1]: broken"
    )


@pytest.mark.parametrize("to_file", [False, True])
def test_progress_knows_the_total_from_the_start(image, tmp_path, to_file):
    told = []
    target = tmp_path / "out.tar" if to_file else io.BytesIO()
    write = tarball.multi_ref_write_to_file if to_file else tarball.multi_ref_write
    arguments = ({name.new_tag("app:1"): image}, target)

    write(*(reversed(arguments) if to_file else arguments), progress=told.append)

    size = tarball.calculate_size({name.new_tag("app:1"): image})
    assert {it.total for it in told} == {size}
    completes = [it.complete for it in told]
    assert completes == sorted(set(completes))
    assert completes[-1] == size
    assert isinstance(told[0], v1.Update)


def test_what_progress_raises_ends_the_writing(image, tmp_path):
    def refuse(_update):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="^enough$"):
        tarball.write_to_file(tmp_path / "out.tar", "app:1", image, progress=refuse)
    assert not (tmp_path / "out.tar").exists()
    with pytest.raises(RuntimeError, match="^enough$"):
        tarball.write("app:1", image, io.BytesIO(), progress=refuse)


def test_a_layer_with_70000_files_is_written(engine, tmp_path):
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo()
        for number in range(70_000):
            info.name = f"f{number}"
            files.write(info.tobuf(tarfile.USTAR_FORMAT))
        tar.offset = files.tell()
    layer = tarball.layer_from_opener(Opener(files.getvalue()), engine=engine)
    image = mutate.append_layers(empty.image(engine=engine), layer)

    tarball.write_to_file(tmp_path / "out.tar", "app:1", image)

    with tarball.image_from_path(tmp_path / "out.tar", engine=engine) as written:
        assert written.layers()[0].diff_id() == layer.diff_id()


@pytest.mark.parametrize("algorithm", ["gzip", "zstd"])
def test_a_stream_that_is_closed_early_closes_what_it_reads(engine, algorithm):
    opened = []

    def opener():
        opened.append(io.BytesIO(bytes(1024)))
        return opened[-1]

    with tarball.layer_from_opener(opener, engine=engine, compression=algorithm) as layer:
        with layer.compressed() as stream:
            assert len(stream.read(4)) == 4

        wait_until(lambda: all(file.closed for file in opened))
