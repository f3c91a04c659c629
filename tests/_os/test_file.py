"""Files read at offsets, and the texts of what the system refuses."""

from __future__ import annotations

import errno
import os

import pytest

from pyggcr._os.file import File, path_error
from pyggcr.errors import FileAccessError, MissingPathError, PathPermissionError


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (FileNotFoundError(errno.ENOENT, ""), MissingPathError, "no such file or directory"),
        (PermissionError(errno.EACCES, ""), PathPermissionError, "permission denied"),
        (PermissionError(errno.EPERM, ""), PathPermissionError, "operation not permitted"),
        (OSError(errno.EIO, ""), FileAccessError, "input/output error"),
        (OSError("without a number"), FileAccessError, "input/output error"),
        (ValueError("embedded null byte"), FileAccessError, "invalid argument"),
        (OverflowError("int too big"), FileAccessError, "invalid argument"),
    ],
)
def test_errors_have_go_s_texts(error, kind, text):
    found = path_error("open", "a.tar", error)
    assert type(found) is kind
    assert str(found) == f"open a.tar: {text}"


def test_a_descriptor_is_taken_and_closed_once(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    descriptor = os.open(path, os.O_RDONLY)
    file = File("shown", descriptor)
    assert file.read_at(3, 100) == b"tent"
    file.close()
    file.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_behind_every_end_there_is_nothing_but_nobody_can_go_there(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    file = File(str(path))
    assert file.read_at(1 << 70, 1) == b""
    with pytest.raises(FileAccessError, match=f"^seek {path}: invalid argument$"):
        file.seek(1 << 70)
    file.close()
