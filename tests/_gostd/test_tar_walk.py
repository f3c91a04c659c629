"""A walk says clean only where the reader, and Go's, comes to the end and meets no name twice.

And it does say so of ordinary archives. All of it for both implementations.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.odd_tars import make_up

from pyggcr._gostd import accelerator, codecs, tar
from pyggcr._gostd.tar.names import Names
from pyggcr._gostd.tar.python_walk import PythonWalk
from pyggcr._gostd.tar.walk import CompiledWalk
from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.differential.generate.tar_bytes import BLOCK, meta, record, with_checksum
from pyggcr.differential.generate.tar_damage import damage
from pyggcr.errors import Error

DATA = Path(__file__).parent.parent / "data"
RECORDED = {path.name: path.read_bytes() for path in (DATA / "tar" / "archives").iterdir()}
NOT_SPARSE = {name: data for name, data in RECORDED.items() if "sparse" not in name}
END = bytes(2 * BLOCK)
LONG = "folder/" * 40 + "file"


@pytest.fixture(params=["c", "python"], scope="module")
def new_walk(request, require) -> Callable[[], Any]:
    """What makes a new walk, of each implementation in turn."""
    if request.param == "python":
        return PythonWalk
    module = codecs.tar_walker()
    if module is None:
        require("accelerator", accelerator.why_missing())
    return lambda: CompiledWalk(module)


class Stream:
    """An archive that cannot seek, as a layer in validate cannot."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def names_read(data: bytes) -> Iterator[str]:
    """The names that the reader gives."""
    reader = tar.Reader(Stream(data))
    while (header := reader.next()) is not None:
        yield header.name


def is_good(data: bytes) -> bool:
    """Whether the reader finds nothing wrong, nor a name twice."""
    try:
        names = list(names_read(data))
    except Error:
        return False
    return len(names) == len(set(names))


def is_good_to_go(data: bytes) -> bool:
    """The same of the Go engine."""
    from pyggcr._go import gostd

    entries = [json.loads(line) for line in gostd.call("tar_list", data).splitlines()]
    names = [entry.get("Name") for entry in entries]
    return not any(entry["Error"] for entry in entries) and len(names) == len(set(names))


def is_clean(walk: Any, data: bytes) -> bool:
    """What the walk says of the whole."""
    walk.feed(data)
    return walk.clean()


def is_clean_in_pieces(walk: Any, data: bytes, rng: random.Random) -> bool:
    """The same, fed in pieces of any size."""
    longest = rng.choice((3, 100, 600, 3000))
    rest = memoryview(data)
    while rest:
        size = rng.randrange(longest + 1)
        walk.feed(rest[:size])
        rest = rest[size:]
    return walk.clean()


def everything(form: int) -> bytes:
    """What tarfile writes of names, links and numbers of every kind."""
    kinds = (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)
    members = [member(f"of type {kind!r}", kind=kind, link="a") for kind in kinds]
    members += [member(f"of {size} bytes", b"x" * size) for size in (0, 1, 511, 512, 513, 5000)]
    members += [member("p" * 120 + "/" + "n" * 90), member("old", kind=tarfile.AREGTYPE)]
    if form != tarfile.USTAR_FORMAT:
        members += [
            member(LONG, b"long"),
            member("link", kind=tarfile.SYMTYPE, link=LONG),
            member("ünï"),
            member("not UTF-8 \udcff", b"x"),
        ]
        for info, _ in members:
            info.uid, info.gid, info.mtime, info.uname = 1 << 40, 1 << 33, -1.5, "nöbody"
    if form == tarfile.PAX_FORMAT:
        for info, _ in members[::2]:
            info.pax_headers = {"SCHILY.xattr.security.capability": "\x01\0=\n", "comment": ""}
    return make_tar(members, form)


ORDINARY = {
    **NOT_SPARSE,
    "tarfile's ustar": everything(tarfile.USTAR_FORMAT),
    "tarfile's gnu": everything(tarfile.GNU_FORMAT),
    "tarfile's pax": everything(tarfile.PAX_FORMAT),
}


def layers(archive: Path) -> Iterator[bytes]:
    """The layers that a Docker archive holds."""
    with tarfile.open(archive) as members:
        for info in members:
            file = members.extractfile(info) if info.isreg() else None
            data = b"" if file is None else file.read()
            if data[:2] == b"\x1f\x8b":
                data = gzip.decompress(data)
            if tarfile.is_tarfile(io.BytesIO(data)) or info.name.endswith("layer.tar"):
                yield data


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_archives_are_clean(new_walk, name):
    data = ORDINARY[name]
    assert is_good(data)
    assert is_clean(new_walk(), data)
    assert all(is_clean_in_pieces(new_walk(), data, random.Random(seed)) for seed in range(20))


