"""Named files in folders and tars: what is there, what is opened, what is refused."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import socket
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from pyggcr._layers.entries import Entry
from pyggcr._layers.source import PathSource, ReadAt
from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.errors import (
    ArchiveError,
    ClosedError,
    CompressionError,
    FileAccessError,
    LinkCycleError,
    MissingFileError,
    MissingPathError,
    TruncatedError,
)
from pyggcr.store.files import Files, FolderFiles, TarFiles, open_files

LIMIT = 1000

TAR = make_tar(
    [
        member("blobs/", kind=tarfile.DIRTYPE),
        member("blobs/one", b"first"),
        member("./blobs/one", b"second"),
        member("link", kind=tarfile.SYMTYPE, link="blobs/one"),
        member("hard", kind=tarfile.LNKTYPE, link="blobs/one"),
        member("pipe", kind=tarfile.FIFOTYPE),
    ]
)


@pytest.fixture(params=["plain", "gzip", "zstd"])
def tar_files(request, tmp_path):
    """The same tar as it is, and compressed as a whole."""
    pack = {
        "plain": bytes,
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[request.param]
    path = tmp_path / "files.tar"
    path.write_bytes(pack(TAR))
    with open_files(path) as files:
        yield files


@pytest.fixture
def folder(tmp_path):
    """A folder with a file, a folder in it, and links."""
    inside = tmp_path / "inside"
    (inside / "blobs" / "deep").mkdir(parents=True)
    (inside / "blobs" / "deep" / "one").write_bytes(b"first")
    (inside / "a.json").write_bytes(b"{}")
    (inside / "link").symlink_to("blobs/deep/../deep/one")
    (inside / "folder-link").symlink_to("blobs/deep")
    (tmp_path / "outside").write_bytes(b"secret")
    return inside


@pytest.fixture
def folder_files(folder):
    with open_files(folder) as files:
        yield files


def test_a_tar_lists_its_entries_as_they_are_written(tar_files: Files) -> None:
    assert list(tar_files.entries()) == [
        Entry("blobs/", "folder", 0, ""),
        Entry("blobs/one", "file", 5, ""),
        Entry("./blobs/one", "file", 6, ""),
        Entry("link", "symlink", 0, "blobs/one"),
        Entry("hard", "link", 0, "blobs/one"),
        Entry("pipe", "other", 0, ""),
    ]


@pytest.mark.parametrize("name", ["blobs/one", "./blobs//one", "link", "hard"])
def test_a_tar_gives_the_first_entry_of_a_name_and_follows_links(
    tar_files: Files, name: str
) -> None:
    assert tar_files.read(name, LIMIT) == b"first"


def test_a_folder_lists_its_entries_sorted(folder_files: Files) -> None:
    assert list(folder_files.entries()) == [
        Entry("a.json", "file", 2, ""),
        Entry("blobs", "folder", 0, ""),
        Entry("folder-link", "symlink", 0, "blobs/deep"),
        Entry("link", "symlink", 0, "blobs/deep/../deep/one"),
        Entry("blobs/deep", "folder", 0, ""),
        Entry("blobs/deep/one", "file", 5, ""),
    ]


@pytest.mark.parametrize(
    "name", ["blobs/deep/one", "./blobs//deep/one", "link", "folder-link/one", "blobs/../link"]
)
def test_a_folder_gives_files_and_follows_links(folder_files: Files, name: str) -> None:
    assert folder_files.read(name, LIMIT) == b"first"


@pytest.mark.parametrize("name", ["../outside", "blobs/../../outside", "/etc/passwd"])
def test_a_name_that_leads_out_of_the_folder_is_refused(folder_files: Files, name: str) -> None:
    with pytest.raises(ArchiveError, match=f"^{name} leads out of the folder$"):
        folder_files.open(name)


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "blobs/deep/../../../outside"])
def test_a_link_that_leads_out_of_the_folder_is_refused(
    folder: Path, folder_files: Files, target: str
) -> None:
    (folder / "escape").symlink_to(target)
    with pytest.raises(ArchiveError, match="^escape leads out of the folder$"):
        folder_files.open("escape")


def test_a_link_of_a_folder_that_leads_out_is_refused(folder: Path, folder_files: Files) -> None:
    (folder / "up").symlink_to("..")
    with pytest.raises(ArchiveError, match="leads out of the folder"):
        folder_files.open("up/outside")


def test_links_in_a_circle_are_refused(folder: Path, folder_files: Files) -> None:
    (folder / "left").symlink_to("right")
    (folder / "right").symlink_to("left")
    with pytest.raises(LinkCycleError, match="^link cycle detected for left$"):
        folder_files.open("left")


@pytest.mark.parametrize("name", ["none", "a.json/none", "blobs/none/one", "a\0b"])
def test_what_a_folder_has_not_is_missing(folder_files: Files, name: str) -> None:
    with pytest.raises(MissingFileError, match="not found in folder"):
        folder_files.open(name)


@pytest.mark.parametrize("name", ["blobs", "folder-link", "", "."])
def test_a_folder_is_no_file(folder_files: Files, name: str) -> None:
    with pytest.raises(ArchiveError, match="is a folder, not a file"):
        folder_files.open(name)


def test_a_pipe_in_a_folder_is_refused_at_once(folder: Path, folder_files: Files) -> None:
    os.mkfifo(folder / "pipe")
    assert Entry("pipe", "other", 0, "") in list(folder_files.entries())
    with pytest.raises(ArchiveError, match="pipe is a pipe, not a file"):
        folder_files.open("pipe")


def test_what_goes_from_a_folder_while_it_is_listed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gone", "stays"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("stays")
    (tmp_path / "other").symlink_to("stays")
    scandir, readlink = os.scandir, os.readlink

    def scan(place: str) -> contextlib.AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if place.endswith("gone/"):
            Path(place).rmdir()
        with scandir(place) as found:
            listed = list(found)
        (tmp_path / "file").unlink(missing_ok=True)
        return contextlib.nullcontext(iter(listed))

    def read(place: str) -> str:
        # Removed, or no link any more.
        error = {"link": errno.ENOENT, "other": errno.EINVAL}.get(Path(place).name)
        if error is not None:
            raise OSError(error, os.strerror(error))
        return readlink(place)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(os, "readlink", read)
    assert [entry.name for entry in FolderFiles(str(tmp_path)).entries()] == ["gone", "stays"]


def test_a_folder_that_is_not_there_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match="^open .*/none/: no such file or directory$"):
        FolderFiles(str(tmp_path / "none")).entries()


def test_what_a_tar_has_not_is_missing(tar_files: Files) -> None:
    with pytest.raises(MissingFileError, match="^file none not found in tar$"):
        tar_files.open("none")


@pytest.mark.parametrize("order", [1, -1])
def test_a_chain_of_links_is_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    names = [f"l{number}" for number in range(300)]
    links = [
        member(name, kind=tarfile.SYMTYPE, link=target)
        for name, target in zip(names, [*names[1:], "file"], strict=True)
    ]
    path = tmp_path / "links.tar"
    path.write_bytes(make_tar([*links, member("file", b"content")]))
    opened = 0
    original = PathSource.open

    def counting(source: PathSource) -> ReadAt:
        nonlocal opened
        opened += 1
        return original(source)

    monkeypatch.setattr(PathSource, "open", counting)
    with open_files(path) as files:
        for name in names[::order]:
            with files.open(name) as stream:
                assert stream.read() == b"content"
    assert opened <= 3 * len(names)


def test_a_file_of_the_limit_is_read_and_a_larger_one_refused(tar_files: Files) -> None:
    assert tar_files.read("blobs/one", 5) == b"first"
    with pytest.raises(ArchiveError, match="^blobs/one is larger than 4 bytes$"):
        tar_files.read("blobs/one", 4)


def test_after_close_nothing_is_opened_but_what_is_open_goes_on(tar_files: Files) -> None:
    with tar_files.open("blobs/one") as stream:
        tar_files.close()
        tar_files.close()
        assert stream.read() == b"first"
    with pytest.raises(ClosedError):
        tar_files.open("blobs/one")
    with pytest.raises(ClosedError):
        tar_files.entries()


def test_a_closed_folder_refuses_work(folder: Path) -> None:
    files = FolderFiles(str(folder))
    files.close()
    with pytest.raises(ClosedError):
        files.open("a.json")


def test_threads_read_one_unpacked_tar_at_once(tmp_path: Path) -> None:
    content = {f"f{number}": os.urandom(100_000) for number in range(8)}
    path = tmp_path / "many.tar.gz"
    path.write_bytes(gzip.compress(make_tar([member(*item) for item in content.items()]), 1))
    read: dict[str, bytes] = {}
    with open_files(path) as files:
        threads = [
            threading.Thread(
                target=lambda name=name: read.update({name: files.read(name, 1 << 20)})
            )
            for name in content
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert read == content


def test_an_unpacked_tar_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = tmp_path / "files.tar.gz"
    path.write_bytes(gzip.compress(TAR))
    with open_files(path) as files:
        assert list(scratch.iterdir()) == []
        assert files.read("blobs/one", LIMIT) == b"first"


def test_where_nothing_can_be_unpacked_the_error_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    path = tmp_path / "files.tar.gz"
    path.write_bytes(gzip.compress(TAR))
    with pytest.raises(FileAccessError, match=f"^unpack {path} into {tmp_path}/none: no such file"):
        open_files(path)


def test_a_gzip_of_something_else_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(b"no tar at all " * 1000))
    with pytest.raises(ArchiveError, match="text.gz, which gzip has compressed, is text"):
        open_files(path)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.tar.gz"
    packed = bytearray(gzip.compress(TAR))
    packed[-5] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(
        CompressionError,
        match="^gzip: invalid checksum: .*damaged.tar.gz, which .* is damaged; copy",
    ):
        open_files(path)


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.tar.gz"
    path.write_bytes(gzip.compress(TAR)[:-20])
    with pytest.raises(
        TruncatedError,
        match="^unexpected EOF: .*short.tar.gz, which gzip has compressed, is cut short",
    ):
        open_files(path)


def test_a_truncated_tar_tells_so_when_it_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "short.tar"
    path.write_bytes(TAR[:700])
    with open_files(path) as files, pytest.raises(ArchiveError):
        files.entries()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.tar"
    path.touch()
    with pytest.raises(ArchiveError, match="empty.tar is empty; docker save"):
        open_files(path)


def test_a_file_of_zeros_is_a_tar_without_entries(tmp_path: Path) -> None:
    path = tmp_path / "empty.tar"
    path.write_bytes(bytes(1024))
    with open_files(path) as files:
        assert isinstance(files, TarFiles)
        assert list(files.entries()) == []


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="pipe is a pipe, not a file$"):
        open_files(tmp_path / "pipe")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises((ArchiveError, FileAccessError), match="socket"):
            open_files("socket")


def test_a_device_is_refused() -> None:
    with pytest.raises(ArchiveError, match="^/dev/zero is a character device, not a file$"):
        open_files("/dev/zero")


@pytest.mark.parametrize("path", ["none.tar", "none/none.tar", ""])
def test_a_path_that_is_not_there_is_told_as_go_tells_it(path: str) -> None:
    with pytest.raises(MissingPathError, match=f"^open {path}: no such file or directory$"):
        open_files(path)


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(FileAccessError, match="invalid argument"):
        open_files("a\0b")
