"""Layers of files: what is in the tar, in which order, and that equal input gives equal bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyggcr import build, limits, tarball
from pyggcr._gostd import zstd
from pyggcr.errors import (
    BuildError,
    CancelledError,
    ClosedError,
    DeadlineExceededError,
    UnsupportedOptionError,
)
from pyggcr.types import MediaType

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


def members(layer):
    """The entries of a layer, as Python's own tar reader sees them."""
    with layer.uncompressed() as stream:
        content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        return archive.getmembers()


def names(layer):
    return [member.name for member in members(layer)]


def test_a_mapping_of_paths_becomes_a_sorted_tar():
    layer = build.layer({"/etc/motd": "hello\n", "bin/b": b"b", "./bin/a": b"a"})

    assert names(layer) == ["bin/a", "bin/b", "etc", "etc/motd"]
    assert {(it.uid, it.gid, it.uname, it.mtime) for it in members(layer)} == {(0, 0, "", 0)}
    assert {it.mode for it in members(layer) if it.isfile()} == {0o644}


def test_folders_above_files_are_there():
    layer = build.layer({"/srv/www/a": "", "/tmp/b": "", "/usr/lib/c": "", "/lib/d": ""})

    assert [(it.name, it.mode) for it in members(layer) if it.isdir()] == [
        ("srv", 0o755),
        ("srv/www", 0o755),
        ("tmp", 0o1777),
        ("usr", 0o755),
        ("usr/lib", 0o755),
    ]
    given = build.layer({"/srv/a": "", "/bin/b": ""}, build.Entry.folder("/srv", mode=0o700))
    assert [(it.name, it.mode) for it in members(given) if it.isdir()] == [("srv", 0o700)]
    lowest = build.layer({"/bin/b": ""}, lowest=True)
    assert names(lowest) == ["bin", "bin/b"]


def test_the_digest_is_known_for_ever():
    layer = build.layer(
        {"/etc/motd": "hello\n", "/é" + "x" * 120: b"long"},
        build.Entry.symlink("/etc/link", "motd"),
        build.Entry.file(
            "/bin/ping", b"ping", mode=0o755, xattrs={"security.capability": CAPABILITY}
        ),
        deleted=["/etc/old"],
        opaque=["/var/cache"],
    )

    assert str(layer.diff_id()) == (
        "sha256:1b9088fb005650c24aae05ba379c0eb08dc2880e21884046a9d0d480de00db61"
    )
    assert str(layer.digest()) == (
        "sha256:2fbd6834b1fa554e3c0adb3230a7a620eb43b9a4713411177c7b798e4a38a74d"
    )


def test_what_the_layer_says_is_what_it_holds():
    layer = build.layer({"/a": b"x" * 1_000_000})
    with layer.compressed() as blob, layer.uncompressed() as content:
        data, tar = blob.read(), content.read()

    assert str(layer.digest()) == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert str(layer.diff_id()) == f"sha256:{hashlib.sha256(tar).hexdigest()}"
    assert layer.size() == len(data)
    assert layer.media_type() == MediaType.OCI_LAYER


@pytest.mark.parametrize("level", [None, -2, 0, 6, 9])
def test_the_gzip_is_go_s_on_both_engines(engine, level):
    layer = build.layer({"/a": b"hello world" * 1000}, level=level)
    with layer.uncompressed() as content:
        tar = content.read()
    go_s = tarball.layer_from_opener(
        lambda: io.BytesIO(tar),
        engine="python",
        gzip_profile="go1.26",
        compression_level=1 if level is None else level,
    )

    assert layer.digest() == go_s.digest()


@pytest.mark.parametrize("level", [None, 1, 3, 6, 22])
def test_the_zstd_is_klauspost_s(level):
    layer = build.layer({"/a": b"hello world" * 1000}, compression="zstd", level=level)
    with layer.uncompressed() as content, layer.compressed() as blob:
        tar = content.read()
        expected = zstd.Compressor(1 if level is None else level)
        assert blob.read() == expected.compress(tar) + expected.flush()
    assert layer.media_type() == MediaType.OCI_LAYER_ZSTD
    assert str(layer.diff_id()) == f"sha256:{hashlib.sha256(tar).hexdigest()}"


def test_without_compression_blob_and_content_are_one():
    layer = build.layer({"/a": "a"}, compression="none")

    assert layer.digest() == layer.diff_id()
    assert layer.media_type() == MediaType.OCI_UNCOMPRESSED_LAYER


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"compression": "bzip2"}, 'compression is gzip, none or zstd, not "bzip2"'),
        ({"level": 42}, "gzip: invalid compression level: 42"),
        ({"compression": "zstd", "level": 0}, "zstd has the levels 1 to 22, and not 0"),
        ({"compression": "zstd", "level": 42}, "zstd has the levels 1 to 22, and not 42"),
        (
            {"compression": "none", "level": 3},
            "a level is for gzip or zstd, not for no compression",
        ),
    ],
)
def test_what_there_is_not_is_refused_before_anything_is_read(options, text):
    with pytest.raises(UnsupportedOptionError) as caught:
        build.layer(unreadable(), **options)
    assert str(caught.value) == text


