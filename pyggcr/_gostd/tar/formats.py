# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Which tar formats can hold a header, and why the others cannot (``Header.allowedFormats``).

The first of USTAR, PAX and GNU that can hold it and that the caller allows is what Go writes. The
texts of errors and the order of the checks are Go's. How a header looks in a format is in
``blocks``.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import pax
from pyggcr._gostd.tar.fields import (
    LINK_SIZE,
    LONG_NUMBER_SIZE,
    NAME_SIZE,
    NUMBER_SIZE,
    OWNER_SIZE,
    PREFIX_SIZE,
    fits_in_base256,
    fits_in_octal,
    is_ascii,
)
from pyggcr._gostd.tar.header import (
    GNU,
    MAX_INT64,
    PAX,
    USTAR,
    ZERO_TIME,
    Format,
    Time,
    as_int64,
    decode,
    encode,
    has_no_content,
)
from pyggcr._gostd.time import local_text
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from pyggcr._gostd.tar.header import Header

__all__ = ["GLOBAL_HEADER", "CheckedHeader", "split_path"]

GLOBAL_HEADER = ord("g")
_NUL, _REGULAR, _DIRECTORY = ord("\0"), ord("0"), ord("5")
_NO_FOLDERS = frozenset(b"0346S")  # links are left out: they may point to folders
_META = frozenset(b"xLK")

# Keys of PAX records; no key means that PAX cannot hold the field if USTAR cannot.
_PATH, _LINK_PATH, _SIZE = b"path", b"linkpath", b"size"
_UID, _GID, _UNAME, _GNAME = b"uid", b"gid", b"uname", b"gname"
_MTIME, _ATIME, _CTIME, _NO_KEY = b"mtime", b"atime", b"ctime", b""
_BASIC_KEYS = frozenset(
    (_PATH, _LINK_PATH, _SIZE, _UID, _GID, _UNAME, _GNAME, _MTIME, _ATIME, _CTIME)
)
_XATTR = b"SCHILY.xattr."
_SPARSE = b"GNU.sparse."

_NANOSECONDS = 10**9

_Value: TypeAlias = "bytes | int | Time"


class CheckedHeader:
    """A header that can be written: strings as bytes, and as ``Writer.WriteHeader`` changes it.

    The type NUL becomes a file or a folder; where the caller names no format, the time of change
    is rounded and the other times are dropped.

    Attributes:
        chosen: the format to write.
        records: what the PAX header says, if the format is PAX.
    """

    __slots__ = (
        "access_time",
        "change_time",
        "chosen",
        "devmajor",
        "devminor",
        "format",
        "gid",
        "gname",
        "linkname",
        "mod_time",
        "mode",
        "name",
        "pax_records",
        "records",
        "size",
        "typeflag",
        "uid",
        "uname",
        "xattrs",
    )

    def __init__(self, header: Header) -> None:
        """Check a header, which itself stays as it is.

        Raises:
            ArchiveError: no format can hold the header, or none that it names.
        """
        self.name = encode(header.name)
        self.linkname = encode(header.linkname)
        self.uname = encode(header.uname)
        self.gname = encode(header.gname)
        self.mode = _int64("Mode", header.mode)
        self.uid = _int64("Uid", header.uid)
        self.gid = _int64("Gid", header.gid)
        self.size = _int64("Size", header.size)
        self.devmajor = _int64("Devmajor", header.devmajor)
        self.devminor = _int64("Devminor", header.devminor)
        self.mod_time = _time("ModTime", header.mod_time)
        self.access_time = _time("AccessTime", header.access_time)
        self.change_time = _time("ChangeTime", header.change_time)
        self.pax_records = _encode_all(header.pax_records)
        self.xattrs = _encode_all(header.xattrs)
        self.format = header.format
        self.typeflag = _type(header.typeflag)
        if self.typeflag == _NUL:
            self.typeflag = _DIRECTORY if self.name.endswith(b"/") else _REGULAR
        if not self.format:
            self.mod_time = _rounded(self.mod_time)
            self.access_time = self.change_time = None
        self.chosen, self.records = _choose(self)

    @property
    def content_size(self) -> int:
        """Bytes of content that follow."""
        return 0 if has_no_content(chr(self.typeflag)) else self.size

    def is_global_only(self) -> bool:
        """Whether nothing is set but what a global header may have."""
        numbers = (self.size, self.mode, self.uid, self.gid, self.devmajor, self.devminor)
        times = (self.mod_time, self.access_time, self.change_time)
        return (
            not (self.linkname or self.uname or self.gname)
            and not any(numbers)
            and times == (None, None, None)
        )


