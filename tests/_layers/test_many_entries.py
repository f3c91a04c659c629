"""Archives of very many entries: a table in little memory, and headers read many at a time."""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.odd_tars import make_up
from support.sparse import end, plain

from pyggcr._gostd import path
from pyggcr._layers import archive as archives
from pyggcr._layers import entries
from pyggcr._layers.archive import Archive
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.source import PathSource
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
)
from pyggcr.errors import Error

NAMES = ("a", "./a", "b/", "b", "c/../d", "d", "é", "\udc80", "n" * 300)
KINDS = ("file", "folder", "link", "symlink", "other")


def some_entries(rng: random.Random, count: int) -> list[Entry]:
    """Entries of all kinds, many with the name of another."""
    made = []
    for number in range(count):
        name = rng.choice(NAMES) if rng.random() < 0.3 else f"dir/{number}"
        holes = ((0, 5), (9, number)) if rng.random() < 0.1 else None
        kind = rng.choice(KINDS)
        made.append(Entry(name, kind, number, rng.choice(NAMES), number << 40, number, holes))
    return made


def facts(entry: Entry | None) -> object:
    return entry and entry.fields()


@pytest.mark.parametrize("as_objects", [0, 10, 4_000])
@pytest.mark.parametrize("pack", [1, 7, 1_000])
def test_packed_entries_are_those_that_were_added(monkeypatch, as_objects, pack):
    from pyggcr._layers import packed_entries

    made = some_entries(random.Random(pack), 5_000)
    plain_table = EntryTable(made)
    monkeypatch.setattr(entries, "_AS_OBJECTS", as_objects)
    monkeypatch.setattr(packed_entries, "_PACK", pack)
    monkeypatch.setattr(packed_entries, "_FIRST_CAPACITY", 4)
    table = EntryTable()

    first = [(path.clean(entry.name), entry) for entry in made]
    assert [table.add(entry) for entry in made] == [
        name if plain_table.get(name) is entry else None for name, entry in first
    ]
    assert len(table) == len(plain_table)
    assert [facts(entry) for entry in table] == [facts(entry) for entry in plain_table]
    assert [(name, facts(entry)) for name, entry in table.by_name()] == [
        (name, facts(entry)) for name, entry in plain_table.by_name()
    ]
    for name in (*NAMES, "dir/17", "none", "./dir/18"):
        assert facts(table.find(name)) == facts(plain_table.find(name))
        assert (name in table) == (name in plain_table)


def listing(file: Path) -> tuple[list[object], str]:
    """All entries, and the error at the end of the archive."""
    archive = Archive(PathSource(str(file)))
    try:
        archive.entries()
    except Error as error:
        return [facts(entry) for entry in archive._table], str(error)
    return [facts(entry) for entry in archive._table], ""


@pytest.mark.parametrize("seed", range(40))
def test_headers_read_many_at_a_time_are_those_read_one_by_one(monkeypatch, tmp_path, seed):
    file = tmp_path / "archive.tar"
    rng = random.Random(seed)
    data = b"".join(make_up(rng)[: -rng.choice((1, 512, 1024))] for _ in range(5))
    many = b"".join(plain(f"f{n % 9}", b"x" * (n % 700)) for n in range(300))
    data = (data if rng.random() < 0.5 else b"") + many + make_up(rng)
    if rng.random() < 0.5:
        data = data[: rng.randrange(len(data))]
    file.write_bytes(data)
    one_by_one = listing(file)

    monkeypatch.setattr(archives, "_MANY", 0)
    monkeypatch.setattr(archives, "_AHEAD", rng.choice((1 << 10, 1 << 13, 1 << 16)))
    assert listing(file) == one_by_one


def test_a_file_among_very_many_is_found_and_read(monkeypatch, tmp_path):
    monkeypatch.setattr(archives, "_MANY", 3)
    monkeypatch.setattr(entries, "_AS_OBJECTS", 5)
    file = tmp_path / "archive.tar"
    members = [member(f"f{number}", b"%d" % number * (number % 50)) for number in range(500)]
    link = member("link", kind=tarfile.SYMTYPE, link="f499")
    file.write_bytes(make_tar([*members[:250], link, *members[250:]]))
    archive = Archive(PathSource(str(file)))

    for number in (499, 3, 250, 17, 0):
        with archive.open(f"f{number}") as stream:
            assert stream.readall() == b"%d" % number * (number % 50)
    with archive.open("link") as stream:
        assert stream.readall() == b"499" * 49


SCRIPT = """
import sys
import pyggcr
from pyggcr import doctor, tarball, validate
work, path, small = sys.argv[1:]

def do(path):
    if work == "doctor":
        assert doctor.diagnose(path, deep=True).exit_code == 0
    elif work == "open":
        with pyggcr.open(path) as store:
            store.image().digest()
    else:
        with tarball.image_from_path(path, engine="python") as image:
            image.raw_manifest() if work == "inspect" else validate.image(image)

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

do(small)
before = peak()
do(path)
print(peak() - before)
"""
MAX_GROWTH = 64 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    ("work", "count"),
    [
        ("doctor", 60_000),
        *(
            pytest.param(work, 500_000, marks=pytest.mark.full)
            for work in ("inspect", "open", "validate", "doctor")
        ),
    ],
)
def test_memory_hardly_grows_with_the_number_of_entries(tmp_path, work, count):
    image = docker_save([ImageSpec([LayerSpec(layer_tar({"a": b"a"}), "gzip")])])
    (tmp_path / "small.tar").write_bytes(image)
    with (tmp_path / "many.tar").open("wb") as file:
        for number in range(count):
            file.write(plain(f"folder/file-{number}", b""))
        file.write(image + end())

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, work, tmp_path / "many.tar", tmp_path / "small.tar"],
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < (MAX_GROWTH if count > 100_000 else MAX_GROWTH // 2)
