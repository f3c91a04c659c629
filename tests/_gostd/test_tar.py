"""Reading tar archives gives what Go's reader gives: headers, content, errors."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tar_listing import listing, random_access

from pyggcr._gostd import tar
from pyggcr._gostd.tar import pax
from pyggcr._gostd.tar.header import Time
from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.errors import ArchiveError, FileAccessError, TruncatedError

BLOCK = 512
_LONG = "folder/" * 20 + "file"


def sparse_files(version: str) -> bytes:
    """A sparse file of 100,000 bytes with two pieces of data, in one of PAX's forms."""
    pieces = [(4096, b"x" * 1000), (65_536, b"y" * 512)]
    size = 100_000
    content = b"".join(data for _, data in pieces)
    offsets = [value for at, data in pieces for value in (at, len(data))]
    records = {"GNU.sparse.major": version[0], "GNU.sparse.minor": version[2]}
    if version == "1.0":
        head = "".join(f"{value}\n" for value in (len(pieces), *offsets)).encode()
        content = head.ljust(BLOCK, b"\0") + content
        records |= {"GNU.sparse.realsize": str(size), "GNU.sparse.name": "real name"}
    else:
        records |= {
            "GNU.sparse.size": str(size),
            "GNU.sparse.numblocks": str(len(pieces)),
            "GNU.sparse.map": ",".join(map(str, offsets)),
        }
    info, _ = member("sparse", content)
    info.pax_headers = records
    return make_tar([(info, content)], tarfile.PAX_FORMAT)


def _old_gnu_sparse() -> bytes:
    data = bytearray(make_tar([member("old", b"x" * 700)], tarfile.GNU_FORMAT))
    data[156:157] = b"S"
    data[386:398] = b"00000002000\0"
    data[398:410] = b"00000001274\0"
    data[483:495] = b"00000010000\0"
    return _with_checksum(data, 0)