def unreadable():
    raise AssertionError("it was read")
    yield


def test_order_goes_by_the_parts_of_paths():
    layer = build.layer(
        {"/a-b": "", "/a/c": "", "/a.d": ""},
        build.Entry.folder("/a"),
        build.Entry.hardlink("/0", "/a/c"),
        deleted=["/z", "/a/old"],
        opaque=["/a"],
    )

    assert names(layer) == [
        ".wh.z",
        "a",
        "a/.wh..wh..opq",
        "a/.wh.old",
        "a/c",
        "a-b",
        "a.d",
        "0",
    ]


def test_whiteouts_are_empty_files():
    folder, entry = members(build.layer(deleted=["/etc/passwd"]))
    assert (folder.name, folder.isdir()) == ("etc", True)

    assert (entry.name, entry.size, entry.isfile()) == ("etc/.wh.passwd", 0, True)


def test_links_are_kept():
    layer = build.layer(
        {"/bin/busybox": b"x"},
        build.Entry.symlink("/bin/sh", "/bin/busybox"),
        build.Entry.symlink("/up", "../../outside"),
        build.Entry.hardlink("/bin/ls", "/bin/busybox"),
    )

    found = {it.name: (it.type, it.linkname) for it in members(layer)}
    assert found["bin/sh"] == (tarfile.SYMTYPE, "/bin/busybox")
    assert found["up"] == (tarfile.SYMTYPE, "../../outside")
    assert found["bin/ls"] == (tarfile.LNKTYPE, "bin/busybox")


def test_extended_attributes_and_long_names_are_in_pax_headers():
    name = "/".join(["d" * 90] * 4)
    layer = build.layer(
        build.Entry.file(
            name,
            b"",
            mode=0o4755,
            owner=(1000, 3_000_000),
            xattrs={"security.capability": CAPABILITY},
        )
    )

    *_folders, entry = members(layer)
    assert (entry.name, entry.mode, entry.uid, entry.gid) == (name, 0o4755, 1000, 3_000_000)
    value = entry.pax_headers["SCHILY.xattr.security.capability"]
    assert value.encode("utf-8", "surrogateescape") == CAPABILITY


@pytest.mark.parametrize(
    ("created", "seconds"),
    [
        (1_700_000_000, 1_700_000_000),
        (dt.datetime(2023, 11, 14, 22, 13, 20, 5, tzinfo=dt.timezone.utc), 1_700_000_000),
    ],
)
def test_everything_has_one_time(created, seconds):
    (entry,) = members(build.layer({"/a": ""}, created=created))

    assert entry.mtime == seconds


def test_source_date_epoch_is_respected(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")

    (entry,) = members(build.layer({"/a": ""}))
    assert entry.mtime == 1_600_000_000
    (entry,) = members(build.layer({"/a": ""}, created=5))
    assert entry.mtime == 5


@pytest.mark.parametrize("epoch", ["yesterday", "-1", "1.5", "\u0661", "9" * 12])
def test_a_source_date_epoch_that_is_none_is_refused(monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(BuildError):
        build.layer({"/a": ""})


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(BuildError, match="is in no time zone"):
        build.layer({"/a": ""}, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("../etc/passwd", "../etc/passwd: a path in an image cannot contain .."),
        ("/a/../../b", "/a/../../b: a path in an image cannot contain .."),
        ("/", "'/': the root of an image cannot be written"),
        ("", "'': the root of an image cannot be written"),
        ("/a\0b", "'/a\\x00b': a path cannot contain NUL"),
        (
            "/etc/.wh.passwd",
            "/etc/.wh.passwd: .wh.passwd would delete a file of the image; use deleted= for that",
        ),
    ],
)
def test_paths_that_no_layer_may_have(path, text):
    with pytest.raises(BuildError) as caught:
        build.layer({path: ""})
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("sources", "options", "text"),
    [
        (
            [{"/a": "1"}, {"a": "2"}],
            {},
            "/a is written twice: from a file that was given and from a file that was given",
        ),
        (
            [{"/a": "1", "/a/b": "2"}],
            {},
            "/a/b cannot be written: /a is a file",
        ),
        (
            [build.Entry.symlink("/bin", "usr/bin"), {"/bin/sh": ""}],
            {},
            "/bin/sh cannot be written: /bin is a symlink",
        ),
        (
            [build.Entry.folder("/d"), build.Entry.hardlink("/h", "/d")],
            {},
            "/h cannot be a hard link to /d: a folder",
        ),
        (
            [{"/etc/a": ""}],
            {"deleted": ["/etc"]},
            "/etc/a is written and /etc deleted by one layer; use opaque= to replace what is in a folder",  # noqa: E501
        ),
        ([{"/etc": ""}], {"opaque": ["/etc"]}, "/etc cannot be opaque: it is a file"),
    ],
)
def test_what_cannot_be_in_one_layer(sources, options, text):
    with pytest.raises(BuildError) as caught:
        build.layer(*sources, **options)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (build.Entry("../a", "file"), "../a: a path in an image cannot contain .."),
        (build.Entry("/a", "file"), "/a: an entry's path has a slash or a dot too many"),
        (
            build.Entry.file("/a", "", owner=(-1, 0)),
            "/a: (-1, 0) are no numbers of a user and a group",
        ),
    ],
)
def test_entries_that_were_made_by_hand(entry, text):
    with pytest.raises(BuildError) as caught:
        build.layer(entry)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "make",
    [
        lambda: build.Entry.file("/a", "", mode=0o10000),
        lambda: build.Entry.symlink("/a", ""),
        lambda: build.Entry.symlink("/a", "b\0"),
        lambda: build.Entry.hardlink("/a", "/"),
        lambda: build.layer({"/a": build.Entry.file("/b", "")}),
        lambda: build.layer(build.Entry.file("/a", "", xattrs={"user.a=b": b""})),
    ],
)
def test_entries_that_cannot_be(make):
    with pytest.raises(BuildError):
        make()


