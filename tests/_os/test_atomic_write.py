"""A new file takes its place when it is whole; until then, and if it never is, nothing changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyggcr import errors
from pyggcr._os.atomic_write import atomic_write, is_replaceable, writable


def test_it_takes_its_place_at_the_end(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"before")

    with atomic_write(place) as file:
        file.write(b"after")
        file.write_at(b"!", 7)
        file.write(b"wards")
        assert place.read_bytes() == b"before"
        assert file.size == 10

    assert place.read_bytes() == b"afterwards"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize(
    "failure", [ValueError("bad"), OSError("of a stream"), KeyboardInterrupt()]
)
def test_a_failure_leaves_what_was_there(tmp_path: Path, failure: BaseException) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"before")

    with pytest.raises(type(failure)) as raised, atomic_write(place) as file:
        file.write(b"half")
        raise failure

    assert raised.value is failure
    assert place.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [place]


def test_permissions_are_kept_or_given(tmp_path: Path) -> None:
    kept, given, new = tmp_path / "kept", tmp_path / "given", tmp_path / "new"
    kept.touch()
    kept.chmod(0o640)

    for place, mode in ((kept, None), (given, 0o600), (new, None)):
        with atomic_write(place, mode=mode) as file:
            file.write(b"x")

    umask = os.umask(0)
    os.umask(umask)
    modes = [place.stat().st_mode & 0o777 for place in (kept, given, new)]
    assert modes == [0o640, 0o600, 0o666 & ~umask]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")

    with atomic_write(tmp_path / "link") as file:
        file.write(b"x")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


def test_what_the_system_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingPathError, match="^open : no such file"), atomic_write(""):
        pytest.fail("no path is empty")
    with (
        pytest.raises(errors.MissingPathError, match="^open .*/none/file: no such file"),
        atomic_write(tmp_path / "none" / "file"),
    ):
        pytest.fail("there is no such folder")
    with (
        pytest.raises(errors.FileAccessError, match="^open .*: invalid argument$"),
        atomic_write(f"{tmp_path}/a\0b"),
    ):
        pytest.fail("no path has a NUL in it")
    with (
        pytest.raises(errors.FileAccessError, match="^open .*: (file exists|is a directory)$"),
        atomic_write(tmp_path) as file,
    ):
        file.write(b"x")


def test_pipes_and_devices_cannot_be_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()

    assert not is_replaceable("/dev/null")
    assert not is_replaceable(tmp_path / "pipe")
    assert is_replaceable(tmp_path / "file")
    assert is_replaceable(tmp_path / "none")


def test_what_a_folder_or_a_device_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.FileAccessError, match="^open .*: is a directory$"):
        writable(tmp_path).__enter__()
    full = "^write /dev/full: no space left on device$"
    with pytest.raises(errors.FileAccessError, match=full), writable("/dev/full") as file:
        file.write(b"x")


def test_that_nobody_reads_a_pipe_is_told_as_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(BrokenPipeError), writable(tmp_path / "pipe") as file:
        os.close(reader)
        file.write(b"x" * (1 << 20))