def _with_checksum(data: bytearray, at: int) -> bytes:
    block = data[at : at + BLOCK]
    total = sum(block[:148]) + sum(block[156:]) + 8 * ord(" ")
    data[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(data)


def _plain_members() -> list:
    return [
        member("a", b"hello"),
        member("dir/", kind=tarfile.DIRTYPE),
        member("link", kind=tarfile.SYMTYPE, link="a"),
        member("hard", kind=tarfile.LNKTYPE, link="a"),
        member("empty"),
    ]


def _pax_with_everything() -> bytes:
    info, content = member("ünï", b"abc")
    info.pax_headers = {
        "mtime": "-3.25",
        "atime": "12.000000001",
        "uid": "123456789012",
        "comment": "",
        "SCHILY.xattr.user.a": "b=c",
    }
    return make_tar([(info, content), member(_LONG, b"x" * 600)], tarfile.PAX_FORMAT)


ARCHIVES = {
    "ustar": make_tar(_plain_members()),
    "gnu": make_tar([*_plain_members(), member(_LONG, b"long")], tarfile.GNU_FORMAT),
    "pax": _pax_with_everything(),
    "sparse 0.1": sparse_files("0.1"),
    "sparse 1.0": sparse_files("1.0"),
    "sparse old": _old_gnu_sparse(),
}


def go_listing(data: bytes) -> list:
    """What the Go engine says."""
    from pyggcr._go import gostd

    return [json.loads(line) for line in gostd.call("tar_list", data).splitlines()]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An archive with headers changed, checksums set right, blocks taken out or cut off."""
    data = bytearray(draw(st.sampled_from(list(ARCHIVES.values()))))
    for _ in range(draw(st.integers(1, 3))):
        headers = [
            at
            for at in range(0, len(data) - BLOCK + 1, BLOCK)
            if data[at + 257 : at + 262] == b"ustar"
        ]
        kind = draw(
            st.sampled_from(("cut", "cut block", "field", "byte", "type", "size", "drop", "zeros"))
        )
        if kind == "cut":
            del data[draw(st.integers(0, len(data))) :]
        elif kind == "cut block":
            del data[draw(st.integers(0, len(data) // BLOCK)) * BLOCK :]
        elif kind == "drop":
            at = draw(st.integers(0, len(data) // BLOCK)) * BLOCK
            del data[at : at + BLOCK]
        elif kind == "zeros":
            at = draw(st.integers(0, len(data) // BLOCK)) * BLOCK
            data[at:at] = bytes(BLOCK)
        elif headers:
            at = draw(st.sampled_from(headers))
            _change_header(draw, data, at, kind)
    return bytes(data)


def _change_header(draw: st.DrawFn, data: bytearray, at: int, kind: str) -> None:
    if kind == "type":
        data[at + 156] = draw(st.sampled_from(b"01234567xgLKSVX\0\xff"))
    elif kind == "size":
        data[at + 124 : at + 136] = draw(
            st.sampled_from(
                (b"77777777777\0", b"\x80" + bytes(11), b"\xff" * 12, b"00000001000\0", b"9" * 12)
            )
        )
    elif kind == "field":
        start, width = draw(
            st.sampled_from(
                (
                    (100, 8),
                    (108, 8),
                    (136, 12),
                    (257, 8),
                    (329, 8),
                    (345, 12),
                    (386, 12),
                    (483, 12),
                    (508, 4),
                )
            )
        )
        data[at + start : at + start + width] = bytes(
            draw(
                st.lists(
                    st.sampled_from(b"01234567 \0\x80\xff8ustar"), min_size=width, max_size=width
                )
            )
        )
    else:
        data[at + draw(st.integers(0, BLOCK - 1))] = draw(st.integers(0, 255))
    _set_checksum(data, at)


def _set_checksum(data: bytearray, at: int) -> None:
    data[:] = _with_checksum(data, at)


@pytest.mark.parametrize("name", ARCHIVES)
def test_reads_every_form_as_the_go_engine_does(go_engine, name):
    assert listing(ARCHIVES[name]) == go_listing(ARCHIVES[name])


@given(data=damaged())
def test_reads_damaged_archives_as_the_go_engine_does(go_engine, data):
    assert listing(data) == go_listing(data)


@given(data=damaged())
def test_content_can_be_read_later(data):
    in_order = [entry for entry in listing(data) if "Name" in entry]
    later = [entry for entry in random_access(data) if "Name" in entry]
    common = min(len(in_order), len(later))
    assert later[:common] == in_order[:common]
    assert common >= len(in_order) - 1


@pytest.mark.parametrize("version", ["0.1", "1.0"])
def test_holes_read_as_zeros(version):
    reader = tar.Reader(io.BytesIO(sparse_files(version)))
    header = reader.next()
    assert header is not None
    content = b"".join(iter(lambda: reader.read(10_000), b""))
    assert header.size == len(content) == 100_000
    assert content[4096:5096] == b"x" * 1000
    assert content.count(b"\0") == 100_000 - 1512


def test_a_truncated_entry_is_an_unexpected_end():
    reader = tar.Reader(io.BytesIO(make_tar([member("a", b"x" * 1000)])[:1000]))
    reader.next()
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        while reader.read(400):
            continue


def test_errors_are_final():
    reader = tar.Reader(io.BytesIO(b"no tar" * 1000))
    for _ in range(2):
        with pytest.raises(ArchiveError, match="^archive/tar: invalid tar header$"):
            reader.next()


def test_the_end_is_final():
    reader = tar.Reader(io.BytesIO(bytes(1024) + make_tar([member("a")])))
    assert reader.next() is None
    assert reader.next() is None


def test_a_stream_that_cannot_seek_is_read_through():
    class Stream:
        def __init__(self, data):
            self._data = io.BytesIO(data)

        def read(self, size):
            return self._data.read(min(size, 100))

    reader = tar.Reader(Stream(ARCHIVES["ustar"]))
    names = []
    while (header := reader.next()) is not None:
        names.append(header.name)
    assert names == ["a", "dir/", "link", "hard", "empty"]


def test_skips_by_reading_only_what_tells_whether_all_is_there():
    class Counting(io.BytesIO):
        total = 0

        def read(self, size=-1, /):
            data = super().read(size)
            self.total += len(data)
            return data

    source = Counting(make_tar([member("big", bytes(1_000_000)), member("next")]))
    reader = tar.Reader(source)
    assert [reader.next().name, reader.next().name] == ["big", "next"]
    assert source.total < 3 * BLOCK


def test_nothing_is_read_after_the_end():
    reader = tar.Reader(io.BytesIO(make_tar([member("a", b"unread")])))
    reader.next()
    reader.next()
    assert reader.read(10) == b""


def test_a_failed_read_ends_the_walk():
    data = bytearray(_old_gnu_sparse())
    data[124:136] = b"00000000100\0"  # less content than the map wants
    reader = tar.Reader(io.BytesIO(_with_checksum(data, 0)))
    reader.next()
    assert len(reader.read(4096)) == 1024 + 64
    for step in (reader.next, lambda: reader.read(1)):
        with pytest.raises(ArchiveError, match="sparse file references non-existent data$"):
            step()


def test_errors_of_the_source_are_passed_on_and_final():
    class Broken:
        def read(self, size):
            raise FileAccessError("read archive: input/output error")

    reader = tar.Reader(Broken())
    for _ in range(2):
        with pytest.raises(FileAccessError, match="^read archive: input/output error$"):
            reader.next()


def test_a_size_beyond_what_a_stream_can_hold_is_an_unexpected_end():
    data = bytearray(make_tar([member("a", b"x")]))
    data[124:136] = b"\x80\0\0\0\x7f" + b"\xff" * 7
    reader = tar.Reader(io.BytesIO(_with_checksum(data, 0)))
    assert reader.next().size == 2**63 - 1
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        reader.next()


def test_a_checksum_of_signed_bytes_is_taken():
    data = bytearray(make_tar([member("a\xff")], tarfile.GNU_FORMAT))
    total = sum(byte - 256 * (byte > 127) for byte in data[:BLOCK]) - sum(data[148:156])
    data[148:156] = b"%06o\0 " % (total + 8 * ord(" "))
    assert tar.Reader(io.BytesIO(data)).next().name == "a\xff"


def test_a_long_name_may_not_be_longer_than_a_mebibyte():
    data = bytearray(make_tar([member("L", bytes((1 << 20) + 1))]))
    data[156:157] = b"L"
    with pytest.raises(ArchiveError, match="^archive/tar: header field too long$"):
        tar.Reader(io.BytesIO(_with_checksum(data, 0))).next()


def test_a_sparse_map_may_not_be_longer_than_a_mebibyte():
    data = sparse_files("1.0")
    at = data.index(b"2\n4096\n")
    header = bytearray(data[at - BLOCK : at])
    header[124:136] = b"00010000000\0"
    data = data[: at - BLOCK] + _with_checksum(header, 0) + b"1" * (1 << 21)
    with pytest.raises(ArchiveError, match="^archive/tar: sparse map too long$"):
        tar.Reader(io.BytesIO(data)).next()


def test_a_record_may_write_its_length_with_any_number_of_zeros():
    zeros = b"0" * 10_000
    assert pax.parse(zeros + b"%d k=v\n" % (len(zeros) + 10)) == {"k": "v"}


@pytest.mark.parametrize("length", [b"9" * 10_000, b"4", b"100", b"1_1", b"\xb2", b""])
def test_a_record_of_a_wrong_length_makes_the_header_invalid(length):
    with pytest.raises(ArchiveError, match="^archive/tar: invalid tar header$"):
        pax.parse(length + b" key=value\n")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1.5", Time(1, 500_000_000)),
        ("-1.5", Time(-2, 500_000_000)),
        ("-0.1234567899", Time(-1, 876_543_211)),
        ("-62135596800", None),  # Go's zero time
        ("-9223372036854775808.5", Time(2**63 - 1, 500_000_000)),  # wraps around, as Go's int64
    ],
)
def test_times_of_pax_records(text, time):
    info, content = member("a")
    info.pax_headers = {"mtime": text}
    header = tar.Reader(io.BytesIO(make_tar([(info, content)], tarfile.PAX_FORMAT))).next()
    assert header.mod_time == time


def test_a_header_has_no_other_fields():
    header = tar.Reader(io.BytesIO(ARCHIVES["ustar"])).next()
    with pytest.raises(AttributeError, match="^checksum$"):
        _ = header.checksum