def test_folders_of_several_sources_are_one():
    layer = build.layer(build.Entry.folder("/d", mode=0o700), build.Entry.folder("/d", mode=0o755))

    assert [(it.name, it.mode) for it in members(layer)] == [("d", 0o755)]


def test_content_that_is_not_as_long_as_it_says():
    wrong = build.Entry("a", "file", content=build.Content(3, lambda: io.BytesIO(b"four")))
    with pytest.raises(BuildError, match="/a: its content is not 3 bytes long"):
        build.layer(wrong)


def test_a_closed_layer_gives_nothing():
    with build.layer({"/a": ""}) as layer:
        open_before = layer.compressed()
    with open_before:
        assert open_before.read()[:2] == b"\x1f\x8b"
    with pytest.raises(ClosedError):
        layer.compressed()


@pytest.mark.full
def test_seventy_thousand_entries():
    layer = build.layer({f"/{number % 700}/{number}": b"" for number in range(70_000)})

    assert len(names(layer)) == 70_700


def test_no_half_layer_is_left_where_there_is_no_room(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="write a layer into"):
        build.layer({"/a": ""})


SCRIPT = """
import resource
from pyggcr import build

build.layer({"/a": "a"}).close()
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, resource.RLIM_INFINITY))
try:
    build.layer({"/a": bytes(1 << 20)}, compression="none")
except OSError as error:
    print(type(error).__name__, error)
"""


def test_a_blob_that_does_not_fit_is_an_error():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == (
        f"FileAccessError write a layer into {tempfile.gettempdir()}: file too large\n"
    )


def test_limits_hold():
    with limits.limit(timeout=0), pytest.raises(DeadlineExceededError):
        build.layer({"/a": b"a"})
    token = limits.CancelToken()
    seen = []
    with limits.limit(cancel=token, progress=lambda it: seen.append(it.bytes_read)):
        build.layer({"/a": bytes(100), "/b": bytes(50)}).close()
        token.cancel()
        with pytest.raises(CancelledError):
            build.layer({"/a": b"a"})
    assert seen[-1] == 150


PARTS = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=9
).filter(lambda part: part not in (".", "..") and not part.startswith(".wh."))
FILES = st.dictionaries(
    st.lists(PARTS, min_size=1, max_size=4).map("/".join), st.binary(max_size=600), max_size=12
).filter(
    lambda files: (
        not any(
            f"{path}/" in f"{other}/"[: len(path) + 1]
            for path in files
            for other in files
            if other != path
        )
    )
)


@settings(max_examples=60)
@given(FILES, st.randoms(use_true_random=False))
def test_any_files_in_any_order_give_one_layer_that_holds_them(files, random):
    shuffled = list(files.items())
    random.shuffle(shuffled)
    with (
        build.layer(files) as one,
        build.layer(*({path: data} for path, data in shuffled)) as other,
    ):
        assert one.digest() == other.digest()
        with one.uncompressed() as stream:
            content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        found = {it.name: archive.extractfile(it).read() for it in archive if it.isfile()}
    assert found == files
