"""Archives of GNU tar and of Go, whole and cut short, read as Go was recorded to read them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from support.tar_listing import listing, random_access

from pyggcr._gostd import tar
from pyggcr.errors import Error

DATA = Path(__file__).parent.parent / "data" / "tar"
RECORDED = json.loads((DATA / "recorded.json").read_text())["Archives"]
NAMES = sorted(RECORDED)


def archive(name: str) -> bytes:
    """The archive's bytes."""
    return (DATA / "archives" / name).read_bytes()


def error_when_skipped(data: bytes) -> str:
    """What ends the walk when no content is read from a stream that cannot seek."""
    return _walk(tar.Reader(_Stream(data)))


def error_when_sought(data: bytes) -> str:
    """The same for a stream that can."""
    return _walk(tar.Reader(io.BytesIO(data)))


def _walk(reader: tar.Reader) -> str:
    try:
        while reader.next() is not None:
            continue
    except Error as error:
        return str(error)
    return ""


class _Stream:
    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._data.read(min(size, 1000))


def summary(data: bytes) -> tuple[int, str, str]:
    """How many entries, the error in the last one's content, and the one that ends the walk."""
    entries = listing(data)
    final = entries.pop()["Error"] if entries and "Name" not in entries[-1] else ""
    return len(entries), entries[-1]["Error"] if entries else "", final


def test_every_archive_is_recorded():
    assert sorted(path.name for path in (DATA / "archives").iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_entries(name):
    assert listing(archive(name)) == RECORDED[name]["Entries"]


@pytest.mark.parametrize("name", NAMES)
def test_entries_read_later(name):
    assert random_access(archive(name)) == RECORDED[name]["Entries"]


@pytest.mark.parametrize("name", NAMES)
def test_cut_short(name):
    data = archive(name)
    wanted = {
        cut["Size"]: (cut["Entries"], cut["Content"], cut["Final"])
        for cut in RECORDED[name]["Cuts"]
    }
    assert {size: summary(data[:size]) for size in wanted} == wanted


@pytest.mark.parametrize("walk", [error_when_skipped, error_when_sought])
@pytest.mark.parametrize("name", NAMES)
def test_cut_short_and_skipped(name, walk):
    data = archive(name)
    wanted = {cut["Size"]: cut["FinalWhenSkipped"] for cut in RECORDED[name]["Cuts"]}
    assert {size: walk(data[:size]) for size in wanted} == wanted