def split_path(name: bytes) -> tuple[bytes, bytes] | None:
    """Prefix and rest of a name that is too long for one field (``splitUSTARPath``)."""
    if len(name) <= NAME_SIZE or not is_ascii(name):
        return None
    end = len(name)
    if end > PREFIX_SIZE + 1:
        end = PREFIX_SIZE + 1
    elif name.endswith(b"/"):
        end -= 1
    cut = name.rfind(b"/", 0, end)
    rest = len(name) - cut - 1
    if cut <= 0 or cut > PREFIX_SIZE or not 0 < rest <= NAME_SIZE:
        return None
    return name[:cut], name[cut + 1 :]


def _choose(header: CheckedHeader) -> tuple[int, dict[bytes, bytes]]:
    check = _Check(header)
    check.fields()
    check.type()
    check.records_of_caller()
    allowed = check.allowed()
    for form in (USTAR, PAX, GNU):
        if allowed & form:
            return form, check.records
    raise check.refusal()


class _Check:
    """The formats that are left, the reasons that ruled others out, and the PAX records."""

    def __init__(self, header: CheckedHeader) -> None:
        self._header = header
        self._formats = USTAR | PAX | GNU
        self._reasons: dict[int, tuple[str, _Value]] = {}  # by format, the field it cannot hold
        self._only_pax = ""
        self._prefers_pax = False
        self.records: dict[bytes, bytes] = {}

    def fields(self) -> None:
        header = self._header
        self._string("Name", header.name, NAME_SIZE, _PATH)
        self._string("Linkname", header.linkname, LINK_SIZE, _LINK_PATH)
        self._string("Uname", header.uname, OWNER_SIZE, _UNAME)
        self._string("Gname", header.gname, OWNER_SIZE, _GNAME)
        self._number("Mode", header.mode, NUMBER_SIZE, _NO_KEY)
        self._number("Uid", header.uid, NUMBER_SIZE, _UID)
        self._number("Gid", header.gid, NUMBER_SIZE, _GID)
        self._number("Size", header.size, LONG_NUMBER_SIZE, _SIZE)
        self._number("Devmajor", header.devmajor, NUMBER_SIZE, _NO_KEY)
        self._number("Devminor", header.devminor, NUMBER_SIZE, _NO_KEY)
        self._time("ModTime", header.mod_time, _MTIME)
        self._time("AccessTime", header.access_time, _ATIME)
        self._time("ChangeTime", header.change_time, _CTIME)

    def type(self) -> None:
        """What a type cannot have.

        Raises:
            ArchiveError: a file's name ends as a folder's does, the type is one that the writer
                makes itself, a global header has more than records, a size is negative.
        """
        header = self._header
        if header.typeflag in _NO_FOLDERS and header.name.endswith(b"/"):
            raise _header_error("filename may not have trailing slash")
        if header.typeflag in _META:
            raise _header_error(
                "cannot manually encode TypeXHeader, TypeGNULongName, or TypeGNULongLink headers"
            )
        if header.typeflag == GLOBAL_HEADER:
            if not header.is_global_only():
                raise _header_error("only PAXRecords should be set for TypeXGlobalHeader")
            self._only("only PAX supports TypeXGlobalHeader")
        if header.content_size < 0:
            raise _header_error("negative size on header-only type")

    def records_of_caller(self) -> None:
        """The caller's own records, which do not replace those made of fields.

        Raises:
            ArchiveError: a record cannot be written.
        """
        header = self._header
        for key, value in header.xattrs.items():
            self.records[_XATTR + key] = value
            self._only("only PAX supports Xattrs")
        for key, value in header.pax_records.items():
            is_field = key in _BASIC_KEYS or key.startswith(_SPARSE)
            if header.typeflag == GLOBAL_HEADER or not is_field:
                self.records.setdefault(key, value)
            self._only("only PAX supports PAXRecords")
        for key, value in sorted(self.records.items()):
            if not pax.is_valid_record(key, value):
                record = quote(decode(key + b" = " + value))
                raise _header_error(f"invalid PAX record: {record}")

    def allowed(self) -> int:
        """The formats that can hold the header and that the caller allows."""
        wanted = self._header.format
        if not wanted:
            return self._formats
        if wanted & PAX and not self._prefers_pax:
            wanted |= USTAR
        return self._formats & wanted

    def refusal(self) -> ArchiveError:
        """Why no format is left."""
        wanted = self._header.format
        ustar, pax_, gnu = (self._reason(form) for form in (USTAR, PAX, GNU))
        if wanted == USTAR:
            return _header_error("Format specifies USTAR", ustar, self._only_pax)
        if wanted == PAX:
            return _header_error("Format specifies PAX", pax_)
        if wanted == GNU:
            return _header_error("Format specifies GNU", gnu, self._only_pax)
        return _header_error(ustar, pax_, gnu, self._only_pax)

    def _reason(self, form: int) -> str:
        if form not in self._reasons:
            return ""
        name, value = self._reasons[form]
        if isinstance(value, Time):
            text = local_text(*value)
        elif isinstance(value, bytes):
            text = quote(decode(value))
        else:
            text = str(value)
        return f"{Format.text(form)} cannot encode {name}={text}"

    def _only(self, reason: str) -> None:
        self._formats &= PAX
        self._only_pax = reason

    def _rule_out(self, form: int, name: str, value: _Value) -> None:
        self._formats &= ~form
        self._reasons[form] = name, value

    def _keep(self, key: bytes, value: bytes) -> None:
        """A record of the caller that says what the field says stays."""
        if self._header.pax_records.get(key) == value:
            self.records[key] = value

    def _string(self, name: str, text: bytes, width: int, key: bytes) -> None:
        too_long = len(text) > width
        has_long_names = key in (_PATH, _LINK_PATH)
        if b"\0" in text or (too_long and not has_long_names):
            self._rule_out(GNU, name, text)
        if too_long or not is_ascii(text):
            if key != _PATH or split_path(text) is None:
                self._rule_out(USTAR, name, text)
            self.records[key] = text
        self._keep(key, text)

    def _number(self, name: str, number: int, width: int, key: bytes) -> None:
        value = b"%d" % number
        if not fits_in_base256(width, number):
            self._rule_out(GNU, name, number)
        if not fits_in_octal(width, number):
            self._rule_out(USTAR, name, number)
            if key == _NO_KEY:
                self._rule_out(PAX, name, number)
            else:
                self.records[key] = value
        self._keep(key, value)

    def _time(self, name: str, time: Time | None, key: bytes) -> None:
        if time is None or time == ZERO_TIME:
            return
        value = pax.format_time(time)
        is_plain = key == _MTIME and fits_in_octal(LONG_NUMBER_SIZE, time.seconds)
        if not is_plain:
            self._rule_out(USTAR, name, time)
        if not is_plain or time.nanoseconds:
            self._prefers_pax = True  # USTAR would drop the fraction
            self.records[key] = value
        self._keep(key, value)


