"""Images with a layer cache: what is not compressed, what is compared, and whose error it is."""

from __future__ import annotations

import gzip as standard_gzip
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pyggcr
from pyggcr import crane, differential, empty, layout, registry, remote, tarball, v1, validate
from pyggcr._gostd import gzip
from pyggcr._layers.known_layers import VARIABLE
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.errors import LayerCacheError, UnsupportedOptionError, ValidationError
from pyggcr.layer_cache import LayerCache, use_layer_cache

LAYERS = 3


def contents(*numbers: int) -> list[bytes]:
    """Layers that differ."""
    return [layer_tar({f"file-{number}": b"content %d" % number * 900}) for number in numbers]


def archive_of(path: Path, *numbers: int) -> Path:
    """An archive whose plain layers are those."""
    layers = [LayerSpec(content, "none") for content in contents(*numbers)]
    path.write_bytes(docker_save([ImageSpec(layers, tags=["app:1"])]))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that nobody else may write."""
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def archive(folder: Path) -> Path:
    """An archive of three plain layers."""
    return archive_of(folder / "app.tar", *range(LAYERS))


@pytest.fixture
def cache(folder: Path) -> LayerCache:
    """An empty cache."""
    return LayerCache(folder / "layers.sqlite")


@pytest.fixture
def compressed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many layers were compressed, by gzip profile."""
    counts: Counter[str] = Counter()

    def counting(make: Callable[..., object]) -> Callable[..., object]:
        def made(*arguments: object, **options: object) -> object:
            # A stream is given what it compresses first.
            counts[next(str(it) for it in arguments if isinstance(it, str))] += 1
            return make(*arguments, **options)

        return made

    monkeypatch.setattr(gzip, "Compressor", counting(gzip.Compressor))
    monkeypatch.setattr(gzip, "CompressedStream", counting(gzip.CompressedStream))
    return counts


def by_tarball(path: Path, cache: LayerCache | None) -> v1.Image:
    return tarball.image_from_path(path, engine="python", layer_cache=cache)


def by_opener(path: Path, cache: LayerCache | None) -> v1.Image:
    return tarball.image(lambda: path.open("rb"), engine="python", layer_cache=cache)


def by_crane(path: Path, cache: LayerCache | None) -> v1.Image:
    return crane.load(path, engine="python", layer_cache=cache)


def by_store(path: Path, cache: LayerCache | None) -> v1.Image:
    return pyggcr.open(path, layer_cache=cache).image()


WAYS = (by_tarball, by_opener, by_crane, by_store)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Callable[[Path, LayerCache | None], v1.Image]:
    """A way to open an archive."""
    opened = []

    def open_image(path: Path, cache: LayerCache | None) -> v1.Image:
        opened.append(request.param(path, cache))
        return opened[-1]

    return open_image


@pytest.fixture(autouse=True)
def closing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stores are closed in the end."""
    stores = []
    make = pyggcr.store.open

    def opening(*arguments: object, **options: object) -> object:
        stores.append(make(*arguments, **options))  # type: ignore[arg-type]
        return stores[-1]

    monkeypatch.setattr(pyggcr, "open", opening, raising=False)
    yield
    for store in stores:
        store.close()


def learn(cache: LayerCache, archive: Path) -> str:
    """Let the cache see an archive; the image's digest, as without a cache."""
    digest = str(by_tarball(archive, cache).digest())
    with use_layer_cache(None):
        assert digest == str(by_tarball(archive, None).digest())
    assert cache.count() == LAYERS
    return digest


def lie(cache: LayerCache, content: bytes, digest: str = "sha256:" + "ab" * 32) -> v1.Hash:
    """Let the cache say something else of a content, with a checksum that fits."""
    diff_id = v1.Hash("sha256", hashlib.sha256(content).hexdigest())
    profile = tarball_profile()
    cache.put(diff_id, profile, gzip.BEST_SPEED, v1.to_hash(digest), 77)
    return diff_id


def tarball_profile() -> str:
    return pyggcr.engines()["python"].gzip_profile


def test_known_layers_are_not_compressed(way, archive, cache, compressed) -> None:
    digest = learn(cache, archive)
    compressed.clear()
    image = way(archive, cache)
    assert str(image.digest()) == digest
    assert image.manifest().layers is not None
    assert [layer.size() for layer in image.layers()] == [it.size for it in image.manifest().layers]
    assert not compressed


def test_only_the_layer_that_is_new_is_compressed(way, archive, cache, compressed) -> None:
    learn(cache, archive)
    longer = archive_of(archive.with_name("longer.tar"), *range(LAYERS), 99)
    compressed.clear()
    digest = way(longer, cache).digest()
    assert sum(compressed.values()) == 1
    assert cache.count() == LAYERS + 1
    assert digest == by_tarball(longer, None).digest()


