# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""JSON text to a tree of raw values: the grammar and the syntax errors of Go's scanner.go.

The tree keeps literals as the bytes that were written, so that the kinds in this package can
judge them as Go does. Nesting is handled with a list, not with recursion: Go allows a depth of
10,000. Nothing here knows about types.
"""

from __future__ import annotations

import re

from pyggcr._gostd.strconv import quote
from pyggcr.errors import JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias


__all__ = [
    "MAX_DEPTH",
    "Array",
    "Node",
    "Object",
    "UnexpectedEndError",
    "describe",
    "scan",
    "skip_space",
]

MAX_DEPTH = 10_000  # maxNestingDepth of scanner.go


class Array(list["Node"]):
    """The values of a JSON array."""

    __slots__ = ()


class Object(list[tuple[bytes, "Node"]]):
    """The members of a JSON object in the order written, duplicates included; keys are quoted."""

    __slots__ = ()


Node: TypeAlias = "bytes | Array | Object"


class UnexpectedEndError(Exception):
    """The data ends inside of a value (or before one); without a fault so far."""


_SPACE = re.compile(rb"[ \t\r\n]*")
# Bounded, as a match that fails is tried again from each place of a run; what is longer is rare.
_SOME_SPACE = rb"[ \t\r\n]{0,200}"
_PLAIN_STRING = rb'"[^"\\\x00-\x1f]{0,4000}"'
_NUMBER = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9.eE])"
# What begins a value, or ends an empty array. Whatever does not match is looked at in detail.
_VALUE = re.compile(
    _SOME_SPACE + rb"(" + _PLAIN_STRING + rb"|" + _NUMBER + rb"|[{\[\]]|true|false|null)"
)
# Elements of an array of strings, each with the comma behind it: there may be very many.
_STRINGS = re.compile(rb"(?:" + _SOME_SPACE + _PLAIN_STRING + _SOME_SPACE + rb",){2,1000}")
_STRING = re.compile(_PLAIN_STRING)
_KEY = re.compile(_SOME_SPACE + rb"(" + _PLAIN_STRING + rb"|})")
_MARK = re.compile(_SOME_SPACE + rb"([,:}\]])")
_PLAIN_RUN = re.compile(rb'[^"\\\x00-\x1f]*')
# A bounded number of escapes at a time bounds what the regular expression has to remember.
_ESCAPES = re.compile(
    rb'(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*){1,1000}',
)
_DIGITS = re.compile(rb"[0-9]*")
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_WORDS = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}
_BEGIN_VALUE = "looking for beginning of value"
_BEGIN_KEY = "looking for beginning of object key string"


def scan(data: bytes) -> tuple[Node, int]:
    """The first value of the data, and the offset of its end.

    Raises:
        JSONError: a syntax error, in Go's words.
        UnexpectedEndError: the value is not complete.
    """
    scanner = _Scanner(data)
    value = scanner.value()
    return value, scanner.position


def skip_space(data: bytes, position: int) -> int:
    """The offset of the first byte from ``position`` on that is not JSON's white space."""
    match = _SPACE.match(data, position)
    return match.end() if match else position


def describe(node: Node) -> str:
    """What ``UnmarshalTypeError.Value`` calls such a value; a number without its digits."""
    if isinstance(node, Array):
        return "array"
    if isinstance(node, Object):
        return "object"
    return {ord('"'): "string", ord("t"): "bool", ord("f"): "bool"}.get(node[0], "number")


def syntax_error(data: bytes, position: int, context: str) -> JSONError:
    """Go's complaint about the byte at ``position``."""
    char = chr(data[position])
    quoted = {"'": r"\'", '"': '"'}.get(char) or quote(char)[1:-1]
    return JSONError(f"invalid character '{quoted}' {context}")