def test_layers_of_docker_are_clean(new_walk, archives):
    walked = 0
    for archive in archives:
        for layer in layers(archive):
            assert is_good(layer)
            assert is_clean(new_walk(), layer)
            walked += 1
    assert walked > len(archives)


@given(seed=st.integers(min_value=0))
def test_clean_means_that_the_reader_finds_nothing_wrong(new_walk, seed):
    rng = random.Random(seed)
    data = rng.choice((*RECORDED.values(), *(make_up(rng) for _ in range(20))))
    if rng.random() < 0.8:
        data = damage(rng, data)
    if is_clean_in_pieces(new_walk(), data, rng):
        assert is_good(data)


@given(seed=st.integers(min_value=0))
def test_clean_means_that_go_finds_nothing_wrong(new_walk, go_engine, seed):
    rng = random.Random(seed)
    data = rng.choice((*RECORDED.values(), *(make_up(rng) for _ in range(20))))
    if rng.random() < 0.8:
        data = damage(rng, data)
    if is_clean(new_walk(), data):
        assert is_good_to_go(data)


@pytest.mark.parametrize("name", NOT_SPARSE)
def test_archives_cut_short(new_walk, name):
    data = RECORDED[name]
    sizes = {at + by for at in range(0, len(data), BLOCK) for by in (-1, 0, 1, 100)}
    cuts = [data[:size] for size in sorted(sizes) if size >= 0]
    assert [is_clean(new_walk(), cut) for cut in cuts] == [is_good(cut) for cut in cuts]


@pytest.mark.parametrize("name", NOT_SPARSE)
@pytest.mark.parametrize(
    "inserted", [bytes(BLOCK), END, b"\1" * BLOCK], ids=["zeros", "end", "junk"]
)
def test_archives_with_blocks_inserted(new_walk, name, inserted):
    data = RECORDED[name]
    for at in range(0, len(data) + 1, BLOCK):
        odd = data[:at] + inserted + data[at:]
        assert is_clean(new_walk(), odd) <= is_good(odd)


ENTRY = make_tar([member("a", b"x" * 700)])[: 3 * BLOCK]
ENDS = {
    "nothing at all": (b"", True),
    "no zero block": (ENTRY, True),
    "one zero block": (ENTRY + bytes(BLOCK), True),
    "two zero blocks": (ENTRY + END, True),
    "anything after two zero blocks": (ENTRY + END + b"junk" * 1000, True),
    "no padding": (ENTRY[: BLOCK + 700], True),
    "a part of the padding": (ENTRY[: BLOCK + 800], True),
    "less content": (ENTRY[: BLOCK + 699], False),
    "a part of a header": (ENTRY + ENTRY[:500], False),
    "a part of a zero block": (ENTRY + bytes(500), False),
    "a part of the second zero block": (ENTRY + bytes(BLOCK + 1), False),
    "one zero block and a header": (ENTRY + bytes(BLOCK) + ENTRY, False),
    "a meta entry": (ENTRY + meta(b"L", b"name"), True),
    "a meta entry without padding": (ENTRY + meta(b"L", b"name")[: BLOCK + 4], True),
    "a part of a meta entry": (ENTRY + meta(b"L", b"name")[: BLOCK + 3], False),
    "the header of a meta entry": (ENTRY + meta(b"x", record(b"k", b"v"))[:BLOCK], False),
}


@pytest.mark.parametrize("end", ENDS)
def test_archives_may_end_as_go_lets_them(new_walk, end):
    data, may_end = ENDS[end]
    assert is_good(data) == may_end
    assert is_clean(new_walk(), data) == may_end


def v7(name: bytes) -> bytes:
    """An empty file in the oldest format."""
    header = bytearray(make_tar([member("a")])[:BLOCK])
    header[:100] = name.ljust(100, b"\0")
    header[257:265] = bytes(8)
    with_checksum(header, 0)
    return bytes(header)


def ustar(name: str) -> bytes:
    """An empty file; its name may need the prefix."""
    return make_tar([member(name)])[:BLOCK]


# A file whose name is p/n; the first of each pair says so in the common way.
SAME_NAMES = {
    "plain": ustar("p/n"),
    "of a V7 header": v7(b"p/n"),
    "by a PAX record": meta(b"x", record(b"path", b"p/n")) + ustar("b"),
    "by the last of two records": meta(b"x", record(b"path", b"b") + record(b"path", b"p/n"))
    + ustar("b"),
    "after an empty record": meta(b"x", record(b"path", b"")) + ustar("p/n"),
    "by a long name": meta(b"L", b"p/n\0rest") + ustar("b"),
    "by a long name before a PAX record": meta(b"L", b"p/n")
    + meta(b"x", record(b"path", b"b"))
    + ustar("b"),
    "of a global header": meta(b"g", record(b"path", b"p/n")),
    "after a global header, which ends what was said": meta(b"L", b"b")
    + meta(b"x", record(b"path", b"b"))
    + meta(b"g", record(b"path", b"g"))
    + ustar("p/n"),
}


