"""Handles: counted, released once, stale ones an error."""

from __future__ import annotations

import gc
import os
import types
from pathlib import Path

import pytest
from support.boundary import ROOT

from pyggcr._go import open_handles
from pyggcr._go.handle import GoObject
from pyggcr._go.table import function
from pyggcr.errors import ClosedError, UnsupportedOptionError, ValidationError

DATA = ROOT / "tests" / "data"
ROUNDS = 10_000
WARM_UP = 1_000
ALLOWED_GROWTH = 24 << 20


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_open_image_counts_and_a_closed_one_does_not(open_image, small_archive):
    before = open_handles()
    image = open_image(small_archive)
    assert open_handles() == before + 1
    image.close()
    assert open_handles() == before


def test_closing_twice_is_harmless(open_image, small_archive):
    image = open_image(small_archive)
    image.close()
    image.close()
    with pytest.raises(ClosedError, match="image already closed"):
        image.digest()


def test_a_forgotten_image_is_released(go, small_archive):
    before = open_handles()
    image = go.tarball.image_from_path(
        path=str(small_archive),
        tag=None,
        gzip_profile=go.info.gzip_profile,
        layer_sources="patched",
    )
    layers = image.layers()
    assert open_handles() == before + 1 + len(layers)
    del image, layers
    gc.collect()
    assert open_handles() == before


def test_layers_outlive_their_image(open_image, small_archive):
    image = open_image(small_archive)
    expected = image.layers()[0].digest()
    layer = image.layers()[0]
    image.close()
    assert layer.digest() == expected


def as_object(number):
    """What Python would hold if the library had given it this handle."""
    value = GoObject()
    value.handle = types.SimpleNamespace(number=number)
    value.sources = ()
    return value


@pytest.mark.parametrize("number", [0, 1 << 40, (1 << 64) - 1])
def test_the_library_refuses_a_handle_that_it_never_gave(go, number):
    with pytest.raises(ClosedError):
        function("Image.Digest")(as_object(number))
    assert go.library.load().lib.pyggcr_release(number) == 0


def test_a_stale_handle_is_an_error_and_never_another_object(open_image, small_archive):
    image = open_image(small_archive)
    stale = image.handle.number
    image.close()
    open_image(small_archive)
    with pytest.raises(ClosedError):
        function("Image.Digest")(as_object(stale))


def test_a_handle_of_another_kind_is_refused(open_image, small_archive):
    image = open_image(small_archive)
    with pytest.raises(UnsupportedOptionError):
        function("Layer.DiffID")(image)


def test_ten_thousand_rounds_leave_no_handle_no_file_and_no_memory(go, small_archive):
    def open_and_close():
        image = go.tarball.image_from_path(
            path=str(small_archive),
            tag=None,
            gzip_profile=go.info.gzip_profile,
            layer_sources="patched",
        )
        with image, image.layers()[0] as layer, layer.uncompressed() as stream:
            stream.read(512)

    for _ in range(WARM_UP):
        open_and_close()
    before = open_handles(), open_files()
    memory = resident()
    for _ in range(ROUNDS):
        open_and_close()
    gc.collect()
    assert (open_handles(), open_files()) == before
    assert resident() - memory < ALLOWED_GROWTH


def test_a_validation_that_fails_leaves_no_file_open(go, open_image):
    mixed = DATA / "docker" / "28.5.2-containerd-store" / "app-loaded-from-24.tar"
    image = open_image(mixed)
    before = open_files()
    for _ in range(10):
        with pytest.raises(ValidationError, match="gzip: invalid header"):
            go.validate.image(image=image, fast=False)
    assert open_files() == before
