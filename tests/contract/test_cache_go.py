"""Package cache as Go has it: folders that are believed, read-only caches, and caches of Python."""

from __future__ import annotations

import gzip
import io
import threading

import pytest

from pyggcr import cache, crane, empty, mutate, random, static, v1
from pyggcr.cache import Cache, FilesystemCache, LayerNotFoundError
from pyggcr.errors import Error, FileAccessError, UnknownBlobError

ABSENT = v1.new_hash("sha256:" + "0" * 64)


class Shelf(Cache):
    """A cache in memory, which notes how it is used."""

    def __init__(self):
        self.layers = {}
        self.calls = []
        self.lock = threading.Lock()

    def put(self, layer):
        with self.lock:
            self.calls.append(("put", str(layer.digest())))
            self.layers[layer.digest()] = self.layers[layer.diff_id()] = layer
        return layer

    def get(self, digest):
        with self.lock:
            self.calls.append(("get", str(digest)))
            if digest not in self.layers:
                raise LayerNotFoundError
            return self.layers[digest]

    def delete(self, digest):
        with self.lock:
            if self.layers.pop(digest, None) is None:
                raise LayerNotFoundError


class FailingError(Exception):
    pass


class Failing(Shelf):
    def get(self, digest):
        raise FailingError(str(digest))


@pytest.fixture
def image(engine):
    with random.image(1000, 2, source=1, engine=engine) as image:
        yield image


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def believed(folder, engine):
    """Go's cache of a folder."""
    return FilesystemCache(folder, verify=False, engine=engine)


@pytest.fixture(params=["verified", "believed"])
def files(request, folder, engine):
    """The cache of a folder, in both ways."""
    return FilesystemCache(folder, verify=request.param == "verified", engine=engine)


def read(stream):
    with stream:
        return stream.readall()


def names(folder):
    return {it.name for it in folder.iterdir()}


def test_layers_are_put_when_they_are_read(image, files, folder, engine):
    with cache.image(image, files, engine=engine) as cached:
        layer = cached.layers()[0]
        assert not folder.exists()
        compressed = read(layer.compressed())
        assert names(folder) == {str(layer.digest())}
        assert folder.stat().st_mode & 0o777 == 0o700
        uncompressed = read(layer.uncompressed())
        assert names(folder) == {str(layer.digest()), str(layer.diff_id())}
        assert (folder / str(layer.digest())).read_bytes() == compressed
        assert (folder / str(layer.diff_id())).read_bytes() == uncompressed


def test_the_cached_image_answers_as_the_image(image, files, engine):
    with cache.image(image, files, engine=engine) as cached:
        for method in ("digest", "size", "media_type", "config_name", "raw_manifest", "manifest"):
            assert getattr(cached, method)() == getattr(image, method)()
        assert cached.raw_config_file() == image.raw_config_file()
        assert cached.config_file() == image.config_file()
        for one, other in zip(cached.layers(), image.layers(), strict=True):
            assert (one.digest(), one.diff_id(), one.size(), one.media_type()) == (
                other.digest(),
                other.diff_id(),
                other.size(),
                other.media_type(),
            )


def test_a_layer_that_is_found_comes_from_its_file(image, files, engine):
    digest = image.layers()[0].digest()
    with cache.image(image, files, engine=engine) as cached:
        first = read(cached.layers()[0].compressed())
    found = files.get(digest)
    assert found.digest() == digest
    assert found.diff_id() == image.layers()[0].diff_id()
    assert found.size() == len(first)
    assert read(found.compressed()) == first
    assert found.media_type() == "application/vnd.docker.image.rootfs.diff.tar.gzip"


@pytest.mark.parametrize("by", ["digest", "diff_id"])
def test_a_layer_by_hash_is_put_at_once_and_found_later(image, engine, by):
    shelf = Shelf()
    wanted = image.layers()[1]
    digest = getattr(wanted, by)()
    with cache.image(image, shelf, engine=engine) as cached:
        assert shelf.calls == []
        layer = getattr(cached, f"layer_by_{by}")(digest)
        assert shelf.calls == [("get", str(digest)), ("put", str(wanted.digest()))]
        assert read(layer.compressed()) == read(wanted.compressed())
        shelf.calls.clear()
        assert getattr(cached, f"layer_by_{by}")(digest).digest() == wanted.digest()
        assert shelf.calls == [("get", str(digest))]


def test_layers_of_an_image_are_lazy(image, engine):
    shelf = Shelf()
    with cache.image(image, shelf, engine=engine) as cached:
        layers = cached.layers()
        assert shelf.calls == []
        for _ in range(2):
            assert read(layers[0].uncompressed()) == read(image.layers()[0].uncompressed())
    assert shelf.calls == [
        ("get", str(layers[0].diff_id())),
        ("put", str(layers[0].digest())),
        ("get", str(layers[0].diff_id())),
    ]


def test_the_config_is_a_layer_too(image, believed, folder, engine):
    with cache.image(image, believed, engine=engine) as cached:
        layer = cached.layer_by_digest(image.config_name())
        assert read(layer.compressed()) == image.raw_config_file()
    assert names(folder) == {str(image.config_name())}


def test_an_error_of_a_cache_of_ones_own_is_raised_unchanged(image, engine):
    with cache.image(image, Failing(), engine=engine) as cached:
        with pytest.raises(FailingError, match=str(image.layers()[0].digest())):
            cached.layers()[0].compressed()
        with pytest.raises(FailingError):
            cached.layer_by_digest(ABSENT)