@pytest.mark.parametrize("way", SAME_NAMES)
def test_a_name_that_is_there_twice_is_not_missed(new_walk, way):
    once = SAME_NAMES[way]
    assert list(names_read(once))[-1] == "p/n"
    assert is_clean(new_walk(), once)
    assert not is_clean(new_walk(), ustar("p/n") + once + END)
    assert not is_clean(new_walk(), once + ustar("between") + ustar("p/n"))


def test_names_joined_from_prefix_and_name(new_walk):
    long = "p" * 120 + "/n"
    assert ustar(long)[345:346] == b"p"
    twice = ustar(long) + meta(b"L", long.encode()) + ustar("b")
    assert list(names_read(twice)) == [long, long]
    assert not is_clean(new_walk(), twice)


@pytest.mark.parametrize("again", [None, 0, 1, 767, 768, 2500, 4999])
def test_duplicates_among_many(new_walk, again):
    names = [f"file {number}" for number in range(5000)]
    data = b"".join(map(ustar, names if again is None else [*names, names[again]]))
    assert is_clean(new_walk(), data) == (again is None)


def test_names_differ_by_what_is_not_utf_8():
    names = Names()
    assert [names.add(name) for name in ("\udcff", "\udcfe", "", "\udcff", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]


RECORDS = {
    (b"path", b"name"): True,
    (b"path", b"na\0me"): False,
    (b"linkpath", b"na\0me"): False,
    (b"uname", b""): True,
    (b"gname", b"\0"): False,
    (b"SCHILY.xattr.user.a", b"\0=\n\xff"): True,
    (b"co\0mment", b"a"): False,
    (b"", b"a"): False,
    (b"uid", b"123456789012"): True,
    (b"gid", b"-1"): True,
    (b"gid", b"1_0"): False,
    (b"uid", b"9" * 19): False,
    (b"size", b"600"): True,
    (b"size", b""): True,
    (b"size", b"-1"): False,
    (b"size", b"10000"): False,
    (b"mtime", b"-12.345678901234"): True,
    (b"atime", b"12."): True,
    (b"ctime", b".5"): False,
    (b"mtime", b"1.5e3"): False,
    (b"mtime", b"1.-5"): False,
}


@pytest.mark.parametrize(("said", "is_fine"), RECORDS.items())
def test_records_of_a_pax_header(new_walk, said, is_fine):
    data = meta(b"x", record(*said)) + make_tar([member("a", b"x" * 600)])
    assert is_good(data) == is_fine
    assert is_clean(new_walk(), data) == is_fine


@pytest.mark.parametrize(
    "records",
    [
        b"9 a=b\n",
        b"6 a=b",
        b"6 a=bX",
        b"6a=b\n",
        b" 6 a=b\n",
        b"4 a\n",
        b"5 ab\n",
        b"99999999 a=b\n",
        b"\n",
        b"7",
    ],
)
def test_malformed_records_make_it_give_up(new_walk, records):
    data = meta(b"x", records) + ustar("a")
    assert not is_good(data)
    assert not is_clean(new_walk(), data)


SIZES = {
    b"00000001000\0": True,
    b"1000        ": True,
    b"  1000\0 9 \0\0": True,
    b"000000001000": True,
    b"\x80" + bytes(9) + b"\x02\0": True,
    b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7: False,
    b"\x80" + bytes(3) + b"\x80" + bytes(7): False,
    b"\xff" * 11 + b"\0": False,
    b"\x80\0\0\1" + bytes(6) + b"\2\0": False,
    b"00000001008\0": False,
    b"0000 001000\0": False,
    b"-0000001000\0": False,
}


@pytest.mark.parametrize(("size", "is_fine"), SIZES.items())
def test_sizes(new_walk, size, is_fine):
    data = bytearray(ENTRY[:BLOCK] + bytes(BLOCK) + ustar("next"))
    data[124:136] = size
    with_checksum(data, 0)
    assert is_good(bytes(data)) == is_fine
    assert is_clean(new_walk(), bytes(data)) == is_fine


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\xff" * 10 + b"\xfe\0"])
def test_a_negative_size_is_wrong_whatever_follows(new_walk, size):
    data = bytearray(ENTRY[:BLOCK] + ustar("next"))
    data[124:136] = size
    with_checksum(data, 0)
    assert not is_good(bytes(data))
    assert not is_clean(new_walk(), bytes(data))


@pytest.mark.parametrize("place", [100, 108, 116, 136, 329, 337])
@pytest.mark.parametrize(
    ("number", "is_fine"),
    [
        (b"0000644\0", True),
        (b"00000644", True),
        (b"   644 \0", True),
        (b"\0" * 8, True),
        (b"\x80\0\0\0\0\0\0\1", True),
        (b"\xff" * 8, True),
        (b"0000648\0", False),
        (b"0x1f    ", False),
    ],
)
def test_numbers_that_nobody_asks_for_must_be_right_too(new_walk, place, number, is_fine):
    data = bytearray(make_tar([member("a", b"x")]))
    data[place : place + 8] = number
    if place == 136:
        data[place : place + 12] = number[:-1] + (b"\xff" if number[0] > 127 else b" ") * 4 + b"\0"
    with_checksum(data, 0)
    assert is_good(bytes(data)) >= is_clean(new_walk(), bytes(data))
    if place != 136:
        assert is_clean(new_walk(), bytes(data)) == is_fine


def test_a_wrong_checksum_makes_it_give_up(new_walk):
    data = bytearray(make_tar([member("a", b"x")]))
    data[0] ^= 1
    assert not is_clean(new_walk(), bytes(data))


def test_a_checksum_of_signed_bytes_is_taken(new_walk):
    data = bytearray(make_tar([member("a\xff")], tarfile.GNU_FORMAT))
    total = sum(byte - 256 * (byte > 127) for byte in data[:BLOCK]) - sum(data[148:156])
    data[148:156] = b"%06o\0 " % (total + 8 * ord(" "))
    assert is_good(bytes(data))
    assert is_clean(new_walk(), bytes(data))


@pytest.mark.parametrize("kind", b"123456")
def test_what_has_no_content_may_say_any_size(new_walk, kind):
    data = bytearray(ENTRY[:BLOCK] + ustar("next"))
    data[156] = kind
    with_checksum(data, 0)
    assert is_good(bytes(data))
    assert is_clean(new_walk(), bytes(data))


def test_an_old_folder_has_no_content(new_walk):
    data = bytearray(ENTRY[:BLOCK] + ustar("next"))
    data[:100] = b"folder/".ljust(100, b"\0")
    data[156] = 0
    with_checksum(data, 0)
    assert list(names_read(bytes(data))) == ["folder/", "next"]
    assert is_clean(new_walk(), bytes(data))


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20])
@pytest.mark.parametrize("piece", [1000, 1 << 18, 1 << 21])
def test_meta_entries_of_up_to_a_mebibyte(new_walk, size, piece):
    data = meta(b"L", b"n" * size) + ustar("a") + END
    walk = new_walk()
    for at in range(0, len(data), piece):
        walk.feed(data[at : at + piece])
    assert walk.clean()