class _Scanner:
    """Reads one value; ``position`` is where the next token starts."""

    __slots__ = ("data", "keys", "open", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.open: list[Array | Object] = []
        self.keys: list[bytes] = []  # of the open objects: the key whose value is being read

    def value(self) -> Node:
        token = self._value_token()
        while True:
            done: Node
            if token == b"{":
                self._push(Object())
                token = self._key_token()
                if token != b"}":
                    token = self._member(token)
                    continue
                done = self.open.pop()
            elif token == b"[":
                array = Array()
                self._push(array)
                if self._take_strings(array):
                    token = self._next_token()
                    continue
                token = self._value_token()
                if token != b"]":
                    continue
                done = self.open.pop()
            elif token == b"]":
                self._fail(_BEGIN_VALUE)
            else:
                done = token
            while self.open:
                if self._add(done):
                    break
                done = self.open.pop()
            else:
                return done
            token = self._next_token()

    def _take_strings(self, array: Array) -> bool:
        """Put the plain strings that begin an array into it, each up to its comma; if there are."""
        while run := _STRINGS.match(self.data, self.position):
            array += _STRING.findall(run[0])
            self.position = run.end()
        return bool(array)

    def _push(self, container: Array | Object) -> None:
        if len(self.open) == MAX_DEPTH:
            self._fail("exceeded max depth")
        self.open.append(container)

    def _add(self, value: Node) -> bool:
        """Put the value into the innermost container; whether another value follows there."""
        container = self.open[-1]
        if isinstance(container, Object):
            container.append((self.keys.pop(), value))
            end, context = b"}", "after object key:value pair"
        else:
            container.append(value)
            end, context = b"]", "after array element"
        mark = self._mark(context)
        if mark != b"," and mark != end:
            self._fail(context)
        return mark == b","

    def _next_token(self) -> bytes:
        """What comes after a comma."""
        if isinstance(self.open[-1], Array):
            token = self._value_token()
            if token == b"]":
                self._fail(_BEGIN_VALUE)
            return token
        key = self._key_token()
        if key == b"}":
            self._fail(_BEGIN_KEY)
        return self._member(key)

    def _member(self, key: bytes) -> bytes:
        self.keys.append(key)
        if self._mark("after object key") != b":":
            self._fail("after object key")
        return self._value_token()

    def _value_token(self) -> bytes:
        match = _VALUE.match(self.data, self.position) or self._behind_space(_VALUE)
        if match is None:
            return self._literal(_BEGIN_VALUE)
        self.position = match.end()
        return match[1]

    def _key_token(self) -> bytes:
        match = _KEY.match(self.data, self.position) or self._behind_space(_KEY)
        if match is None:
            return self._literal(_BEGIN_KEY)
        self.position = match.end()
        return match[1]

    def _mark(self, context: str) -> bytes:
        match = _MARK.match(self.data, self.position) or self._behind_space(_MARK)
        if match is None:
            self._fail(context, self._first())
        self.position = match.end()
        return match[1]

    def _behind_space(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """A match behind white space of any length, which is left behind for good."""
        self.position = skip_space(self.data, self.position)
        return pattern.match(self.data, self.position)

    def _first(self) -> int:
        """The offset of the next byte that is not white space."""
        position = skip_space(self.data, self.position)
        self._need(position)
        return position

    def _need(self, position: int) -> None:
        if position >= len(self.data):
            raise UnexpectedEndError

    def _fail(self, context: str, position: int | None = None) -> NoReturn:
        """Complain about a byte: the given one, or the mark that was just read."""
        where = self.position - 1 if position is None else position
        raise syntax_error(self.data, where, context)

    def _literal(self, context: str) -> bytes:
        """Read a literal that needs a closer look: long, unusual, broken or unfinished."""
        start = self._first()
        char = self.data[start]
        if char == ord('"'):
            end = self._string_end(start + 1)
        elif context == _BEGIN_KEY:
            self._fail(context, start)
        elif char in b"-0123456789":
            end = self._number_end(start)
        elif char in _WORDS:
            end = self._word_end(start, _WORDS[char])
        else:
            self._fail(context, start)
        self.position = end
        return self.data[start:end]

    def _string_end(self, position: int) -> int:
        while True:
            run = _PLAIN_RUN.match(self.data, position)
            position = run.end() if run else position
            self._need(position)
            if self.data[position] == ord('"'):
                return position + 1
            escapes = _ESCAPES.match(self.data, position)
            if escapes is None:
                self._bad_string(position)
            position = escapes.end()

    def _bad_string(self, position: int) -> NoReturn:
        if self.data[position] != ord("\\"):
            self._fail("in string literal", position)
        self._need(position + 1)
        if self.data[position + 1] != ord("u"):
            self._fail("in string escape code", position + 1)
        position += 2
        while position < len(self.data) and self.data[position] in _HEX_DIGITS:
            position += 1
        self._need(position)
        self._fail("in \\u hexadecimal character escape", position)

    def _number_end(self, position: int) -> int:
        if self.data[position] == ord("-"):
            position += 1
            self._need_digit(position, "in numeric literal")
        if self.data[position] == ord("0"):
            position += 1
        else:
            position = self._digits_end(position)
        if self.data[position : position + 1] == b".":
            self._need_digit(position + 1, "after decimal point in numeric literal")
            position = self._digits_end(position + 1)
        if self.data[position : position + 1] in (b"e", b"E"):
            signed = self.data[position + 1 : position + 2] in (b"+", b"-")
            position += 2 if signed else 1
            self._need_digit(position, "in exponent of numeric literal")
            position = self._digits_end(position)
        return position

    def _need_digit(self, position: int, context: str) -> None:
        self._need(position)
        if self.data[position] not in b"0123456789":
            self._fail(context, position)

    def _digits_end(self, position: int) -> int:
        match = _DIGITS.match(self.data, position)
        return match.end() if match else position

    def _word_end(self, start: int, word: bytes) -> int:
        for offset in range(1, len(word)):
            self._need(start + offset)
            if self.data[start + offset] != word[offset]:
                context = f"in literal {word.decode()} (expecting '{chr(word[offset])}')"
                self._fail(context, start + offset)
        return start + len(word)
