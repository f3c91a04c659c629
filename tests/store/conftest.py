"""Archives and images that the tests of the store share."""

from __future__ import annotations

from pathlib import Path

import pytest

import pyggcr
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, layer_tar


@pytest.fixture
def opened(tmp_path):
    """A function that opens what it is given: bytes, a folder or a file."""
    stores = []

    def open_it(what: bytes | Path, **options):
        if isinstance(what, bytes):
            path = tmp_path / f"made-{len(stores)}.tar"
            path.write_bytes(what)
            what = path
        store = pyggcr.open(what, **options)
        stores.append(store)
        return store

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def mixed_image() -> ImageSpec:
    """An image with a layer of each compression, and one plain layer twice."""
    contents = [layer_tar({f"file-{number}": b"%d" % number * 700}) for number in range(3)]
    layers = [
        LayerSpec(content, compression)
        for content, compression in zip(contents, ("none", "gzip", "zstd"), strict=True)
    ]
    return ImageSpec(layers=[*layers, layers[0]], tags=["mixed:1"])
