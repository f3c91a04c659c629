"""The tar that a repair writes: its form, sizes beyond eight GiB, and files of one name."""

from __future__ import annotations

import errno
import io
import os
import tarfile
from pathlib import Path

import pytest

from pyggcr._gostd import tar
from pyggcr.doctor.repair_file import new_tar
from pyggcr.errors import FileAccessError

GIB = 1 << 30


def test_go_and_python_read_what_is_written(tmp_path: Path) -> None:
    with new_tar(str(tmp_path / "out.tar")) as archive:
        archive.add_folder("folder/")
        archive.add("folder/empty", b"")
        archive.add("folder/file", b"x" * 513)
    content = (tmp_path / "out.tar").read_bytes()
    assert len(content) % 512 == 0
    with tarfile.open(fileobj=io.BytesIO(content)) as read:
        assert [(info.name, info.size, info.mode, info.isdir()) for info in read] == [
            ("folder", 0, 0o755, True),
            ("folder/empty", 0, 0o644, False),
            ("folder/file", 513, 0o644, False),
        ]
        assert read.extractfile("folder/file").read() == b"x" * 513
    reader = tar.Reader(io.BytesIO(content))
    headers = iter(reader.next, None)
    assert [header.name for header in headers] == ["folder/", "folder/empty", "folder/file"]


def test_a_file_that_is_there_is_written_once(tmp_path: Path) -> None:
    with new_tar(str(tmp_path / "out.tar")) as archive:
        archive.add("one", b"1" * 5000)
        archive.add("one", b"1" * 5000)
        archive.add("two", b"2")
    with tarfile.open(tmp_path / "out.tar") as read:
        assert read.getnames() == ["one", "two"]
    assert (tmp_path / "out.tar").stat().st_size == 512 + 5120 + 512 + 512 + 1024


@pytest.mark.parametrize("size", [8 * GIB - 1, 8 * GIB, 9 * GIB + 1])
def test_sizes_beyond_eight_gib_are_read_by_go_and_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    write = os.pwrite
    zeros = bytes(64 << 20)

    def leaving_holes(descriptor: int, data, offset: int) -> int:
        return len(data) if data.obj is zeros else write(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", leaving_holes)
    with new_tar(str(tmp_path / "out.tar")) as archive:
        with archive.entry() as entry:
            for _ in range(size // len(zeros)):
                entry.write(zeros)
            entry.write(bytes(size % len(zeros)))
            entry.name = "large"
        archive.add("next", b"next")
    with tarfile.open(tmp_path / "out.tar") as read:
        assert [(info.name, info.size) for info in read] == [("large", size), ("next", 4)]
    with (tmp_path / "out.tar").open("rb") as file:
        headers = iter(tar.Reader(file).next, None)
        assert [(header.name, header.size) for header in headers] == [("large", size), ("next", 4)]


def test_what_is_written_is_private_until_it_is_whole(tmp_path: Path) -> None:
    with new_tar(str(tmp_path / "out.tar")) as archive:
        archive.add("one", b"1")
        (hidden,) = tmp_path.iterdir()
        assert hidden.name.startswith(".pyggcr-")
    assert [path.name for path in tmp_path.iterdir()] == ["out.tar"]


def test_an_exception_takes_everything_back(tmp_path: Path) -> None:
    (tmp_path / "out.tar").write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), new_tar(str(tmp_path / "out.tar")) as archive:
        archive.add("one", b"1")
        raise ZeroDivisionError
    assert (tmp_path / "out.tar").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_may_only_be_written_is_no_error(tmp_path: Path, monkeypatch) -> None:
    sync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    with new_tar(str(tmp_path / "out.tar")) as archive:
        archive.add("one", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["out.tar"]


def test_a_path_with_a_nul_is_one_of_our_errors(tmp_path: Path) -> None:
    with (
        pytest.raises(FileAccessError, match="^open .*: invalid argument$"),
        new_tar(f"{tmp_path}/a\0b"),
    ):
        pass
