"""The one model of an archive: its table of entries, the walk of its index, LayerSources."""

from __future__ import annotations

import tarfile
import tracemalloc
from pathlib import Path

import pytest

from pyggcr import v1
from pyggcr._layers.archive import Archive
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.file_names import INDEX_JSON, blob_digest, blob_name
from pyggcr._layers.index_walk import (
    CONTAINERD_NAME,
    REFERENCE_NAME,
    IndexWalk,
    Visit,
    each_once,
    given_name,
)
from pyggcr._layers.saved_layers import descriptors_of, first_positions
from pyggcr._layers.source import PathSource
from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.errors import ArchiveError, FileAccessError, InvalidHashError
from pyggcr.types import MediaType
from pyggcr.v1 import Descriptor, Hash


def digest(number: int) -> Hash:
    return Hash("sha256", f"{number:064x}")


def entries_of(table: EntryTable) -> list[str]:
    return [entry.name for entry in table]


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    """A tar with a name that is there twice, and a link."""
    path = tmp_path / "archive.tar"
    members = [member("a", b"1"), member("./a", b"22"), member("b", b"333")]
    path.write_bytes(make_tar([*members, member("c", kind=tarfile.SYMTYPE, link="b")]))
    return path


def damaged(tar: Path) -> Archive:
    """An archive whose third header is wrong."""
    data = bytearray(tar.read_bytes())
    data[4 * 512] ^= 0xFF
    tar.write_bytes(data)
    return Archive(PathSource(str(tar)))


def test_a_table_has_all_entries_in_order_and_the_first_of_each_name(tar: Path) -> None:
    table = Archive(PathSource(str(tar))).entries()
    assert entries_of(table) == ["a", "./a", "b", "c"]
    assert [(name, entry.size) for name, entry in table.by_name()] == [("a", 1), ("b", 3), ("c", 0)]
    assert table.find("./x/../a") == Entry("a", "file", 1, "")
    assert ("./b" in table, "d" in table, len(table)) == (True, False, 4)


@pytest.mark.parametrize("looked_up", [["a"], ["b"], ["c", "a"]])
def test_a_table_is_the_same_whatever_was_looked_up_before(tar: Path, looked_up) -> None:
    archive = Archive(PathSource(str(tar)))
    for name in looked_up:
        archive.open(name).close()
    assert entries_of(archive.entries()) == ["a", "./a", "b", "c"]


def test_a_file_before_the_damage_can_be_read_and_the_table_cannot_be_had(tar: Path) -> None:
    archive = damaged(tar)
    for _ in range(2):
        with archive.open("a") as stream:
            assert stream.read() == b"1"
        with pytest.raises(ArchiveError, match="^archive/tar: invalid tar header$"):
            archive.entries()


