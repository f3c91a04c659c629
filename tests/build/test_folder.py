"""Folders as layers: what is taken of files, links and modes, and folders that change meanwhile."""

from __future__ import annotations

import errno
import gc
import io
import os
import socket
import subprocess
import sys
import tarfile

import pytest

from pyggcr import build
from pyggcr.errors import BuildError, FileAccessError, SourceChangedError, UnsupportedOptionError

GIB = 1 << 30
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


@pytest.fixture
def folder(tmp_path):
    """A folder with a program, a file in a folder, and links."""
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "bin" / "run").write_text("#!/bin/sh\n")
    (root / "bin" / "run").chmod(0o750)
    (root / "bin" / "data").write_text("data")
    (root / "bin" / "data").chmod(0o600)
    (root / "bin" / "again").hardlink_to(root / "bin" / "data")
    (root / "out").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("bin")
    return root


def members(*sources, **options):
    with build.layer(*sources, **options) as layer, layer.uncompressed() as stream:
        content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        return archive.getmembers()


def test_what_a_folder_becomes(folder):
    found = [
        (it.name, it.type, it.mode, it.linkname) for it in members(build.from_path(folder, "/app"))
    ]

    assert found == [
        ("app", tarfile.DIRTYPE, 0o755, ""),
        ("app/bin", tarfile.DIRTYPE, 0o755, ""),
        ("app/bin/again", tarfile.REGTYPE, 0o644, ""),
        ("app/bin/run", tarfile.REGTYPE, 0o755, ""),
        ("app/empty", tarfile.DIRTYPE, 0o755, ""),
        ("app/folder", tarfile.SYMTYPE, 0o777, "bin"),
        ("app/out", tarfile.SYMTYPE, 0o777, "/etc/passwd"),
        ("app/bin/data", tarfile.LNKTYPE, 0o644, "app/bin/again"),
    ]


def test_modes_can_be_kept(folder):
    (folder / "bin" / "run").chmod(0o4750)
    modes = {it.name: it.mode for it in members(build.from_path(folder, modes="keep"))}

    assert modes["bin/run"] == 0o4750
    assert modes["bin/again"] == 0o600


def test_owner_and_time_are_not_those_of_the_folder(folder):
    entries = members(build.from_path(folder, owner=(1000, 1001)))

    assert {(it.uid, it.gid, it.mtime) for it in entries if not it.islnk()} == {(1000, 1001, 0)}


