"""Entries of an archive as Go's archive/tar writes plain files: no owner, no time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from pyggcr import calls
from pyggcr._gostd.tar.writer import BLOCK, END, MODE, header
from pyggcr.errors import ValidationError

__all__ = ["END", "MODE", "Target", "opened", "pieces", "write_entry"]

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_CHUNK = 1 << 20


@contextlib.contextmanager
def opened(target: Target) -> Iterator[BinaryIO]:
    """The stream to write to; a file that a path names is closed afterwards."""
    if isinstance(target, (str, os.PathLike)):
        with Path(target).open("wb") as stream:
            yield stream
    else:
        yield target


def pieces(stream: Any) -> Iterator[bytes]:
    """What a stream still has, piece by piece, under the limits of the call."""
    while piece := stream.read(_CHUNK):
        calls.current().check()
        yield piece


def write_entry(stream: BinaryIO, file: str, content: Iterable[bytes], size: int) -> None:
    """Write a file.

    Raises:
        ValidationError: the content is not of this size.
    """
    stream.write(header(file, size))
    written = 0
    for piece in content:
        stream.write(piece)
        written += len(piece)
    if written != size:
        raise ValidationError(f"{file}: {written} bytes where {size} were announced")
    stream.write(bytes(-size % BLOCK))
