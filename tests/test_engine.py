"""Which engine does the work, and who decides."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import pyggcr
from pyggcr import engine as engines
from pyggcr import errors, partial, tarball, validate
from pyggcr._gostd.gzip_options import PROFILES

ARCHIVE = Path(__file__).parent / "data" / "docker" / "25.0.2" / "app-tag.tar"
MANIFEST = b'{"layers":[{"digest":"sha256:' + b"a" * 64 + b'"}]}'


def test_an_image_names_its_engine(engine):
    with tarball.image_from_path(ARCHIVE, engine=engine) as image:
        assert image.engine == engine
        assert all(layer.engine == engine for layer in image.layers())


def test_use_engine_holds_inside_its_block(go_engine):
    with pyggcr.use_engine("python"):
        with pyggcr.use_engine("go"):
            assert engines.select().name == "go"
        assert engines.select().name == "python"


def test_use_engine_holds_for_its_own_thread(go_engine):
    seen = []
    with pyggcr.use_engine("python"):
        thread = threading.Thread(target=lambda: seen.append(engines.select().name))
        thread.start()
        thread.join()
    assert seen == [engines.select().name]


def test_an_argument_wins_over_everything(go_engine, monkeypatch):
    monkeypatch.setenv("PYGGCR_ENGINE", "go")
    with pyggcr.use_engine("go"):
        assert engines.select("python").name == "python"


def test_the_variable_chooses(monkeypatch):
    monkeypatch.setenv("PYGGCR_ENGINE", "python")
    assert engines.select().name == "python"


@pytest.mark.parametrize("name", ["rust", "Go", " "])
def test_an_engine_that_does_not_exist(name, monkeypatch):
    with pytest.raises(errors.UnsupportedOptionError, match="there is no engine"):
        engines.select(name)
    with pytest.raises(errors.UnsupportedOptionError), pyggcr.use_engine(name):
        pytest.fail("the block was entered")
    monkeypatch.setenv("PYGGCR_ENGINE", name)
    with pytest.raises(errors.UnsupportedOptionError):
        tarball.image_from_path(ARCHIVE)


def test_both_engines_are_described():
    infos = pyggcr.engines()
    assert list(infos) == ["go", "python"]
    assert infos["python"].available
    assert infos["python"].gzip_profile in PROFILES
    assert set(infos["python"].accelerators) == {"deflate", "inflate", "sha256", "tar", "zstd"}


def test_the_python_engine_takes_the_profile_of_the_go_engine(go_engine):
    infos = pyggcr.engines()
    assert infos["python"].gzip_profile == infos["go"].gzip_profile
    assert infos["python"].go_containerregistry == infos["go"].go_containerregistry


def test_the_go_engine_refuses_what_it_is_not(go_engine):
    other = next(it for it in PROFILES if it != pyggcr.engines()["go"].gzip_profile)
    with pytest.raises(errors.UnsupportedOptionError, match=f"for {other} use engine="):
        tarball.image_from_path(ARCHIVE, engine="go", gzip_profile=other)
    with pytest.raises(errors.UnsupportedOptionError, match="LayerSources"):
        tarball.image_from_path(ARCHIVE, engine="go", layer_sources="trusted")


@pytest.mark.parametrize("options", [{"gzip_profile": "go1.99"}, {"layer_sources": "guessed"}])
def test_options_that_do_not_exist_are_refused(engine, options):
    with pytest.raises(errors.UnsupportedOptionError):
        tarball.image_from_path(ARCHIVE, engine=engine, **options)


def test_the_go_engine_checks_images_of_the_python_engine(go_engine):
    with tarball.image_from_path(ARCHIVE, engine="python") as image:
        validate.image(image, engine="go")
        assert partial.fs_layers(image, engine="go") == partial.fs_layers(image)


def test_the_python_engine_checks_images_of_the_go_engine(go_engine):
    with tarball.image_from_path(ARCHIVE, engine="go") as image:
        validate.image(image, engine="python")
        assert partial.fs_layers(image, engine="python") == partial.fs_layers(image)


UNAVAILABLE = """
import pyggcr
from pyggcr import tarball
info = pyggcr.engines()["go"]
assert not info.available, info
assert "does not exist" in info.reason, info
with tarball.image_from_path({archive!r}) as image:
    assert image.engine == "python"
try:
    tarball.image_from_path({archive!r}, engine="go")
except pyggcr.errors.EngineUnavailableError as error:
    print(error)
"""


AUTOMATIC = "import pyggcr.engine, sys; print(pyggcr.engine.select().name)"


@pytest.mark.parametrize("accelerator", ["0", ""])
def test_without_a_choice_the_fastest_engine_does_the_work(accelerator):
    environment = {"PYGGCR_ACCELERATOR": accelerator, "PYTHONPATH": str(ARCHIVE.parents[4])}
    if library := os.environ.get("PYGGCR_GO_LIBRARY"):
        environment["PYGGCR_GO_LIBRARY"] = library
    done = subprocess.run(
        [sys.executable, "-c", AUTOMATIC],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    infos = pyggcr.engines()
    accelerated = not accelerator and infos["python"].accelerators["deflate"] == "c"
    expected = "go" if infos["go"].available and not accelerated else "python"
    assert done.stdout == f"{expected}\n"


def test_without_the_library_python_does_the_work(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", UNAVAILABLE.format(archive=str(ARCHIVE))],
        env={
            "PYGGCR_GO_LIBRARY": str(tmp_path / "missing.so"),
            "PYTHONPATH": str(ARCHIVE.parents[4]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the Go engine is not there" in done.stdout
