"""The tables of go-containerregistry's tests of pkg/v1/cache, on both engines."""

from __future__ import annotations

import pytest
from support.upstream_tables import rows

from pyggcr import cache, random, v1


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("row", rows("cache", "TestFilesystemCache"))
def test_how_many_files_there_are(engine, tmp_path, row, verify):
    kept = cache.FilesystemCache(tmp_path, verify=verify, engine=engine)
    image = cache.image(random.image(10, row["layers"], engine=engine), kept, engine=engine)
    layers = image.layers()

    def read(form):
        for layer in layers:
            with getattr(layer, form)() as stream:
                stream.read()
        sizes = [it.stat().st_size for it in tmp_path.iterdir()]
        assert all(sizes)
        return len(sizes)

    assert read("compressed") == row["after compressed"]
    assert read("uncompressed") == row["after uncompressed"]
    kept.delete(layers[0].digest())
    assert len(list(tmp_path.iterdir())) == row["after delete"]
    assert read("compressed") == row["after compressed again"]


@pytest.mark.parametrize("row", rows("cache", "TestErrNotFound"))
def test_what_is_not_there(engine, tmp_path, row):
    kept = cache.FilesystemCache(tmp_path, engine=engine)
    for act in (kept.get, kept.delete):
        with pytest.raises(cache.LayerNotFoundError) as raised:
            act(v1.new_hash(row["digest"]))
        assert str(raised.value) == row["error"]