def test_what_the_image_lacks_is_its_own_error(image, engine):
    with (
        cache.image(image, Shelf(), engine=engine) as cached,
        pytest.raises(UnknownBlobError, match=str(ABSENT)),
    ):
        cached.layer_by_digest(ABSENT)


@pytest.mark.parametrize("make", [Shelf, None], ids=["own", "folder"])
def test_a_read_only_cache_gets_nothing_and_gives_what_is_there(image, believed, engine, make):
    inner = make() if make else believed
    unchanged = cache.read_only(inner)
    first, second = image.layers()
    read(inner.put(first).compressed())
    with cache.image(image, unchanged, engine=engine) as cached:
        read(cached.layers()[0].compressed())
        read(cached.layers()[1].compressed())
    unchanged.delete(first.digest())
    assert unchanged.put(second) is second
    assert unchanged.get(first.digest()).digest() == first.digest()
    with pytest.raises(LayerNotFoundError):
        inner.get(second.digest())


def test_nothing_cannot_be_deleted(files):
    with pytest.raises(LayerNotFoundError, match="^layer was not found$"):
        files.delete(ABSENT)
    with pytest.raises(LayerNotFoundError, match="^layer was not found$"):
        files.get(ABSENT)


def test_what_is_deleted_is_gone(image, files, folder):
    layer = image.layers()[0]
    read(files.put(layer).compressed())
    files.delete(layer.digest())
    assert names(folder) == set()


# Not less than gzip's header: Go leaves the file open until it is collected (UnzipReadCloser).
@pytest.mark.parametrize("size", [15, 500])
def test_a_gzip_file_that_ends_too_early_is_removed(image, believed, folder, size):
    layer = image.layers()[0]
    content = read(layer.compressed())
    folder.mkdir()
    (folder / str(layer.digest())).write_bytes(content[:size])
    with pytest.raises(LayerNotFoundError, match="^layer was not found$"):
        believed.get(layer.digest())
    assert names(folder) == set()


def test_go_s_cache_believes_its_files(image, folder, engine):
    layer = image.layers()[0]
    other = gzip.compress(b"something else")
    folder.mkdir()
    (folder / str(layer.digest())).write_bytes(other)
    believed = FilesystemCache(folder, verify=False, engine=engine)
    found = believed.get(layer.digest())
    assert read(found.compressed()) == other
    assert found.digest() == v1.sha256(io.BytesIO(other))[0]
    with pytest.raises(LayerNotFoundError):
        FilesystemCache(folder, engine=engine).get(layer.digest())


def test_go_s_cache_keeps_what_was_read_of_a_layer(image, folder, engine):
    believed = FilesystemCache(folder, verify=False, engine=engine)
    layer = image.layers()[0]
    with believed.put(layer).compressed():
        pass
    assert (folder / str(layer.digest())).read_bytes() == b""


def test_a_folder_that_is_a_file_is_an_error(image, files, folder):
    folder.write_text("")
    digest = image.layers()[0].digest()
    with pytest.raises(FileAccessError, match=f"^open {folder}/{digest}: not a directory$"):
        files.get(digest)
    with pytest.raises(FileAccessError, match=f"^mkdir {folder}: not a directory$"):
        files.put(image.layers()[0]).compressed()
    with pytest.raises(FileAccessError, match=f"^remove {folder}/{digest}: not a directory$"):
        files.delete(digest)


@pytest.mark.parametrize("own", [True, False], ids=["own", "folder"])
def test_images_of_an_index_are_cached(engine, believed, own):
    used = Shelf() if own else believed
    child = random.index(500, 1, 2, source=3, engine=engine)
    index = mutate.append_manifests(
        empty.index(engine=engine), mutate.IndexAddendum(child), engine=engine
    )
    with cache.image_index(index, used, engine=engine) as cached:
        for method in ("digest", "size", "media_type", "raw_manifest", "index_manifest"):
            assert getattr(cached, method)() == getattr(index, method)()
        nested = cached.image_index(child.digest())
        descriptor = nested.index_manifest().manifests[0]
        image = nested.image(descriptor.digest)
        layer = image.layers()[0]
        content = read(layer.compressed())
        assert read(used.get(layer.digest()).compressed()) == content
        with pytest.raises(Error):
            cached.image(ABSENT)


def test_a_layer_of_ones_own_may_be_cached(engine, believed):
    layer = static.new_layer(b"content", "text/plain", engine=engine)
    assert read(believed.put(layer).compressed()) == b"content"
    assert read(believed.get(layer.digest()).uncompressed()) == b"content"


def test_layers_of_a_registry_go_into_a_cache_of_ones_own(host, repository, engine, image):
    reference = f"{host}/{repository}:1"
    crane.push(image, reference, engine=engine)
    shelf = Shelf()
    with crane.pull(reference, engine=engine) as pulled:
        cached = cache.image(pulled, shelf, engine=engine)
        contents = [read(layer.compressed()) for layer in cached.layers()]
    assert contents == [read(layer.compressed()) for layer in image.layers()]
    assert [word for word, _ in shelf.calls] == ["get", "put"] * 2


def test_what_is_no_cache_is_refused(image, engine):
    with pytest.raises(TypeError, match="Cache expected, not str"):
        cache.image(image, "folder", engine=engine)
    with pytest.raises(TypeError, match="ImageIndex expected"):
        cache.image_index(image, Shelf(), engine=engine)
