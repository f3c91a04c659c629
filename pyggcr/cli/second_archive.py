"""A warning of what nobody reads: a second archive that stands behind the first in one file.

``cat a.tar b.tar`` makes them, and so does ``docker save >> app.tar``. Only headers are read, and
of a tar of very many entries nothing is told.
"""

from __future__ import annotations

import os

from pyggcr import limits
from pyggcr.cli.output import write_warning
from pyggcr.store.transports import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.store.files import Files

__all__ = ["second_archive", "second_archive_at", "warn_of_second", "warn_of_second_in"]

_OF_FILES = ("path", "docker-archive", "oci-archive")

_BLOCK = 512
_ENTRIES = 10_000  # that are passed over at most
_PADDING = 1 << 20  # bytes of zeros that may follow the end of a tar
_SIZE, _CHECKSUM, _TYPE = slice(124, 136), slice(148, 156), slice(156, 157)
_PAX, _GNU_SPARSE = (b"x", b"g"), b"S"
_WITHOUT_CONTENT = (b"1", b"2", b"3", b"4", b"5", b"6")


def second_archive(path: str, shown: str, compression: str | None = None) -> str | None:
    """What to say of another tar behind the one of a path; nothing if there is none.

    Args:
        path: of the tar, which is not compressed.
        shown: what the text calls it.
        compression: how it was compressed as a whole, if it was.
    """
    following = _following_archive(path)
    if following is None:
        return None
    where = f"byte {following}" if compression is None else f"byte {following} of its content"
    return (
        f"{shown}: two archives stand one behind the other, and only the first is read; the second "
        f"begins at {where}, and tail -c +{following + 1} FILE gives it"
    )


def warn_of_second(path: str, shown: str, compression: str | None = None) -> None:
    """Warn of it; arguments as for ``second_archive``."""
    text = second_archive(path, shown, compression)
    if text is not None:
        write_warning(text)


def second_archive_at(text: str) -> str | None:
    """The same of what a text names, if it is a tar that is not compressed."""
    location = locate(text)
    return second_archive(location.name, text) if location.transport in _OF_FILES else None


def warn_of_second_in(files: Files, shown: str) -> None:
    """The same of files that are open, if they are in a tar."""
    from pyggcr.store.files import TarFiles

    if isinstance(files, TarFiles):
        warn_of_second(files.path, shown, files.compression)


def _following_archive(path: str) -> int | None:
    """Where another tar begins behind the end of a tar, in bytes; nothing if none is found.

    Args:
        path: of the tar, which is not compressed.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        end = _end_of_archive(descriptor)
        return None if end is None else _next_archive(descriptor, end)
    except (OSError, OverflowError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _end_of_archive(descriptor: int) -> int | None:
    """Where the zeros behind the last entry begin."""
    position = 0
    for _ in range(_ENTRIES):
        limits.current().check()
        block = os.pread(descriptor, _BLOCK, position)
        if len(block) < _BLOCK:
            return None
        if not block.strip(b"\0"):
            return position or None
        kind = block[_TYPE]
        if kind in _PAX or kind == _GNU_SPARSE:
            # What they say of sizes is for a reader of tars to understand.
            content = os.pread(descriptor, _BLOCK, position + _BLOCK)
            if kind == _GNU_SPARSE or b" size=" in content or b"GNU.sparse" in content:
                return None
        size = 0 if kind in _WITHOUT_CONTENT else _number(block[_SIZE])
        position += _BLOCK + -(-size // _BLOCK) * _BLOCK
    return None


def _next_archive(descriptor: int, end: int) -> int | None:
    data = os.pread(descriptor, _PADDING, end)
    begins = len(data) - len(data.lstrip(b"\0"))
    at = begins // _BLOCK * _BLOCK
    block = data[at : at + _BLOCK]
    return end + at if len(block) == _BLOCK and _is_header(block) else None


def _is_header(block: bytes) -> bool:
    try:
        told = _number(block[_CHECKSUM])
    except ValueError:
        return False
    return told == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")


def _number(digits: bytes) -> int:
    """A number of a header: in octal digits, or in bytes behind a set bit."""
    if digits[0] & 0x80:
        return int.from_bytes(bytes([digits[0] & 0x7F]) + digits[1:], "big")
    return int(digits.strip(b" \0") or b"0", 8)