def test_a_scan_that_was_broken_off_begins_anew(tar: Path, monkeypatch) -> None:
    archive = Archive(PathSource(str(tar)))
    archive.open("a").close()
    tar.rename(tar.with_suffix(".moved"))
    with pytest.raises(FileAccessError):
        archive.entries()
    tar.with_suffix(".moved").rename(tar)
    with monkeypatch.context() as patch:
        patch.setattr(EntryTable, "add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            archive.entries()
    assert entries_of(archive.entries()) == ["a", "./a", "b", "c"]


def test_an_entry_takes_less_memory_than_its_header_did(tmp_path: Path) -> None:
    path = tmp_path / "many.tar"
    path.write_bytes(make_tar([member(f"blobs/sha256/{number:064x}") for number in range(5000)]))
    archive = Archive(PathSource(str(path)))
    tracemalloc.start()
    try:
        table = archive.entries()
        size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(table) == 5000
    assert size / 5000 < 500  # a header alone has a block of 512 bytes
    assert peak < size + 200_000


# What each document lists. The third lists the first, which lists it; nobody lists the ninth.
LISTED = {1: [3, 2], 2: [5], 3: [4, 1], 4: [], 5: [4, 6], 6: [], 9: [6]}


def below(visit: Visit) -> list[Descriptor]:
    return [Descriptor(digest=digest(number)) for number in LISTED[int(visit.described.digest.hex)]]


def visited(walk: IndexWalk, *roots: int) -> list[tuple[int, int]]:
    descriptors = [Descriptor(digest=digest(root)) for root in roots]
    return [(int(it.described.digest.hex), it.depth) for it in walk.visits(descriptors)]


def test_a_walk_visits_everything_once_in_either_order() -> None:
    deep = visited(IndexWalk(below, depth_first=True), 1, 9)
    assert deep == [(1, 1), (3, 2), (4, 3), (2, 2), (5, 3), (6, 4), (9, 1)]
    broad = visited(IndexWalk(below, depth_first=False), 1, 9)
    assert broad == [(1, 1), (9, 1), (3, 2), (2, 2), (6, 2), (4, 3), (5, 3)]


def test_a_walk_that_starts_again_leaves_out_what_it_has_visited() -> None:
    walk = IndexWalk(below, depth_first=True)
    assert visited(walk, 2) == [(2, 1), (5, 2), (4, 3), (6, 3)]
    assert visited(walk, 9, 2, 3) == [(9, 1), (3, 1), (1, 2)]


def test_a_document_is_read_when_the_next_visit_is_asked_for() -> None:
    read: list[Hash] = []
    walk = IndexWalk(lambda it: read.append(it.described.digest) or [], depth_first=True)
    visits = walk.visits([Descriptor(digest=digest(1)), Descriptor(digest=digest(2))])
    next(visits)
    assert read == []
    next(visits)
    assert read == [digest(1)]


def test_a_visit_knows_what_lists_it_and_the_nearest_name() -> None:
    named = Descriptor(digest=digest(1), annotations={REFERENCE_NAME: "1"})
    above = Visit(named)
    nested = Visit(Descriptor(digest=digest(2)), above)
    own = Visit(Descriptor(digest=digest(3), annotations={CONTAINERD_NAME: "app:2"}), nested)
    assert [it.label for it in (above, nested, own)] == ["1", "1", "app:2"]
    assert [it.document for it in (above, nested)] == [INDEX_JSON, blob_name(digest(1))]


def test_the_whole_name_counts_more_than_the_tag() -> None:
    annotations = {REFERENCE_NAME: "1", CONTAINERD_NAME: "docker.io/library/app:1"}
    assert given_name(Descriptor(annotations=annotations)) == "docker.io/library/app:1"
    assert given_name(Descriptor(annotations={**annotations, CONTAINERD_NAME: ""})) == "1"
    assert given_name(Descriptor()) == ""


def test_of_what_is_described_twice_the_first_counts() -> None:
    first, second = Descriptor(digest=digest(1), size=1), Descriptor(digest=digest(1), size=2)
    assert each_once([first, Descriptor(digest=digest(2)), second])[0] is first
    assert first_positions([digest(1), digest(2), digest(1)]) == {digest(1): 0, digest(2): 1}


SOURCES = {
    digest(number): Descriptor(media_type=media_type, digest=digest(number))
    for number, media_type in enumerate(
        [
            MediaType.DOCKER_UNCOMPRESSED_LAYER,
            MediaType.OCI_UNCOMPRESSED_LAYER,
            MediaType.DOCKER_FOREIGN_LAYER,
            MediaType.OCI_LAYER,
            MediaType(""),
        ]
    )
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"compressed": False}, [2, 3, 4]),
        ({"compressed": False, "trusted": True}, [0, 1, 2, 3, 4]),
        ({"compressed": True}, [0, 1, 2, 3, 4]),
    ],
)
def test_only_plain_layers_of_dockers_own_are_not_described_by_layer_sources(
    options: dict[str, bool], expected: list[int]
) -> None:
    assert list(descriptors_of(SOURCES, **options)) == [digest(number) for number in expected]
    assert descriptors_of(None, **options) == {}


def test_a_blob_promises_its_digest_by_its_name() -> None:
    assert blob_digest(blob_name(digest(7))) == digest(7)
    for name in ("blobs/sha256/7", "blobs/md5/" + "0" * 32, "x/" + blob_name(digest(7)), ""):
        assert blob_digest(name) is None
    with pytest.raises(InvalidHashError):
        v1.new_hash("sha256:7")
