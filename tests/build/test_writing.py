"""Images and indexes in every place that can hold them, as skopeo and crane see them there."""

from __future__ import annotations

import json
import tarfile

import pytest

import pyggcr
from pyggcr import build, layout, remote, validate
from pyggcr.errors import BuildError, UnsupportedOptionError


@pytest.fixture(scope="module")
def layer():
    with build.layer({"/hello": "hello\n"}) as layer:
        yield layer


@pytest.fixture(scope="module")
def image(layer):
    return build.image(layers=[layer], cmd=["/hello"])


@pytest.fixture(scope="module")
def index(layer):
    return build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])


def test_an_archive_of_docker_save(image, tmp_path, run_skopeo):
    build.write(image, tmp_path / "app.tar", tag="app:1")
    build.write(image, f"docker-archive:{tmp_path}/other.tar:app:2")

    with pyggcr.open(tmp_path / "app.tar") as store:
        assert store.image(tag="app:1").config_name() == image.config_name()
    shown = json.loads(run_skopeo("inspect", "--config", f"docker-archive:{tmp_path}/other.tar"))
    assert shown["config"]["Cmd"] == ["/hello"]


def test_a_layout(image, index, tmp_path, run_skopeo):
    build.write(image, f"{tmp_path}/app/", tag="app:1")
    build.write(index, f"oci:{tmp_path}/app:both")

    shown = run_skopeo("inspect", "--raw", f"oci:{tmp_path}/app:app:1")
    assert shown == image.raw_manifest().decode()
    entries = layout.image_index_from_path(tmp_path / "app").index_manifest().manifests
    assert [it.digest for it in entries] == [image.digest(), index.digest()]
    with pyggcr.open(tmp_path / "app") as store:
        for each in store.images():
            validate.image(each)


def test_what_has_the_name_is_replaced(image, index, tmp_path):
    for _ in range(2):
        build.write(image, f"{tmp_path}/app/", tag="app:1")
        build.write(index, tmp_path / "app", tag="app:2")
        build.write(index, tmp_path / "app")
    entries = layout.image_index_from_path(tmp_path / "app").index_manifest().manifests
    assert len(entries) == 3
    build.write(index, tmp_path / "app", tag="app:1")
    entries = layout.image_index_from_path(tmp_path / "app").index_manifest().manifests
    assert [it.digest for it in entries] == [index.digest()] * 3


def test_an_archive_of_a_layout(image, index, tmp_path, run_skopeo):
    build.write(image, f"oci-archive:{tmp_path}/app.tar", tag="app:1")
    build.write(index, f"oci-archive:{tmp_path}/both.tar")

    assert run_skopeo("inspect", "--raw", f"oci-archive:{tmp_path}/app.tar") == (
        image.raw_manifest().decode()
    )
    run_skopeo("copy", "--all", f"oci-archive:{tmp_path}/both.tar", f"oci:{tmp_path}/copied")
    copied = layout.image_index_from_path(tmp_path / "copied")
    assert [it.digest for it in copied.index_manifest().manifests] == [index.digest()]
    build.write(index, f"oci-archive:{tmp_path}/again.tar")
    assert (tmp_path / "again.tar").read_bytes() == (tmp_path / "both.tar").read_bytes()
    with tarfile.open(tmp_path / "both.tar") as archive:
        assert archive.getnames()[:2] == ["oci-layout", "index.json"]


def test_a_registry(host, repository, engine, image, index, run_crane):
    build.write(image, f"docker://{host}/{repository}:1", engine=engine)
    build.write(index, f"docker://{host}/{repository}:both", engine=engine)

    assert run_crane("digest", f"{host}/{repository}:1") == str(image.digest())
    assert run_crane("validate", "--remote", f"{host}/{repository}:both").startswith("PASS")
    assert remote.head(f"{host}/{repository}:both").digest == index.digest()


def test_a_daemon(fake, image, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    build.write(image, "docker-daemon:new:1")

    (loaded,) = fake.loaded
    with pyggcr.open(loaded) as store:
        assert store.image(tag="new:1").config_name() == image.config_name()


@pytest.mark.parametrize(
    "where", ["app.tar", "docker-archive:app.tar:app:1", "docker-daemon:app:1"]
)
def test_what_holds_no_index(index, where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BuildError, match="holds images of one platform only"):
        build.write(index, where)
    assert list(tmp_path.iterdir()) == []


def test_an_image_of_an_archive_can_have_no_name(image, tmp_path):
    build.write(image, tmp_path / "app.tar")

    with pyggcr.open(tmp_path / "app.tar") as store:
        assert store.image().tags == ()


@pytest.mark.parametrize("where", ["sif:app", "docker:app", "oci:", ""])
def test_locations_that_nobody_writes(image, where):
    with pytest.raises((UnsupportedOptionError, BuildError)):
        build.write(image, where)


@pytest.mark.parametrize("where", ["docker://e.com/a:1", "docker-daemon:a:1", "oci:folder:a:1"])
def test_an_image_has_one_name(image, where):
    with pytest.raises(BuildError, match="names the image already, so it is not called b:1"):
        build.write(image, where, tag="b:1")


@pytest.mark.parametrize(
    ("where", "options"),
    [
        ("docker-daemon:a:1", {"insecure": True}),
        ("oci:folder", {"engine": "python"}),
        ("app.tar", {"jobs": 2}),
    ],
)
def test_options_that_would_be_ignored(image, where, options):
    with pytest.raises(UnsupportedOptionError, match=f"takes no {next(iter(options))}"):
        build.write(image, where, **options)


def test_a_failed_write_leaves_what_was_there(tmp_path):
    target = tmp_path / "app.tar"
    target.write_text("before")
    closed = build.layer({"/a": ""})
    image = build.image(layers=[closed])
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        build.write(image, f"oci-archive:{target}")
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]