@pytest.mark.parametrize("profile", ["go1.26", "go1.27"])
def test_each_profile_has_digests_of_its_own(archive, cache, profile: str) -> None:
    learn(cache, archive)
    known = tarball.image_from_path(
        archive, engine="python", gzip_profile=profile, layer_cache=cache
    )
    alone = tarball.image_from_path(archive, engine="python", gzip_profile=profile)
    assert known.digest() == alone.digest()


def test_a_cache_is_chosen_by_block_variable_or_argument(
    archive, cache, compressed, monkeypatch
) -> None:
    learn(cache, archive)
    compressed.clear()
    with use_layer_cache(cache.path) as used:
        assert used is not None
        assert used.path == cache.path
        inside = by_tarball(archive, None)
    inside.digest()
    opened_before = by_tarball(archive, None)
    with use_layer_cache(cache):
        opened_before.digest()
    monkeypatch.setenv(VARIABLE, cache.path)
    by_tarball(archive, None).digest()
    assert not compressed
    with use_layer_cache(None):
        by_tarball(archive, None).digest()
    assert sum(compressed.values()) == LAYERS


def test_a_config_that_claims_another_content_gets_no_wrong_digest(archive, cache, folder) -> None:
    learn(cache, archive)
    # The config claims the DiffIDs of the first archive, the layers are others.
    changed = folder / "changed.tar"
    image = docker_save(
        [ImageSpec([LayerSpec(it, "none") for it in contents(*range(LAYERS))], tags=["app:1"])]
    )
    # The same length, so that the archive stays whole.
    changed.write_bytes(image.replace(b"content 1", b"content X"))
    known, alone = by_tarball(changed, cache), by_tarball(changed, None)
    assert known.digest() == alone.digest()
    assert known.digest() != by_tarball(archive, cache).digest()


@pytest.mark.parametrize("level", [1, 6, 0])
def test_layers_of_tar_files(folder, cache, compressed, level: int) -> None:
    path = folder / "layer.tar"
    path.write_bytes(contents(5)[0])

    def layer(**options: object) -> v1.Layer:
        return tarball.layer_from_path(
            path,
            engine="python",
            compression_level=level,
            **options,  # type: ignore[arg-type]
        )

    first = layer(layer_cache=cache)
    compressed.clear()
    second = layer(layer_cache=cache)
    assert not compressed
    assert (first.digest(), first.size(), first.diff_id()) == (
        second.digest(),
        second.size(),
        second.diff_id(),
    )
    assert second.digest() == layer().digest()
    with second.compressed() as stream:
        assert v1.sha256(stream) == (second.digest(), second.size())


def test_a_compressed_layer_is_left_alone(folder, cache) -> None:
    path = folder / "layer.tar"
    blob = standard_gzip.compress(contents(5)[0])
    path.write_bytes(blob)
    layer = tarball.layer_from_path(path, engine="python", layer_cache=cache)
    assert layer.digest().hex == hashlib.sha256(blob).hexdigest()
    assert cache.count() == 0


def test_append_and_push_take_a_cache(folder, cache, compressed) -> None:
    path = folder / "layer.tar"
    path.write_bytes(contents(5)[0])
    base = empty.image(engine="python")
    digest = crane.append(base, path, layer_cache=cache).digest()
    compressed.clear()
    image = crane.append(base, path, layer_cache=cache)
    assert image.digest() == digest
    assert not compressed


# Pushes


@pytest.fixture
def server() -> Iterator[str]:
    """A registry."""
    with registry.serve(engine="python") as serving:
        yield serving.host


def test_a_push_compresses_only_what_the_registry_lacks(
    archive, cache, compressed, server, caplog
) -> None:
    digest = learn(cache, archive)
    reference = f"{server}/app:1"
    with use_layer_cache(None):
        crane.push(by_tarball(archive, None), reference, engine="python")
    longer = archive_of(archive.with_name("longer.tar"), *range(LAYERS), 99)
    compressed.clear()
    caplog.set_level(logging.INFO)
    crane.push(by_tarball(longer, None), f"{server}/app:2", layer_cache=cache, engine="python")
    assert sum(compressed.values()) == 1
    assert caplog.text.count("existing blob") >= LAYERS
    assert crane.digest(f"{server}/app:2") == str(by_tarball(longer, None).digest())
    assert crane.digest(reference) == digest


def test_a_push_to_an_empty_registry_compresses_known_layers_once(
    archive, cache, compressed, server
) -> None:
    digest = learn(cache, archive)
    compressed.clear()
    crane.push(by_tarball(archive, cache), f"{server}/app:1", engine="python")
    assert sum(compressed.values()) == LAYERS
    assert crane.digest(f"{server}/app:1") == digest
    with remote.image(f"{server}/app:1", engine="python") as image:
        validate.image(image)


