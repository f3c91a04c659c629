# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Reads one record of comma-separated values: Go's encoding/csv, as pflag's lists need it."""

from __future__ import annotations

__all__ = ["CSVError", "read_record"]

_BARE_QUOTE = 'bare " in non-quoted-field'
_QUOTE = 'extraneous or missing " in quoted-field'


class CSVError(ValueError):
    """A text that is no record; its own text is Go's."""


class _Lines:
    """The lines of a text, each with its ``\\n``, numbered from 1."""

    def __init__(self, text: str) -> None:
        *ended, last = text.split("\n")
        self._lines = [f"{line.removesuffix(chr(13))}\n" for line in ended]
        # A carriage return before the end of the text is dropped, but it is a line.
        self._lines += [last.removesuffix("\r")] if last else []
        self.number = 0

    def next(self) -> str | None:
        """The next line, ``None`` at the end."""
        self.number += 1
        return self._lines[self.number - 1] if self.number <= len(self._lines) else None


def read_record(text: str) -> list[str]:
    r"""The fields of the first record (``csv.Reader.Read``); columns are counted in bytes.

    >>> read_record('a,"b,c"')
    ['a', 'b,c']

    Raises:
        CSVError: quotes are where they must not be, or there is no record.
    """
    return _Record(_Lines(text)).fields


class _Record:
    """The first record, and where its reader stands."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        line = lines.next()
        while line == "\n":
            line = lines.next()
        if line is None:
            raise CSVError("EOF")
        self._rest = line
        self._first = self._line = lines.number
        self._column = 1
        self.fields: list[str] = []
        while self._read_quoted() if self._rest.startswith('"') else self._read_plain():
            pass

    def _read_plain(self) -> bool:
        """Read a field without quotes; whether another one follows."""
        field, comma, rest = self._rest.partition(",")
        field = field if comma else field.removesuffix("\n")
        before, quote, _ = field.partition('"')
        if quote:
            raise self._error(self._lines.number, self._column + _size(before), _BARE_QUOTE)
        self.fields.append(field)
        self._rest = rest
        self._column += _size(field) + 1
        return bool(comma)

    def _read_quoted(self) -> bool:
        """Read a field in quotes, of several lines perhaps; whether another one follows."""
        self._take('"')
        self._line = self._lines.number
        field = ""
        while True:
            before, quote, _ = self._rest.partition('"')
            if not quote:
                field += self._rest
                self._next_line()
                continue
            field += before
            self._take(f'{before}"')
            if self._rest.startswith('"'):
                field += '"'
                self._take('"')
            elif self._rest.startswith(","):
                self.fields.append(field)
                self._take(",")
                return True
            elif self._rest in ("", "\n"):
                self.fields.append(field)
                return False
            else:
                raise self._error(self._lines.number, self._column - 1, _QUOTE)

    def _next_line(self) -> None:
        if not self._rest:
            raise self._error(self._line, self._column, _QUOTE)
        self._column += _size(self._rest)
        self._rest = self._lines.next() or ""
        if self._rest:
            self._line, self._column = self._line + 1, 1

    def _take(self, text: str) -> None:
        self._rest = self._rest[len(text) :]
        self._column += _size(text)

    def _error(self, line: int, column: int, reason: str) -> CSVError:
        where = f"parse error on line {line}, column {column}: {reason}"
        if self._first == line:
            return CSVError(where)
        return CSVError(f"record on line {self._first}; {where}")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