def _header_error(*reasons: str) -> ArchiveError:
    said = "; and ".join(filter(None, reasons))
    return ArchiveError("archive/tar: cannot encode header" + (f": {said}" if said else ""))


def _encode_all(texts: Mapping[str, str] | None) -> dict[bytes, bytes]:
    return {encode(key): encode(value) for key, value in (texts or {}).items()}


def _int64(name: str, number: int) -> int:
    if -MAX_INT64 - 1 <= number <= MAX_INT64:
        return number
    raise _header_error(f"{name}={number} does not fit in 64 bits")


def _time(name: str, time: Time | None) -> Time | None:
    if time is not None:
        _int64(name, time.seconds)
        if not 0 <= time.nanoseconds < _NANOSECONDS:
            raise _header_error(f"{name} has {time.nanoseconds} nanoseconds")
    return time


def _type(typeflag: str) -> int:
    if len(typeflag) == 1 and ord(typeflag) <= 0xFF:
        return ord(typeflag)
    raise _header_error(f"Typeflag={quote(typeflag)} is not one byte")


def _rounded(time: Time | None) -> Time | None:
    """``Time.Round(time.Second)``, which stops at Go's last second."""
    if time is None or not time.nanoseconds:
        return time
    if 2 * time.nanoseconds < _NANOSECONDS:
        return Time(time.seconds, 0)
    # Go counts from the year 1, and does not count past the last second.
    is_last = as_int64(time.seconds - ZERO_TIME.seconds) == MAX_INT64
    return Time(time.seconds if is_last else as_int64(time.seconds + 1), 0)
