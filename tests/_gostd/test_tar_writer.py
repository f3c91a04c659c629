"""The tar writer writes what Go's writes, and refuses what Go's refuses, in the same words."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.go_programs import build
from support.tar_fuzz import PROGRAM, condensed, differences, is_same, run, time_zone
from support.tar_sessions import sessions

from pyggcr import errors, limits
from pyggcr._gostd import tar
from pyggcr._gostd.tar import Header
from pyggcr._gostd.tar.entry import Entry
from pyggcr._gostd.tar.header import END, Format, Time
from pyggcr._gostd.tar.writer import Writer

RECORDED = Path(__file__).parents[1] / "data" / "tar" / "written.jsonl"
BERLIN = Path("/usr/share/zoneinfo/Europe/Berlin")


@pytest.fixture(scope="module")
def go_writer(require, tmp_path_factory) -> Path:
    """A program that writes archives with Go's archive/tar."""
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    return build(PROGRAM, tmp_path_factory.mktemp("tarwriter"))


def written(*headers: Header) -> bytes:
    """An archive of entries without content."""
    archive = io.BytesIO()
    writer = Writer(archive)
    for header in headers:
        writer.write_header(header)
    writer.close()
    return archive.getvalue()


def test_equals_what_go_was_recorded_to_write():
    recorded = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    with time_zone():
        wrong = [
            it["Session"]
            for it in recorded
            if not is_same(it["Session"], condensed(run(it["Session"])), it["Answer"])
        ]
    steps = [step for it in recorded for step in it["Session"]["Steps"]]
    assert sum(step["Do"] == "header" for step in steps) > 300
    assert wrong == []


def test_equals_the_go_that_is_installed(go_writer):
    assert differences(go_writer, list(sessions(2000, seed=12))) == []


@pytest.mark.skipif(not BERLIN.exists(), reason=f"there is no {BERLIN}")
@pytest.mark.parametrize("seconds", [-(10**10), -1, 0, 1_700_000_000, 1_750_000_000])
def test_errors_show_times_in_the_zone_of_the_machine(go_writer, seconds):
    (session, *_) = sessions(1, seed=1)
    header = {
        **session["Steps"][0]["Header"],
        "AccessTime": [seconds, 500],
        "PAXRecords": None,
        "Format": Format.USTAR,
    }
    session = {"Limit": None, "Steps": [{"Do": "header", "Header": header}]}
    assert differences(go_writer, [session], zone="Europe/Berlin") == []


def test_a_difference_is_found(go_writer, monkeypatch):
    monkeypatch.setattr("pyggcr._gostd.tar.blocks._PAX_FOLDER", "PaxHeaders.1")
    found = differences(go_writer, list(sessions(50, seed=12)))
    assert found != []


NO_PLACE_IN_GO = [
    (Header("a", size=1 << 63), "Size=9223372036854775808 does not fit in 64 bits"),
    (Header("a", uid=-(1 << 63) - 1), "Uid=-9223372036854775809 does not fit in 64 bits"),
    (Header("a", mod_time=Time(1 << 63, 0)), "ModTime=9223372036854775808 does not fit in 64 bits"),
    (Header("a", mod_time=Time(0, 10**9)), "ModTime has 1000000000 nanoseconds"),
    (Header("a", typeflag=""), 'Typeflag="" is not one byte'),
    (Header("a", typeflag="\u0100"), 'Typeflag="\u0100" is not one byte'),
]


@pytest.mark.parametrize(("header", "reason"), NO_PLACE_IN_GO)
def test_what_a_go_program_cannot_have_is_refused(header, reason):
    with pytest.raises(errors.ArchiveError) as caught:
        written(header)
    assert str(caught.value) == f"archive/tar: cannot encode header: {reason}"


def test_a_header_that_is_written_stays_as_it_was():
    time = Time(1, 600_000_000)
    header = Header("d/", mod_time=time, access_time=time)
    archive = written(header)
    read = tar.Reader(io.BytesIO(archive)).next()
    assert (read.typeflag, read.mod_time, read.access_time) == ("5", Time(2, 0), None)
    assert (header.typeflag, header.mod_time, header.access_time) == ("\0", time, time)


def test_strings_that_only_join_to_utf8_are_written_as_utf8():
    half, other = (
        b"\xc3".decode("utf-8", "surrogateescape"),
        b"\xa4".decode("utf-8", "surrogateescape"),
    )
    assert written(Header(half + other)) == written(Header("ä"))


