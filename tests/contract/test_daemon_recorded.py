"""What real engines send, read by both engines of this package: each archive, each way to keep it.

The engines are those of ``RECORDED``; that they are described as they would describe themselves is
shown in ``test_fake_engine``.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, Slow, Stalled

import pyggcr
from pyggcr import daemon, partial, tarball, validate
from pyggcr.differential.observing import observe
from pyggcr.errors import (
    ClosedError,
    DaemonError,
    DeadlineExceededError,
    Error,
    UnknownBlobError,
    ValidationError,
)

EVERY = [
    pytest.param(name, archive, id=f"{name}/{archive.stem}")
    for name, recorded in RECORDED.items()
    for archive in recorded.archives()
]
# Go's package has no way to ask for an image by its ID; ``daemon.save`` has.
ARCHIVES = [param for param in EVERY if param.values[1].stem != "app-id"]
# In one image of the containerd store, gzip and plain layers: no go-containerregistry reads them.
MIXED = ("app-loaded-from-24", "dup-loaded-from-24")
READABLE = [param for param in ARCHIVES if param.values[1].stem not in MIXED]
BUFFERS = ("file", "memory", "none")


@pytest.fixture
def serving(tmp_path: Path):
    """A function that starts an engine which has one archive."""
    engines = []

    def serve(name: str, archive: Path) -> FakeEngine:
        engines.append(FakeEngine(RECORDED[name], [archive], unix=tmp_path / f"{len(engines)}"))
        return engines[-1]

    yield serve
    for engine in engines:
        engine.close()


@pytest.mark.parametrize(("name", "archive"), READABLE)
def test_all_but_the_config_is_that_of_the_archive(serving, engine, name, archive):
    fake = serving(name, archive)
    (described,) = fake.images
    with (
        daemon.image(described.tags[0], host=fake.host, engine=engine) as image,
        tarball.image_from_path(archive, engine=engine) as saved,
    ):
        assert image.digest() == saved.digest()
        assert image.raw_manifest() == saved.raw_manifest()
        assert image.raw_config_file() == saved.raw_config_file()
        assert partial.diff_ids(image) == partial.diff_ids(saved)
        for layer, same in zip(image.layers(), saved.layers(), strict=True):
            found = image.layer_by_digest(layer.digest())
            assert found.digest() == same.digest()
            assert image.layer_by_diff_id(layer.diff_id()).digest() == same.digest()
            with found.compressed() as one, same.compressed() as other:
                assert one.read() == other.read()
    assert len([path for path in fake.paths() if path.startswith("/images/get")]) == 1


@pytest.mark.parametrize(("name", "archive"), ARCHIVES)
def test_both_engines_say_the_same_of_it(serving, go_engine, name, archive):
    fake = serving(name, archive)
    (described,) = fake.images
    told = {}
    for engine in ("go", "python"):
        with daemon.image(described.tags[0], host=fake.host, engine=engine) as image:
            told[engine] = observe(image).to_json()
            told[engine]["config_file"] = str(image.config_file())
            # The rest is a text that go-cmp keeps unstable on purpose.
            text = told[engine]["validate"]["error"]
            told[engine]["validate"] = text.partition("+ConfigFile()")[0]
    assert told["go"] == told["python"]


@pytest.mark.parametrize(("name", "archive"), ARCHIVES)
def test_the_config_is_put_together_as_go_does(serving, engine, name, archive):
    fake = serving(name, archive)
    (described,) = fake.images
    with (
        daemon.image(described.tags[0], host=fake.host, engine=engine) as image,
        tarball.image_from_path(archive, engine=engine) as saved,
    ):
        made, kept = image.config_file(), saved.config_file()
        assert str(image.config_name()) == described.id
        assert (made.architecture, made.os, made.rootfs) == (
            kept.architecture,
            kept.os,
            kept.rootfs,
        )
        assert made.config.env == kept.config.env
        assert (made.container, made.docker_version) == ("", "")
        newest_first = [entry.created_by for entry in made.history]
        assert newest_first == [entry.created_by for entry in reversed(kept.history)]
        assert {str(entry.created)[19:] for entry in made.history} == {"Z"}
        with pytest.raises(ValidationError, match=r"mismatched config (content|digest)"):
            validate.image(image)


@pytest.mark.parametrize(("name", "archive"), EVERY)
def test_opened_as_a_place_it_has_the_config_that_was_saved(serving, monkeypatch, name, archive):
    fake = serving(name, archive)
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    (described,) = fake.images
    wanted = described.tags[0] if described.tags else described.id
    with pyggcr.open(f"docker-daemon:{wanted}") as store, pyggcr.open(archive) as saved:
        assert [str(it.digest()) for it in store.images()] == [
            str(it.digest()) for it in saved.images()
        ]
        for image, same in zip(store.images(), saved.images(), strict=True):
            assert image.raw_config_file() == same.raw_config_file()
            validate.image(image)


@pytest.mark.parametrize(
    "archive",
    [param.values[1] for param in ARCHIVES if param.values[0] == "25.0.2"],
    ids=lambda path: path.stem,
)
def test_layer_sources_of_25_0_2_are_not_trusted(serving, engine, archive):
    fake = serving("25.0.2", archive)
    (described,) = fake.images
    with daemon.image(described.tags[0], host=fake.host, engine=engine) as image:
        for layer in image.layers():
            assert image.layer_by_digest(layer.digest()).diff_id() == layer.diff_id()
    with daemon.save([described.tags[0]], host=fake.host) as stream:
        sent = stream.readall()
    assert sent == archive.read_bytes()
    with tarball.image(
        lambda: io.BytesIO(sent), layer_sources="trusted", engine="python"
    ) as trusting:
        for layer in trusting.layers():
            with pytest.raises(UnknownBlobError, match=r"^unknown blob sha256:"):
                trusting.layer_by_digest(layer.digest())
        with pytest.raises(ValidationError, match=r"^validating layers: unknown blob sha256:"):
            validate.image(trusting)


def contents_of(image):
    """What is in each layer."""
    contents = []
    for layer in image.layers():
        with layer.uncompressed() as stream:
            contents.append(stream.readall())
    return contents


@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("name", RECORDED)
def test_however_the_archive_is_kept_it_is_the_same(serving, engine, name, buffer):
    fake = serving(name, RECORDED[name].archive("app-tag"))
    fake.faults = [Slow("/images/get", pause=0.0005)]
    with daemon.image("app:1", host=fake.host, engine=engine, buffer=buffer) as image:
        digest = image.digest()
        contents = contents_of(image)
    asked = [path for path in fake.paths() if path.startswith("/images/get")]
    assert len(asked) == 1 if buffer != "none" else len(asked) > 2
    with tarball.image_from_path(RECORDED[name].archive("app-tag"), engine=engine) as saved:
        assert saved.digest() == digest
        assert contents_of(saved) == contents


def test_an_opener_stands_in_for_the_engine(serving, engine):
    archive = RECORDED["28.5.2"].archive("app-tag")
    fake = serving("28.5.2", archive)
    with daemon.image(
        "app:1", host=fake.host, engine=engine, opener=lambda: archive.open("rb")
    ) as image:
        assert len(image.layers()) == 4
        assert image.config_file().os == "linux"
    assert [path for path in fake.paths() if path.startswith("/images/get")] == []


def test_a_closed_image_refuses_work(serving, engine):
    fake = serving("25.0.2", RECORDED["25.0.2"].archive("dup"))
    image = daemon.image("dup:1", host=fake.host, engine=engine)
    image.close()
    image.close()
    with pytest.raises(ClosedError):
        image.digest()


@pytest.mark.parametrize("archive", ["app-loaded-from-24", "dup-loaded-from-24"])
def test_gzip_and_plain_layers_in_one_image_fail_as_they_do_in_go(serving, engine, archive):
    name = "28.5.2-containerd-store"
    path = RECORDED[name].archive(archive)
    fake = serving(name, path)
    with daemon.image(fake.images[0].tags[0], host=fake.host, engine=engine) as image:
        with pytest.raises(Error) as caught:
            validate.image(image)
        with pytest.raises(Error) as direct, tarball.image_from_path(path, engine=engine) as saved:
            validate.image(saved)
    first = str(direct.value).splitlines()[0]
    assert first in str(caught.value).splitlines()


def test_opened_as_a_place_an_archive_that_broke_off_is_told_as_the_engine_tells(
    serving, monkeypatch
):
    fake = serving("25.0.2", RECORDED["25.0.2"].archive("app-tag"))
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    fake.faults = [Closed("/images/get", after=3000)]
    with pytest.raises(DaemonError, match=r"^unexpected EOF$"):
        pyggcr.open("docker-daemon:app:1")
    fake.faults = [Stalled("/images/get", after=3000)]
    with pytest.raises(DeadlineExceededError), pyggcr.limit(timeout=0.3):
        pyggcr.open("docker-daemon:app:1")
