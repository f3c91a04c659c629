"""Images written down: which threads read their layers, and what a failure leaves."""

from __future__ import annotations

import io
import os
import random
import tarfile
import threading

import pytest

from pyggcr import crane, errors, tarball, v1
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.types import MediaType

SAVE = {
    "archive": crane.save,
    "legacy": crane.save_legacy,
    "layout": crane.save_oci,
}


class Watched:
    """An image that tells who reads its layers; ``opening`` is called first."""

    def __init__(self, image, opening, *, anywhere) -> None:
        self.image = image
        self.opening = opening
        self.anywhere = anywhere

    def __getattr__(self, name):
        return getattr(self.image, name)

    def layers(self):
        return [WatchedLayer(layer, self.opening, self.anywhere) for layer in self.image.layers()]


class WatchedLayer:
    engine = None

    def __init__(self, layer, opening, anywhere) -> None:
        self.layer = layer
        self.opening = opening
        self.anywhere = anywhere

    def __getattr__(self, name):
        return getattr(self.layer, name)

    def compressed(self):
        self.opening()
        return self.layer.compressed()

    def uncompressed(self):
        self.opening()
        return self.layer.uncompressed()


v1.Image.register(Watched)
v1.Layer.register(WatchedLayer)


@pytest.fixture
def image(tmp_path):
    """Three layers of 100 KB, which do not compress."""
    noise = random.Random(1)
    layers = [LayerSpec(layer_tar({f"f{it}": noise.randbytes(100_000)}), "gzip") for it in range(3)]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine="python") as opened:
        yield opened


@pytest.mark.parametrize("form", SAVE)
def test_an_image_of_one_s_own_is_read_in_the_calling_thread(form, image, tmp_path):
    readers = set()
    own = Watched(image, lambda: readers.add(threading.get_ident()), anywhere=False)

    SAVE[form]({"app:1": own}, tmp_path / "saved")

    assert readers == {threading.get_ident()}


@pytest.mark.parametrize("form", ["archive", "layout"])
def test_layers_that_any_thread_may_read_are_read_at_once(form, image, tmp_path):
    meeting = threading.Barrier(3)  # all wait for each other
    watched = Watched(image, lambda: meeting.wait(20), anywhere=True)

    SAVE[form]({"app:1": watched}, tmp_path / "saved")

    assert not meeting.broken


def test_a_file_and_a_stream_get_the_same_bytes(image, tmp_path):
    stream = io.BytesIO()

    crane.save({"app:1": image}, stream)
    crane.save({"app:1": image}, tmp_path / "saved")

    assert (tmp_path / "saved").read_bytes() == stream.getvalue()


@pytest.mark.parametrize("anywhere", [True, False])
@pytest.mark.parametrize("form", ["archive", "legacy"])
def test_a_failure_leaves_what_was_there(form, image, tmp_path, anywhere):
    def fail():
        raise errors.ValidationError("a bad layer")

    (tmp_path / "saved").write_bytes(b"before")

    with pytest.raises(errors.ValidationError, match="a bad layer"):
        SAVE[form]({"app:1": Watched(image, fail, anywhere=anywhere)}, tmp_path / "saved")

    assert (tmp_path / "saved").read_bytes() == b"before"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["saved", "source.tar"]


def test_a_pipe_gets_the_archive_too(image, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()

    crane.save({"app:1": image}, tmp_path / "pipe")

    reader.join(20)
    crane.save({"app:1": image}, tmp_path / "saved")
    assert got == [(tmp_path / "saved").read_bytes()]


def test_a_blob_of_two_media_types_is_written_once(image, tmp_path):
    """As Go does, although the manifest then names a file that is not there."""

    class Zstd(WatchedLayer):
        def media_type(self):
            return MediaType.OCI_LAYER_ZSTD

    class Twice(Watched):
        def layers(self):
            first = self.image.layers()[0]
            return [first, Zstd(first, lambda: None, True)]

    crane.save({"app:1": Twice(image, None, anywhere=True)}, tmp_path / "saved")

    with tarfile.open(tmp_path / "saved") as archive:
        names = archive.getnames()
    digest = image.layers()[0].digest().hex
    assert [name for name in names if digest in name] == [f"{digest}.tar.gz"]


@pytest.mark.parametrize("write", [crane.save, crane.save_legacy])
def test_a_folder_in_the_place_of_the_archive_is_told(write, image, tmp_path):
    with pytest.raises(errors.FileAccessError, match="^open .*: is a directory$"):
        write({"app:1": image}, tmp_path)