def test_after_a_header_that_is_refused_another_can_follow():
    archive = io.BytesIO()
    writer = Writer(archive)
    with pytest.raises(errors.ArchiveError, match="trailing slash"):
        writer.write_header(Header("a/", typeflag="0"))
    writer.write_header(Header("a"))
    writer.close()
    assert archive.getvalue() == written(Header("a"))


def test_records_that_are_too_long_end_the_writing():
    writer = Writer(io.BytesIO())
    for header in (Header("a", pax_records={"comment": "x" * (1 << 20)}), Header("b")):
        with pytest.raises(errors.ArchiveError, match="^archive/tar: header field too long$"):
            writer.write_header(header)
    with pytest.raises(errors.ArchiveError, match="^archive/tar: header field too long$"):
        writer.close()


def test_an_error_of_the_sink_ends_the_writing():
    class Full:
        def write(self, data):
            raise OSError("no space")

    writer = Writer(Full())
    for call in (lambda: writer.write_header(Header("a")), writer.flush, writer.close):
        with pytest.raises(OSError, match="no space"):
            call()


def test_nothing_is_written_after_the_end():
    archive = io.BytesIO()
    writer = Writer(archive)
    writer.close()
    writer.close()
    for call in (lambda: writer.write_header(Header("a")), writer.flush, lambda: writer.write(b"")):
        with pytest.raises(errors.ArchiveError, match="^archive/tar: write after close$"):
            call()
    assert archive.getvalue() == END


@pytest.mark.parametrize("data", [bytearray(b"12345678"), memoryview(b"12345678").cast("I")])
def test_content_can_be_any_buffer(data):
    archive = io.BytesIO()
    writer = Writer(archive)
    writer.write_header(Header("a", size=8))
    writer.write(data)
    with tarfile.open(fileobj=io.BytesIO(archive.getvalue() + bytes(504) + END)) as read:
        assert read.extractfile("a").read() == b"12345678"


def test_copying_can_be_cancelled():
    token = limits.CancelToken()
    token.cancel()
    writer = Writer(io.BytesIO())
    writer.write_header(Header("a", size=1))
    with limits.limit(cancel=token), pytest.raises(errors.CancelledError):
        writer.copy_from(io.BytesIO(b"1"))


def test_a_stream_that_ends_early_is_told():
    writer = Writer(io.BytesIO())
    writer.write_header(Header("a", size=9))
    with pytest.raises(errors.TruncatedError, match="^EOF$"):
        writer.copy_from(io.BytesIO(b"12345678"), 9)


int64s = st.integers(-(2**63), 2**63 - 1)
moments = st.builds(Time, st.integers(-(2**35), 2**40), st.integers(0, 10**9 - 1))
times = st.none() | moments
texts = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300),
    st.binary(max_size=300).map(lambda it: tar.header.decode(it.replace(b"\0", b""))),
)
names = texts.filter(lambda it: not it.endswith("/"))


@given(
    header=st.builds(
        Header,
        names,
        typeflag=st.sampled_from("12"),
        linkname=names,
        size=st.integers(0, 2**63 - 1),
        uid=int64s,
        gid=int64s,
        uname=names,
        gname=names,
        mode=st.integers(0, 0o7777777),
        mod_time=moments,
        access_time=times,
        change_time=times,
        devmajor=st.integers(0, 0o7777777),
        format=st.just(Format.PAX),
    )
)
def test_what_is_written_can_be_read(header):
    read = tar.Reader(io.BytesIO(written(header))).next()
    fields = set(Header.__slots__) - {"_block", "format", "offset", "physical_size", "pax_records"}
    assert {it: getattr(read, it) for it in fields} == {it: getattr(header, it) for it in fields}


@given(name=names, size=st.integers(0, 1500))
def test_an_entry_of_known_length_is_what_the_writer_writes(name, size):
    entry = Entry.of(name, b"x" * size)
    archive = io.BytesIO()
    writer = Writer(archive)
    writer.write_header(Header(name, typeflag="0", size=size, mode=0o644))
    writer.write(b"x" * size)
    writer.flush()
    assert b"".join(entry.pieces()) == archive.getvalue()
    assert entry.length() == len(archive.getvalue())


@pytest.mark.parametrize("form", [Format.USTAR, Format.PAX, Format.GNU])
def test_python_reads_it_too(form):
    name = "folder/" * 20 + "x" * 90
    header = Header(name, size=0, mode=0o600, uid=7, mod_time=Time(12, 0), format=form)
    with tarfile.open(fileobj=io.BytesIO(written(header))) as read:
        (member,) = read.getmembers()
    assert (member.name, member.mode, member.uid, member.mtime) == (name, 0o600, 7, 12)