def test_equal_folders_give_equal_digests(folder, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", folder, copy], check=True)
    os.utime(copy / "bin" / "run", (1, 1))
    first = build.layer(build.from_path(folder, "/app"))
    second = build.layer(build.from_path(copy, "app/"))

    assert first.digest() == second.digest()


def test_a_file_by_itself(folder):
    run = folder / "bin" / "run"
    assert [it.path for it in build.from_path(run, "/usr/bin/")] == ["usr/bin/run"]
    assert [it.path for it in build.from_path(run, "/usr/bin/x")] == ["usr/bin/x"]


def test_an_empty_folder_is_there(folder):
    assert [it.name for it in members(build.from_path(folder / "empty", "/srv/www"))] == [
        "srv",
        "srv/www",
    ]
    assert members(build.from_path(folder / "empty")) == []


def test_a_link_that_is_named_is_followed_and_no_other(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder / "bin")
    found = [it.name for it in members(build.from_path(tmp_path / "link"))]
    assert found == ["again", "run", "data"]


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_special_files_are_refused_or_left_out(folder, kind, monkeypatch):
    if kind == "pipe":
        os.mkfifo(folder / "special")
    else:
        monkeypatch.chdir(folder)  # as addresses of sockets are short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("special")
    with pytest.raises(BuildError) as caught:
        build.from_path(folder)
    assert str(caught.value) == (f"{folder}/special is a {kind}, which a layer is not made of")
    assert "special" not in [it.path for it in build.from_path(folder, skip_special=True)]


def test_extended_attributes_of_users_and_capabilities_are_taken(folder):
    run = folder / "bin" / "run"
    try:
        os.setxattr(run, "user.note", b"\x00\xff")
        os.setxattr(run, "security.capability", CAPABILITY)
        os.setxattr(folder / "empty", "user.of-folder", b"yes")
    except OSError as error:
        pytest.skip(f"the file system has no extended attributes: {error}")
    found = {it.name: it.pax_headers for it in members(build.from_path(folder))}

    assert found["bin/run"] == {
        "SCHILY.xattr.security.capability": CAPABILITY.decode("utf-8", "surrogateescape"),
        "SCHILY.xattr.user.note": "\x00\udcff",
    }
    assert found["empty"] == {"SCHILY.xattr.user.of-folder": "yes"}
    assert not any(it.pax_headers for it in members(build.from_path(folder, xattrs=False)))


def test_a_whiteout_in_a_folder_would_delete(folder):
    (folder / ".wh.etc").touch()
    with pytest.raises(BuildError, match=r"\.wh\.etc would delete a file of the image"):
        build.from_path(folder)


def test_names_that_are_no_utf8(folder):
    (folder / "bin" / "\udcff").touch()
    assert "bin/\udcff" in [it.name for it in members(build.from_path(folder))]


def grow(folder):
    with (folder / "bin" / "run").open("a") as file:
        file.write("more")


def shrink(folder):
    os.truncate(folder / "bin" / "run", 3)


def rewrite(folder):
    run = folder / "bin" / "run"
    run.write_text("#!/bin/ba\n")
    os.utime(run, (1, 1))


def vanish(folder):
    (folder / "bin" / "run").unlink()


def become_a_link(folder):
    vanish(folder)
    (folder / "bin" / "run").symlink_to("/etc/passwd")


def lose_its_folder(folder):
    (folder / "bin").rename(folder.parent / "bin")
    (folder / "bin").symlink_to("/etc")


def gain_a_file(folder):
    (folder / "empty" / "new").touch()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (grow, "bin/run changed while it was read"),
        (shrink, "bin/run changed while it was read"),
        (rewrite, "bin/run changed while it was read"),
        (vanish, "bin/run vanished while it was read"),
        (become_a_link, "bin/run vanished while it was read"),
        (lose_its_folder, "bin/again vanished while it was read"),
        (gain_a_file, "empty changed while it was read"),
    ],
)
def test_a_folder_that_changes_after_it_was_listed(folder, change, text):
    entries = build.from_path(folder)
    change(folder)
    with pytest.raises(SourceChangedError) as caught:
        build.layer(entries)
    assert str(caught.value) == f"{folder}/{text}"


@pytest.mark.parametrize("change", [grow, shrink])
def test_a_file_that_changes_while_it_is_read(folder, change):
    (entry,) = (it for it in build.from_path(folder) if it.path == "bin/run")
    with entry.content.open() as stream:
        assert stream.read(1) == b"#"
        change(folder)
        with pytest.raises(SourceChangedError):
            while stream.read(1):
                pass


def test_a_file_that_has_changed_is_closed_once(folder, monkeypatch):
    (entry,) = (it for it in build.from_path(folder) if it.path == "bin/run")
    grow(folder)
    failed = []
    close = os.close

    def watched(descriptor):
        try:
            close(descriptor)
        except OSError:
            failed.append(descriptor)

    monkeypatch.setattr(os, "close", watched)
    with pytest.raises(SourceChangedError):
        entry.content.open()
    gc.collect()
    assert failed == []


def test_what_is_not_there():
    with pytest.raises(FileNotFoundError) as caught:
        build.from_path("/no/such/folder")
    assert str(caught.value) == "open /no/such/folder: no such file or directory"
    assert caught.value.errno == errno.ENOENT
    assert isinstance(caught.value, FileAccessError)


def test_modes_are_two(folder):
    with pytest.raises(UnsupportedOptionError):
        build.from_path(folder, modes="some")


SCRIPT = """
import sys
from pyggcr import build
build.layer({"/a": "a"}, compression=sys.argv[2]).close()

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
with build.layer(build.from_path(sys.argv[1]), compression=sys.argv[2]) as layer:
    print(layer.size(), peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_a_folder_of_one_gibibyte_takes_little_memory(tmp_path, compression):
    for number in range(4):
        with (tmp_path / f"{number}").open("wb") as file:
            file.truncate(GIB // 4)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path, compression],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    size, growth = map(int, done.stdout.split())
    assert size > 1 << 14
    assert growth < 64 << 20