# A row that is wrong though its checksum fits


WRONG = r"the layer cache .* said that sha256:.* compresses to sha256:abab.* \(77 bytes\), but it"


def test_a_push_that_finds_a_wrong_row_fails_and_the_next_one_does_not(
    archive, cache, server
) -> None:
    digest = learn(cache, archive)
    diff_id = lie(cache, contents(1)[0])
    with pytest.raises(LayerCacheError, match=WRONG):
        crane.push(by_tarball(archive, cache), f"{server}/app:1", engine="python")
    assert cache.get(diff_id, tarball_profile(), gzip.BEST_SPEED) is None
    crane.push(by_tarball(archive, cache), f"{server}/app:1", engine="python")
    assert crane.digest(f"{server}/app:1") == digest


def read_blob(image: v1.Image, folder: Path) -> None:
    for layer in image.layers():
        layer.digest()
        with layer.compressed() as stream:
            while stream.read(1 << 16):
                continue


def write_archive(image: v1.Image, folder: Path) -> None:
    tarball.write_to_file(folder / "written.tar", "app:1", image)


def write_layout(image: v1.Image, folder: Path) -> None:
    layout.write(folder / "layout", empty.index()).append_image(image)


@pytest.mark.parametrize("use", [read_blob, write_archive, write_layout])
def test_whatever_compresses_finds_a_wrong_row(way, archive, cache, folder, use) -> None:
    learn(cache, archive)
    lie(cache, contents(1)[0])
    image = way(archive, cache)
    image.digest()
    with pytest.raises(LayerCacheError, match=WRONG):
        use(image, folder)
    use(way(archive, cache), folder)


def test_a_layer_of_a_file_finds_a_wrong_row(folder, cache) -> None:
    path = folder / "layer.tar"
    path.write_bytes(contents(5)[0])
    lie(cache, contents(5)[0])
    layer = tarball.layer_from_path(path, engine="python", layer_cache=cache)
    with layer.compressed() as stream, pytest.raises(LayerCacheError, match=WRONG):
        while stream.read(1 << 16):
            continue
    with layer.compressed() as stream:
        assert v1.sha256(stream) == (layer.digest(), layer.size())
    lie(cache, contents(5)[0])
    with pytest.raises(LayerCacheError, match=WRONG):
        tarball.layer_from_path(path, engine="python", layer_cache=cache, compressed_caching=True)


def test_validate_ignores_the_cache(way, archive, cache) -> None:
    learn(cache, archive)
    lie(cache, contents(1)[0])
    validate.image(way(archive, cache))
    assert cache.count() == LAYERS
    told = way(archive, cache)
    told.digest()  # its manifest is made, and wrong
    with pytest.raises(ValidationError, match="^validating layers: "):
        validate.image(told)


def test_validate_of_a_layer_ignores_the_cache(folder, cache) -> None:
    path = folder / "layer.tar"
    path.write_bytes(contents(5)[0])
    lie(cache, contents(5)[0])
    layer = tarball.layer_from_path(path, engine="python", layer_cache=cache)
    validate.layer(layer)
    assert layer.size() != 77


def test_a_differential_ignores_the_cache(archive, cache, go_engine, compressed) -> None:
    learn(cache, archive)
    lie(cache, contents(1)[0])
    with use_layer_cache(cache):
        compared = differential.compare(archive)
    assert compared.differences == ()
    assert cache.count() == LAYERS


# The Go engine


def test_the_go_engine_refuses_a_cache(archive, cache, go_engine, folder) -> None:
    match = "the Go engine compresses layers by itself and has no layer cache"
    with pytest.raises(UnsupportedOptionError, match=match):
        tarball.image_from_path(archive, engine="go", layer_cache=cache)
    with pytest.raises(UnsupportedOptionError, match=match):
        crane.append(empty.image(engine="go"), archive, layer_cache=cache)
    with (
        tarball.image_from_path(archive, engine="go") as image,
        pytest.raises(UnsupportedOptionError, match=match),
    ):
        crane.push(image, "127.0.0.1:1/app", layer_cache=cache)


def test_both_engines_name_the_same_digests(archive, cache, go_engine, monkeypatch) -> None:
    digest = learn(cache, archive)
    monkeypatch.setenv(VARIABLE, cache.path)  # which is for those who have a cache
    with tarball.image_from_path(archive, engine="go") as image:
        assert str(image.digest()) == digest


def test_the_go_engine_pushes_an_image_of_a_store_with_its_cache(
    archive, cache, compressed, server, go_engine
) -> None:
    digest = learn(cache, archive)
    image = by_store(archive, cache)
    crane.push(image, f"{server}/app:1", engine="go")
    compressed.clear()
    crane.push(by_store(archive, cache), f"{server}/other:1", engine="go")
    assert crane.digest(f"{server}/other:1") == digest
