"""Corpora are the same each time, and are what Docker's archives look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpus.archives import FORMS, layer_tars, save_image
from benchmarks.corpus.cache import cached
from benchmarks.corpus.files import SystemFile, even_sample, system_files
from pyggcr import tarball, validate


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def files(tmp_path: Path) -> list[SystemFile]:
    """Twenty files in two folders, as if they were the system's."""
    root = tmp_path / "usr"
    for number in range(20):
        path = root / ("bin" if number % 2 else "lib") / f"file{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * 1000)
    (root / "lib" / "__pycache__").mkdir()
    (root / "lib" / "__pycache__" / "changes.pyc").write_bytes(b"changes")
    (root / "lib" / "link").symlink_to("file0")
    return system_files(root)


def test_the_system_s_files_are_sorted_and_only_lasting_ones(files: list[SystemFile]) -> None:
    names = [file.name for file in files]

    assert names == sorted(names)
    assert len(names) == 20
    assert names[0] == "usr/bin/file1"


def test_a_sample_is_taken_evenly(files: list[SystemFile]) -> None:
    sample = even_sample(files, 10_000)

    assert sum(file.size for file in sample) == 10_000
    assert {file.name.split("/")[1] for file in sample} == {"bin", "lib"}


def test_files_are_taken_again_where_there_are_too_few(files: list[SystemFile]) -> None:
    sample = even_sample(files, 45_000)

    assert abs(sum(file.size for file in sample) - 45_000) <= 1000
    assert len({file.name for file in sample}) == len(sample)


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_is_the_same_each_time_and_valid(
    files: list[SystemFile], tmp_path: Path, form: str, engine: str
) -> None:
    saved = []
    for attempt in ("first", "second"):
        scratch = tmp_path / attempt
        scratch.mkdir()
        path = scratch / "image.tar"
        save_image(path, list(layer_tars(files, scratch)), form)
        saved.append(path)

    assert saved[0].read_bytes() == saved[1].read_bytes()
    with tarball.image_from_path(saved[0], engine=engine) as image:
        validate.image(image)
        assert len(image.layers()) == 5
    sources = tarball.load_manifest(saved[0])[0].layer_sources
    assert len(sources or {}) == (5 if form == "plain" else 0)


def test_what_is_cached_is_made_once_for_a_recipe() -> None:
    made: list[str] = []

    def make(path: Path) -> None:
        made.append(path.name)
        path.write_bytes(b"content")

    first = cached("data.bin", "recipe", make)
    again = cached("data.bin", "recipe", make)
    other = cached("data.bin", "another recipe", make)

    assert first == again != other
    assert len(made) == 2
    assert not first.exists()  # what an old recipe made is gone
    assert other.read_bytes() == b"content"


def test_what_breaks_off_is_not_cached() -> None:
    def make(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("data.bin", "recipe", make)

    assert cached("data.bin", "recipe", lambda path: path.write_bytes(b"whole")).read_bytes() == (
        b"whole"
    )
