"""Streams: real raw streams, whatever Python does with them."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import threading

import pytest
from support.boundary import HANG

from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.differential.leak_check import OpenResources
from pyggcr.errors import ClosedError, TruncatedError


@pytest.fixture
def layer(open_image, small_archive):
    layers = open_image(small_archive).layers()
    yield layers[0]
    for each in layers:
        each.close()


def test_it_holds_the_bytes_that_the_diff_id_names(layer):
    with layer.uncompressed() as stream:
        assert hashlib.sha256(stream.readall()).hexdigest() == layer.diff_id().hex


def test_it_holds_the_bytes_that_the_digest_names(layer):
    with layer.compressed() as stream:
        content = stream.readall()
    assert hashlib.sha256(content).hexdigest() == layer.digest().hex
    assert len(content) == layer.size()


def test_tarfile_reads_it_as_a_pipe(layer):
    with layer.compressed() as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
        assert archive.next() is not None


def test_shutil_copies_it(layer):
    target = io.BytesIO()
    with layer.uncompressed() as stream:
        shutil.copyfileobj(stream, target)
    assert hashlib.sha256(target.getvalue()).hexdigest() == layer.diff_id().hex


def test_a_buffered_reader_goes_around_it(layer):
    with io.BufferedReader(layer.uncompressed()) as stream:
        assert len(stream.peek(1)) >= 1


def test_reading_into_nothing_reads_nothing(layer):
    with layer.uncompressed() as stream:
        assert stream.readinto(bytearray()) == 0
        assert len(stream.read(10)) == 10


def test_the_end_stays_the_end(layer):
    with layer.uncompressed() as stream:
        stream.readall()
        assert [stream.read(10), stream.read(10)] == [b"", b""]


def test_a_read_only_buffer_is_refused(layer):
    with layer.uncompressed() as stream, pytest.raises((TypeError, BufferError)):
        stream.readinto(bytes(10))


def test_a_closed_stream_cannot_be_read(layer):
    stream = layer.uncompressed()
    stream.close()
    stream.close()
    assert stream.closed
    with pytest.raises(ClosedError, match="stream already closed"):
        stream.readinto(bytearray(10))


def test_closing_makes_a_read_in_another_thread_fail(slow_archive, open_with):
    gate = Gate(slow_archive)
    with open_with(gate.open).layers()[0] as layer:
        stream = layer.uncompressed()
    gate.shut = True
    errors = []

    def read():
        try:
            stream.readall()
        except ClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert gate.reached.wait(HANG)
    stream.close()
    gate.opened.set()
    thread.join(HANG)
    assert len(errors) == 1


class Gate:
    """Opens an archive whose reads wait, once the gate is shut, until it is opened."""

    def __init__(self, path):
        self.path = path
        self.shut = False
        self.reached = threading.Event()
        self.opened = threading.Event()

    def open(self):
        return Guarded(self, self.path.open("rb"))


class Guarded(io.RawIOBase):
    """A file behind a gate."""

    def __init__(self, gate, inner):
        super().__init__()
        self.gate = gate
        self.inner = inner

    def read(self, size=-1):
        if self.gate.shut:
            self.gate.reached.set()
            self.gate.opened.wait(HANG)
        return self.inner.read(size)

    def close(self):
        self.inner.close()
        super().close()


@pytest.fixture
def image_with_half_a_gzip_header(open_image, tmp_path):
    """An image whose second layer begins like gzip and ends there; the first is a good one."""
    archive = tmp_path / "archive.tar"
    good = LayerSpec(layer_tar({"a": b"a"}), "gzip")
    archive.write_bytes(docker_save([ImageSpec([good, LayerSpec(b"\x1f\x8b")])]))
    return open_image(archive)


def test_a_stream_that_cannot_be_opened_leaves_no_file_open(image_with_half_a_gzip_header):
    # go-containerregistry itself forgets to close it.
    _, layer = image_with_half_a_gzip_header.layers()
    before = OpenResources()
    with pytest.raises(TruncatedError):
        layer.uncompressed()
    assert OpenResources().leaked_since(before) == []


def test_a_stream_outlives_another_that_cannot_be_opened(image_with_half_a_gzip_header):
    good, bad = image_with_half_a_gzip_header.layers()
    with good.uncompressed() as stream:
        with pytest.raises(TruncatedError):
            bad.uncompressed()
        assert hashlib.sha256(stream.readall()).hexdigest() == good.diff_id().hex