def test_a_longer_meta_entry_makes_it_give_up(new_walk):
    assert not is_clean(new_walk(), meta(b"L", b"n" * ((1 << 20) + 1)) + ustar("a"))


@pytest.mark.parametrize("name", [name for name in RECORDED if "sparse" in name])
def test_sparse_files_are_left_to_the_reader(new_walk, name):
    walk = new_walk()
    walk.feed(RECORDED[name])
    assert walk.gave_up
    assert not walk.clean()


def test_times_that_only_star_has_must_be_right(new_walk):
    data = bytearray(ustar("p" * 120 + "/n"))
    data[476:488] = b"no number  \0"
    with_checksum(data, 0)
    assert is_clean(new_walk(), bytes(data))
    data[508:512] = b"tar\0"
    with_checksum(data, 0)
    assert not is_good(bytes(data))
    assert not is_clean(new_walk(), bytes(data))


def test_a_prefix_where_gnu_has_times_belongs_to_the_name(new_walk):
    data = bytearray(make_tar([member("a")], tarfile.GNU_FORMAT)[:BLOCK])
    data[345:369] = b"00000000001\x0000000000002\0"
    with_checksum(data, 0)
    assert is_clean(new_walk(), bytes(data))
    data[345:369] = b"prefix".ljust(24, b"\0")
    with_checksum(data, 0)
    assert list(names_read(bytes(data))) == ["prefix/a"]
    assert not is_clean(new_walk(), bytes(data) + ustar("prefix/a"))


def test_giving_up_is_final(new_walk):
    walk = new_walk()
    assert not walk.gave_up
    walk.feed(b"\1" * BLOCK)
    assert walk.gave_up
    walk.feed(ENTRY)
    assert not walk.clean()
    assert walk.gave_up


def test_any_buffer_can_be_fed(new_walk):
    walk = new_walk()
    for piece in (bytearray(ENTRY[:10]), memoryview(ENTRY)[10:600], ENTRY[600:], b""):
        walk.feed(piece)
    assert walk.clean()


def test_the_walk_is_by_what_codecs_says(monkeypatch):
    monkeypatch.setattr(accelerator, "load", lambda: None)
    walk = tar.Walk()
    walk.feed(ENTRY)
    assert walk.clean()
    walk.feed(b"\1" * BLOCK)
    assert walk.gave_up
