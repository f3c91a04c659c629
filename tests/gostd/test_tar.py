"""Reading tar archives gives what Go's reader gives: headers, content, errors."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import make_tar, member

from pyggcr._gostd import tar
from pyggcr._gostd.tar.header import Format
from pyggcr.errors import ArchiveError, Error, TruncatedError

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


def listing(data: bytes) -> list:
    """What the reader says of the archive, in the form of the Go engine's ``tar_list``."""
    reader = tar.Reader(io.BytesIO(data))
    entries: list = []
    try:
        while (header := reader.next()) is not None:
            entries.append(_entry(header, reader.read))
    except Error as error:
        entries.append({"Error": str(error)})
    return entries


def random_access(data: bytes) -> list:
    """The same, but with content read afterwards, from where the headers say it lies."""
    headers, failure = [], None
    reader = tar.Reader(io.BytesIO(data))
    try:
        while (header := reader.next()) is not None:
            headers.append(header)
    except Error as error:
        failure = {"Error": str(error)}
    entries = [
        _entry(header, tar.EntryReader(lambda at, size: data[at : at + size], header).read)
        for header in headers
    ]
    return entries if failure is None else [*entries, failure]


def _entry(header: tar.Header, read) -> dict:
    digest, size, failure = hashlib.sha256(), 0, ""
    try:
        while piece := read(1000):
            digest.update(piece)
            size += len(piece)
    except Error as error:
        failure = str(error)
    return {
        "Typeflag": ord(header.typeflag),
        "Name": _opaque(header.name),
        "Linkname": _opaque(header.linkname),
        "Size": header.size,
        "Mode": header.mode,
        "UID": header.uid,
        "GID": header.gid,
        "Uname": _opaque(header.uname),
        "Gname": _opaque(header.gname),
        "ModTime": _stamp(header.mod_time),
        "AccessTime": _stamp(header.access_time),
        "ChangeTime": _stamp(header.change_time),
        "Devmajor": header.devmajor,
        "Devminor": header.devminor,
        "PAXRecords": {
            _opaque(key): _opaque(value) for key, value in (header.pax_records or {}).items()
        },
        "Format": Format.text(header.format),
        "ContentSize": size,
        "ContentSHA256": digest.hexdigest(),
        "Error": failure,
    }


def _opaque(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _stamp(time) -> str:
    return "" if time is None else f"[{time.seconds},{time.nanoseconds}]"


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
