"""What Docker daemons wrote, opened in every form: as go-containerregistry reads it, and more."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from pathlib import Path

import pytest
import zstandard
from support.layouts import unpack

import pyggcr
from pyggcr import name, partial, tarball, validate

DATA = Path(__file__).parent.parent / "data" / "docker"
ARCHIVES = sorted(DATA.rglob("*.tar"))
# go-containerregistry looks at the first layer only, and fails (docs/differences.md).
MIXED = {
    DATA / "28.5.2-containerd-store" / "app-loaded-from-24.tar": ["gzip", "none", "none", "none"],
    DATA / "28.5.2-containerd-store" / "dup-loaded-from-24.tar": ["none", "gzip", "gzip"],
}


def names_of(paths):
    return [str(path.relative_to(DATA)) for path in paths]


def mirror_images(path: Path, profile: str | None = None):
    """The images that ``tarball`` opens, in the order of manifest.json."""
    saved = tarball.load_manifest(path, engine="python")
    for entry in saved:
        if entry.repo_tags:
            yield tarball.image_from_path(
                path, entry.repo_tags[0], engine="python", gzip_profile=profile
            )
        elif len(saved) == 1:
            yield tarball.image_from_path(path, engine="python", gzip_profile=profile)
        else:
            yield None  # without a tag, and not alone: Go cannot choose it


def test_there_are_archives_of_four_engines() -> None:
    assert len(ARCHIVES) == 39
    assert len({path.parent for path in ARCHIVES}) == 4


@pytest.mark.parametrize("path", ARCHIVES, ids=names_of(ARCHIVES))
def test_every_image_is_valid(opened, path: Path) -> None:
    store = opened(path)
    assert store.passed_over == ()
    for image in store.images():
        validate.image(image)


@pytest.mark.parametrize("profile", ["go1.26", "go1.27"])
@pytest.mark.parametrize("path", ARCHIVES, ids=names_of(ARCHIVES))
def test_images_are_those_of_the_mirror_door(opened, path: Path, profile: str) -> None:
    images = opened(path, gzip_profile=profile).images()
    mirrors = list(mirror_images(path, profile))
    assert len(images) >= len(mirrors)
    for image, mirror in zip(images, mirrors, strict=False):
        if mirror is None or path in MIXED:
            continue
        assert image.raw_manifest() == mirror.raw_manifest()
        assert image.raw_config_file() == mirror.raw_config_file()
        assert image.digest() == mirror.digest()
        assert image.config_name() == mirror.config_name()
        assert image.media_type() == mirror.media_type()
        assert image.size() == mirror.size()
        for layer, twin in zip(image.layers(), mirror.layers(), strict=True):
            assert layer.digest() == twin.digest()
            assert layer.diff_id() == twin.diff_id()
            assert layer.size() == twin.size()
            assert layer.media_type() == twin.media_type()
            assert image.layer_by_digest(layer.digest()).diff_id() == twin.diff_id()
            assert image.layer_by_diff_id(str(layer.diff_id())).digest() == twin.digest()


@pytest.mark.parametrize("path", ARCHIVES, ids=names_of(ARCHIVES))
def test_every_image_is_named_as_manifest_json_names_it(opened, path: Path) -> None:
    images = opened(path).images()
    saved = tarball.load_manifest(path, engine="python")
    assert [image.tags for image in images[: len(saved)]] == [
        tuple(entry.repo_tags or ()) for entry in saved
    ]
    # The platform that manifest.json leaves out.
    beyond = [(image.tags, str(image.platform)) for image in images[len(saved) :]]
    assert beyond == ([(("mp:1",), "linux/arm64")] if path.name == "multiplatform.tar" else [])


@pytest.mark.parametrize("path", MIXED, ids=names_of(MIXED))
def test_mixed_images_have_the_contents_that_their_config_names(opened, path: Path) -> None:
    image = opened(path).image()
    layers = image.layers()
    assert [layer.diff_id() for layer in layers] == partial.diff_ids(image)
    for layer, stored in zip(layers, MIXED[path], strict=True):
        with layer.uncompressed() as stream:
            assert pyggcr.v1.sha256(stream)[0] == layer.diff_id()
        with layer.compressed() as stream:
            assert stream.read(2) == b"\x1f\x8b"
        # What was gzip is handed out as it is.
        assert (layer.digest().hex in path.read_bytes().decode("latin-1")) == (stored == "gzip")


@pytest.mark.parametrize("form", ["folder", "gzip", "zstd"])
@pytest.mark.parametrize("path", ARCHIVES, ids=names_of(ARCHIVES))
def test_the_form_of_an_archive_makes_no_difference(
    opened, tmp_path: Path, path: Path, form: str
) -> None:
    other = tmp_path / "other"
    if form == "folder":
        unpack(path, other)
    else:
        pack = gzip.compress if form == "gzip" else zstandard.ZstdCompressor().compress
        other.write_bytes(pack(path.read_bytes()))
    images = opened(path).images()
    others = opened(other).images()
    assert [image.raw_manifest() for image in images] == [image.raw_manifest() for image in others]
    assert [image.tags for image in images] == [image.tags for image in others]
    for image in others:
        validate.image(image)


LAYOUTS = [path for path in ARCHIVES if "24.0.7" not in path.parts]


@pytest.mark.parametrize("path", LAYOUTS, ids=names_of(LAYOUTS))
def test_without_manifest_json_the_layout_is_read(opened, tmp_path: Path, path: Path) -> None:
    folder = unpack(path, tmp_path / "layout")
    (folder / "manifest.json").unlink()
    with tarfile.open(path) as archive:
        text = archive.extractfile("index.json").read().decode()
    if '"manifests":null' in text:  # Docker 25.0.2, saved by ID
        with pytest.raises(
            pyggcr.errors.ArchiveError, match="neither a manifest.json nor an index"
        ):
            opened(folder)
        return
    for image in opened(folder).images():
        validate.image(image)
        blob = folder / "blobs" / "sha256" / image.digest().hex
        assert image.raw_manifest() == blob.read_bytes()
        assert image.tags == () or name.new_tag(image.tags[0]).name() in {
            name.new_tag(tag).name() for image in opened(path).images() for tag in image.tags
        }


def test_a_platform_of_an_archive_is_chosen(opened) -> None:
    store = opened(DATA / "28.5.2-containerd-store" / "multiplatform.tar")
    assert [str(image.platform) for image in store.images(tag="mp:1")] == [
        "linux/amd64",
        "linux/arm64",
    ]
    image = store.image(tag="mp:1", platform="linux/arm64")
    assert image.config_file().architecture == "arm64"
    # The index is that of docker's "mp:1": it leads to both platforms.
    index = "sha256:6fb2cb198d904e7ac7ef8f981ddab0711e9d2bce3923f88260ecf52705d84754"
    assert store.image(digest=index, platform="linux/arm64").digest() == image.digest()


def test_an_archive_is_not_changed_and_may_go_once_it_is_unpacked(opened, tmp_path: Path) -> None:
    packed = tmp_path / "packed.tar.gz"
    with packed.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb") as pack:
        pack.write((DATA / "28.5.2" / "multi.tar").read_bytes())
    store = opened(packed)
    shutil.move(packed, tmp_path / "elsewhere")
    assert len(store.images()) == 3
    for image in store.images():
        validate.image(image)
