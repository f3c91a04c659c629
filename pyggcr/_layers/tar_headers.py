"""Headers of tar entries as Go's archive/tar writes them when it is told to use PAX.

That is plain ustar where everything fits, else a PAX header before it. What entries there are is
not decided here.
"""

from __future__ import annotations

from pyggcr._gostd import path
from pyggcr._gostd.tar import Header
from pyggcr._gostd.tar.header import Time
from pyggcr.errors import ArchiveError

__all__ = ["encode"]

_BLOCK = 512
_NAME, _PREFIX, _LINK, _OWNER = 100, 155, 100, 32  # sizes of fields in bytes
_NUMBER, _LONG_NUMBER = 8, 12
_USTAR = b"ustar\x0000"
_PAX_TYPE = b"x"
_GNU_SPARSE = "GNU.sparse."
_BASIC = ("path", "linkpath", "size", "uid", "gid", "uname", "gname", "mtime", "atime", "ctime")


def encode(header: Header) -> bytes:
    """The blocks before an entry's content (``Writer.WriteHeader``).

    Raises:
        ArchiveError: a device number or a mode does not fit.
    """
    records = _records(header)
    split = _split(header.name)
    fits = all(
        _is_ascii(text) and len(_bytes(text)) <= size
        for text, size in ((header.linkname, _LINK), (header.uname, _OWNER), (header.gname, _OWNER))
    )
    fits_name = split is not None or (_is_ascii(header.name) and len(header.name) <= _NAME)
    if fits and fits_name and not header.pax_records and not (records.keys() - {"path"}):
        prefix, name = split or ("", header.name)
        return _block(header, name, prefix)
    extension = b""
    if records:
        data = b"".join(_record(key, records[key]) for key in sorted(records))
        head, _, tail = header.name.rpartition("/")
        extension = _extension(path.join(f"{head}/" if head else "", "PaxHeaders.0", tail), data)
    return extension + _block(header, header.name, "")


def _records(header: Header) -> dict[str, str]:
    """What the PAX header says: what does not fit elsewhere, and what it said before."""
    given = header.pax_records or {}
    records: dict[str, str] = {}

    def note(key: str, value: str, needed: bool) -> None:
        if needed or given.get(key) == value:
            records[key] = value

    for key, text, size in (
        ("path", header.name, _NAME),
        ("linkpath", header.linkname, _LINK),
        ("uname", header.uname, _OWNER),
        ("gname", header.gname, _OWNER),
    ):
        note(key, text, not _is_ascii(text) or len(_bytes(text)) > size)
    for key, number, size in (
        ("uid", header.uid, _NUMBER),
        ("gid", header.gid, _NUMBER),
        ("size", header.size, _LONG_NUMBER),
    ):
        note(key, str(number), not _fits(number, size))
    for number in (header.mode, header.devmajor, header.devminor):
        if not _fits(number, _NUMBER):
            raise ArchiveError(f"archive/tar: cannot encode header: {number} does not fit")
    for key, time in (
        ("mtime", header.mod_time),
        ("atime", header.access_time),
        ("ctime", header.change_time),
    ):
        if time is not None:
            plain = key == "mtime" and _fits(time.seconds, _LONG_NUMBER) and not time.nanoseconds
            note(key, _time(time), not plain)
    for key, value in given.items():
        if key not in _BASIC and not key.startswith(_GNU_SPARSE):
            records.setdefault(key, value)
    return records


def _block(header: Header, name: str, prefix: str) -> bytes:
    """The ustar block; what does not fit is cut, or zero (``templateV7Plus``)."""
    modified = header.mod_time
    fields = (
        (0, _string(name, _NAME)),
        (100, _octal(header.mode, _NUMBER)),
        (108, _octal(header.uid, _NUMBER)),
        (116, _octal(header.gid, _NUMBER)),
        (124, _octal(header.size, _LONG_NUMBER)),
        (136, _octal(modified.seconds if modified else 0, _LONG_NUMBER)),
        (156, header.typeflag.encode("latin-1")),
        (157, _string(header.linkname, _LINK)),
        (257, _USTAR),
        (265, _string(header.uname, _OWNER)),
        (297, _string(header.gname, _OWNER)),
        (329, _octal(header.devmajor, _NUMBER)),
        (337, _octal(header.devminor, _NUMBER)),
        (345, _string(prefix, _PREFIX)),
    )
    return _assembled(fields)


def _extension(name: str, data: bytes) -> bytes:
    """A PAX header: a block, and the records as its content (``writeRawFile``)."""
    fields = (
        (0, _ascii(name)[:_NAME].rstrip(b"/")),
        (100, _octal(0, _NUMBER)),
        (108, _octal(0, _NUMBER)),
        (116, _octal(0, _NUMBER)),
        (124, _octal(len(data), _LONG_NUMBER)),
        (136, _octal(0, _LONG_NUMBER)),
        (156, _PAX_TYPE),
        (257, _USTAR),
    )
    return _assembled(fields) + data + bytes(-len(data) % _BLOCK)


def _assembled(fields: tuple[tuple[int, bytes], ...]) -> bytes:
    block = bytearray(_BLOCK)
    for start, content in fields:
        block[start : start + len(content)] = content
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def _string(text: str, size: int) -> bytes:
    data = _ascii(text)
    field = data[:size]
    if len(data) > size and field.endswith(b"/"):
        # Some readers would take a name that is cut there for a folder's.
        end = len(data[: size - 1].rstrip(b"/"))
        field = field[:end] + b"\0" + field[end + 1 :]
    return field


def _octal(number: int, size: int) -> bytes:
    return b"%0*o" % (size - 1, number if _fits(number, size) else 0)


def _fits(number: int, size: int) -> bool:
    return 0 <= number < 1 << 3 * (size - 1)


def _time(time: Time) -> str:
    """``formatPAXTime``."""
    seconds, nanoseconds = time
    if not nanoseconds:
        return str(seconds)
    sign = ""
    if seconds < 0:
        sign, seconds, nanoseconds = "-", -(seconds + 1), 10**9 - nanoseconds
    return f"{sign}{seconds}.{nanoseconds:09}".rstrip("0")


def _record(key: str, value: str) -> bytes:
    """``formatPAXRecord``: its own length in digits, a space, the key and the value."""
    data = b" %b=%b\n" % (_bytes(key), _bytes(value))
    size = len(data) + len(str(len(data)))
    size = len(data) + len(str(size))
    return b"%d%b" % (size, data)


def _split(name: str) -> tuple[str, str] | None:
    """Prefix and rest of a name that is too long for one field (``splitUSTARPath``)."""
    if len(name) <= _NAME or not _is_ascii(name):
        return None
    cut = name[: _PREFIX + 1].rfind("/")
    rest = len(name) - cut - 1
    if cut <= 0 or cut > _PREFIX or not 0 < rest <= _NAME:
        return None
    return name[:cut], name[cut + 1 :]


def _is_ascii(text: str) -> bool:
    return text.isascii() and "\0" not in text


def _ascii(text: str) -> bytes:
    """The text without what is not ASCII (``toASCII``)."""
    return bytes(ord(it) for it in text if 0 < ord(it) < 0x80)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
