# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Points in time as Go's time.Time reads and writes them: in JSON, and as ``%v`` prints them.

JSON is RFC 3339, with Go's leniency; other layouts are not here.
"""

from __future__ import annotations

import re
import time

from pyggcr.errors import JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from pyggcr._typing import NamedTuple


__all__ = ["ZERO", "Instant", "format_rfc3339", "local_text", "parse_rfc3339"]

_LAYOUT = "2006-01-02T15:04:05Z07:00"
_DAY = 86_400
_NANO_DIGITS = 9

_STRICT = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))"
)


class Instant(NamedTuple):
    """Seconds since 1970 UTC, nanoseconds, and the zone's offset from UTC in seconds."""

    seconds: int
    nanoseconds: int = 0
    offset: int = 0


# time.Time{}: the first second of the year 1.
ZERO = Instant(-62_135_596_800)

# Seconds from the first of March of Go's absoluteYears before the year 0, until 1970.
_ABSOLUTE_YEARS = 292_277_022_400
_UNIX_TO_ABSOLUTE = (_ABSOLUTE_YEARS // 400 * 146_097 + 306 + 719_162) * _DAY


def parse_rfc3339(value: bytes) -> Instant:
    """The instant (``Time.UnmarshalJSON`` without the quotes).

    Raises:
        JSONError: Go's ``parsing time …``.
    """
    match = _STRICT.fullmatch(value)
    if match:
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
        fraction, sign, zone_hour, zone_minute = match.groups()[6:]
        if (
            1 <= month <= 12
            and 1 <= day <= _days_in(month, year)
            and hour < 24
            and minute < 60
            and second < 60
            and int(zone_hour or 0) < 24
            and int(zone_minute or 0) < 60
        ):
            offset = (int(zone_hour or 0) * 60 + int(zone_minute or 0)) * 60
            offset = -offset if sign == b"-" else offset
            return _instant(year, month, day, hour, minute, second, fraction or b"", offset)
    return _Lenient(value).parse()


def format_rfc3339(instant: Instant) -> str:
    """The text (``Time.MarshalJSON`` without the quotes).

    Raises:
        JSONError: the year has no four digits, or the zone is a day or more away.
    """
    days, seconds = divmod(instant.seconds + instant.offset, _DAY)
    year, month, day = _civil(days)
    if not 0 <= year <= 9999:
        raise _unmarshalable("year outside of range [0,9999]")
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    if instant.nanoseconds:
        text += f".{instant.nanoseconds:09}".rstrip("0")
    if not instant.offset:
        return text + "Z"
    sign = "-" if instant.offset < 0 else "+"
    hours, minutes = divmod(abs(instant.offset) // 60, 60)
    if hours >= 24:
        raise _unmarshalable("timezone hour outside of range [0,23]")
    return f"{text}{sign}{hours:02}:{minutes:02}"


def local_text(seconds: int, nanoseconds: int) -> str:
    """``time.Unix(seconds, nanoseconds).String()``, in the machine's time zone as in Go."""
    offset, zone = _local_zone(seconds)
    # Go counts seconds from a year before any int64 can reach, in a uint64 that wraps around.
    days, second_of_day = divmod((seconds + offset + _UNIX_TO_ABSOLUTE) % (1 << 64), _DAY)
    year, month, day = _civil(days - _UNIX_TO_ABSOLUTE // _DAY)
    minutes, second = divmod(second_of_day, 60)
    hour, minute = divmod(minutes, 60)
    sign = "-" if year < 0 else ""
    text = f"{sign}{abs(year):04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    if nanoseconds:
        text += f".{nanoseconds:09}".rstrip("0")
    east = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{text} {east}{hours:02}{minutes:02} {zone}"


def _local_zone(seconds: int) -> tuple[int, str]:
    """Offset from UTC in seconds, and the zone's abbreviation."""
    try:
        local = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        # Python's calendar does not reach as far as Go's; daylight saving time is left out there.
        return -time.timezone, time.tzname[0]
    return local.tm_gmtoff, local.tm_zone


def _unmarshalable(reason: str) -> JSONError:
    return JSONError(
        f"json: error calling MarshalJSON for type v1.Time: Time.MarshalJSON: {reason}"
    )


def _instant(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    fraction: bytes,
    offset: int,
) -> Instant:
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset
    nanoseconds = int(fraction[:_NANO_DIGITS].ljust(_NANO_DIGITS, b"0"))
    return Instant(seconds, nanoseconds, offset)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 in the Gregorian calendar, whose year 0 Python's datetime lacks."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (
        era * 146_097
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - 719_468
    )


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day: the inverse of ``_days``."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return era * 400 + year + (month <= 2), month, day


def _days_in(month: int, year: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class _Lenient:
    """``time.Parse`` with RFC 3339's layout: it also takes one-digit hours, a comma, odd zones."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self._rest = value

    def parse(self) -> Instant:
        year = self._year()
        self._literal("-")
        month = self._number("01")
        if not 1 <= month <= 12:
            raise self._range_error("month")
        self._literal("-")
        day = self._number("02")
        self._literal("T")
        hour = self._hour()
        self._literal(":")
        minute = self._number("04")
        if minute >= 60:
            raise self._range_error("minute")
        self._literal(":")
        second = self._number("05")
        if second >= 60:
            raise self._range_error("second")
        fraction = self._fraction()
        offset = self._zone()
        if self._rest:
            raise self._error_with(f": extra text: {_quote(self._rest)}")
        if not 1 <= day <= _days_in(month, year):
            raise self._range_error("day")
        return _instant(year, month, day, hour, minute, second, fraction, offset)

    def _year(self) -> int:
        text = self._rest[:4]
        if len(text) < 4 or not text[:1].isdigit() or not text.isdigit():
            raise self._mismatch("2006", self._rest)
        self._rest = self._rest[4:]
        return int(text)

    def _number(self, element: str) -> int:
        text = self._rest[:2]
        if len(text) < 2 or not text.isdigit():
            raise self._mismatch(element, self._rest)
        self._rest = self._rest[2:]
        return int(text)

    def _hour(self) -> int:
        digits = 2 if self._rest[1:2].isdigit() else 1
        text = self._rest[:digits]
        if not text.isdigit():
            raise self._mismatch("15", self._rest)
        self._rest = self._rest[digits:]
        if int(text) >= 24:
            raise self._range_error("hour")
        return int(text)

    def _fraction(self) -> bytes:
        match = re.match(rb"[.,](\d+)", self._rest)
        if match is None:
            return b""
        self._rest = self._rest[match.end() :]
        return match[1]

    def _zone(self) -> int:
        hold = self._rest
        if hold.startswith(b"Z"):
            self._rest = hold[1:]
            return 0
        if len(hold) < 6 or hold[3:4] != b":":
            raise self._mismatch("Z07:00", hold)
        self._rest = hold[6:]
        hour, minute = hold[1:3], hold[4:6]
        # What is no number counts as zero until the range is checked.
        hours = int(hour) if hour.isdigit() else 0
        minutes = int(minute) if hour.isdigit() and minute.isdigit() else 0
        if minutes > 60:
            raise self._range_error("time zone offset minute")
        if hours > 24:
            raise self._range_error("time zone offset hour")
        if not (hour.isdigit() and minute.isdigit() and hold[:1] in (b"+", b"-")):
            raise self._mismatch("Z07:00", hold)
        offset = (hours * 60 + minutes) * 60
        return -offset if hold[:1] == b"-" else offset

    def _literal(self, text: str) -> None:
        if self._rest[:1] != text.encode():
            raise self._mismatch(text, self._rest)
        self._rest = self._rest[1:]

    def _mismatch(self, element: str, rest: bytes) -> JSONError:
        return JSONError(
            f'parsing time {_quote(self._value)} as "{_LAYOUT}": '
            f'cannot parse {_quote(rest)} as "{element}"'
        )

    def _range_error(self, what: str) -> JSONError:
        return self._error_with(f": {what} out of range")

    def _error_with(self, message: str) -> JSONError:
        return JSONError(f"parsing time {_quote(self._value)}{message}")


def _quote(value: bytes) -> str:
    """The package time's own way to quote: bytes beyond ASCII and controls in hex."""
    pieces = []
    for byte in value:
        if byte >= 0x80 or byte < 0x20:
            pieces.append(f"\\x{byte:02x}")
        elif byte in b'"\\':
            pieces.append("\\" + chr(byte))
        else:
            pieces.append(chr(byte))
    return '"' + "".join(pieces) + '"'
