"""Locations as containers-transports(5) names them, and paths that look like them."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

import pyggcr
from pyggcr import registry, remote
from pyggcr.errors import (
    InvalidReferenceError,
    MissingPathError,
    TagNotFoundError,
    TransportError,
    UnsupportedOptionError,
)
from pyggcr.store.transports import Location, parse_location

DATA = Path(__file__).parents[1] / "data" / "docker"
MULTI = DATA / "25.0.2" / "multi.tar"
PLATFORMS = DATA / "28.5.2-containerd-store" / "multiplatform.tar"


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("docker-daemon:app:1", Location("docker-daemon", "app:1")),
        ("docker-daemon:sha256:abc", Location("docker-daemon", "sha256:abc")),
        ("docker-archive:a.tar", Location("docker-archive", "a.tar")),
        ("docker-archive:/a/b.tar:app:1", Location("docker-archive", "/a/b.tar", "app:1")),
        ("docker-archive:a.tar:@2", Location("docker-archive", "a.tar", position=2)),
        ("docker-archive:a.tar:", Location("docker-archive", "a.tar")),
        ("oci:folder", Location("oci", "folder")),
        ("oci:folder:1.0", Location("oci", "folder", "1.0")),
        ("oci-archive:a.tar:x", Location("oci-archive", "a.tar", "x")),
        ("docker://app@sha256:1", Location("docker", "app@sha256:1")),
        ("a.tar", None),
        ("./oci:x", None),
        ("/oci:x", None),
        ("OCI:x", None),
        ("app:1", None),
        ("", None),
    ],
)
def test_what_a_text_means(text, location):
    assert parse_location(text) == location


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("containers-storage:app", 'the transport "containers-storage:" is not supported'),
        ("sif:a", "known are docker://, docker-archive:, docker-daemon:, oci:, oci-archive:, dir:"),
        (
            "https://e.com/a:1",
            "is a URL.* is called e.com/a:1, without a scheme, or docker://e.com",
        ),
        ("HTTP://e.com/a", "is a URL, not an image reference"),
        ("oci://e.com/a:1", "is a URL.*docker://e.com/a:1"),
        ("docker://https://e.com/a", "is a URL.*docker://e.com/a"),
        ("docker:app", "docker: must be followed by //"),
        ("docker://", "nothing is named after the transport"),
        ("oci:", "nothing is named after the transport"),
        ("oci::tag", "no path is named"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, error):
    with pytest.raises(UnsupportedOptionError, match=error):
        pyggcr.open(text)


def test_a_path_with_an_unknown_transport_says_which_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingPathError) as caught:
        pyggcr.open("docker-deamon:app:1")
    assert str(caught.value) == (
        "open docker-deamon:app:1: no such file or directory; nor does it begin with a transport: "
        "those are docker://, docker-archive:, docker-daemon:, oci:, oci-archive:, dir:"
    )
    assert caught.value.errno == 2
    shutil.copy(MULTI, "docker-deamon:app:1")
    with pyggcr.open("docker-deamon:app:1") as store:
        assert len(store.images()) == 3


def test_a_path_that_begins_like_a_transport_can_be_reached(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(MULTI, "oci:x")
    for path in ("./oci:x", Path("oci:x"), str(tmp_path / "oci:x")):
        with pyggcr.open(path) as store:
            assert len(store.images()) == 3
    with pytest.raises(MissingPathError):
        pyggcr.open("oci:x")


@pytest.mark.parametrize("tag", ["app:1", "docker.io/library/app:1"])
def test_an_image_of_an_archive(tag):
    with pyggcr.open(f"docker-archive:{MULTI}:{tag}") as store:
        (image,) = store.images()
        assert image.tags == ("app:1",)
        pyggcr.validate.image(image)


def test_an_image_of_an_archive_by_its_position():
    with pyggcr.open(MULTI) as store:
        digests = [str(image.digest()) for image in store.images()]
    for position, digest in enumerate(digests):
        with pyggcr.open(f"docker-archive:{MULTI}:@{position}") as store:
            assert [str(image.digest()) for image in store.images()] == [digest]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("app:2", "no image has the tag app:2; there are "),
        ("@3", "no image has the position 3; there are "),
    ],
)
def test_an_image_that_an_archive_lacks(asked, text):
    with pytest.raises(TagNotFoundError, match=text) as caught:
        pyggcr.open(f"docker-archive:{MULTI}:{asked}")
    assert "app:1 (linux/amd64)" in str(caught.value)


def test_an_oci_layout_and_its_archive(tmp_path):
    with tarfile.open(PLATFORMS) as tar:
        tar.extractall(tmp_path / "layout", filter="data")
    for location in (f"oci:{tmp_path}/layout", f"oci-archive:{PLATFORMS}"):
        with pyggcr.open(location) as store:
            assert [str(image.platform) for image in store.images()] == [
                "linux/amd64",
                "linux/arm64",
            ]
        with pyggcr.open(f"{location}:mp:1") as store:
            assert len(store.images()) == 2


def test_an_image_in_a_registry(engine):
    with registry.serve(engine="python") as server, pyggcr.open(MULTI) as source:
        app = source.image(tag="app:1")
        remote.push(f"{server.host}/team/app:1", app, engine=engine)
        with pyggcr.open(f"docker://{server.host}/team/app:1") as store:
            image = store.image(tag=f"{server.host}/team/app:1")
            assert image.digest() == app.digest()
            assert image.raw_config_file() == app.raw_config_file()
            pyggcr.validate.image(image)
        with pyggcr.open(f"docker://{server.host}/team/app@{app.digest()}") as store:
            assert store.image().tags == ()


def test_an_index_in_a_registry_has_the_images_of_all_platforms(tmp_path):
    with tarfile.open(PLATFORMS) as tar:
        tar.extractall(tmp_path, filter="data")
    whole = pyggcr.layout.image_index_from_path(tmp_path)
    (entry,) = whole.index_manifest().manifests
    with registry.serve(engine="python") as server:
        index = whole.image_index(entry.digest)
        # Its attestations are not here; a registry of this kind takes it nevertheless.
        remote.push(f"{server.host}/mp:1", index, engine="python")
        with pyggcr.open(f"docker://{server.host}/mp:1") as store:
            assert [str(image.platform) for image in store.images()] == [
                "linux/amd64",
                "linux/arm64",
            ]
            arm = store.image(platform="linux/arm64")
            pyggcr.validate.image(arm)
            assert arm.digest() != index.digest()


def test_what_a_registry_does_not_have():
    with (
        registry.serve(engine="python") as server,
        pytest.raises(TransportError, match="MANIFEST_UNKNOWN|NAME_UNKNOWN"),
    ):
        pyggcr.open(f"docker://{server.host}/app:1")
    with pytest.raises(InvalidReferenceError):
        pyggcr.open("docker://No Name")


def test_a_registry_that_lost_a_layer_says_so_when_it_is_read(tmp_path):
    with registry.serve(engine="python", folder=tmp_path) as server, pyggcr.open(MULTI) as source:
        app = source.image(tag="app:1")
        remote.push(f"{server.host}/app:1", app, engine="python")
        lost = app.layers()[0].digest()
        for file in tmp_path.rglob(f"*{lost.hex}*"):
            file.unlink()
        with (
            pyggcr.open(f"docker://{server.host}/app:1") as store,
            pytest.raises(TransportError),
        ):
            store.image().layers()[0].uncompressed()
