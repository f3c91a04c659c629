# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Go's types as JSON sees them: how each takes a value, and how each is written.

``decode`` gets the value that is there already, since Go decodes into memory that may hold
something: a document can name a field twice. nil and empty are different: ``None`` is nil.
"""

from __future__ import annotations

import abc
import math
import re
from collections.abc import Callable

from pyggcr._gostd import base64
from pyggcr._gostd.json.scanner import Array, Node, Object, describe
from pyggcr._gostd.json.text import quote, unquote
from pyggcr._gostd.strconv import normalize
from pyggcr.errors import JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar, cast

    from pyggcr._gostd.json.state import State
else:
    from pyggcr._typing import Any, Generic, TypeVar, cast

__all__ = [
    "ANY",
    "BOOL",
    "BYTES",
    "STRING",
    "Integer",
    "Kind",
    "Map",
    "Pointer",
    "Set",
    "Slice",
    "String",
    "Unmarshaler",
]

_T = TypeVar("_T")
_NULL = b"null"
_QUOTE = ord('"')
_INTEGER = re.compile(rb"-?[0-9]+")


class Kind(abc.ABC, Generic[_T]):
    """One of Go's types; ``name`` is what errors call it (``reflect.Type.String``)."""

    name: str

    @abc.abstractmethod
    def zero(self) -> _T:
        """Go's zero value."""

    @abc.abstractmethod
    def decode(self, node: Node, current: _T, state: State) -> _T:
        """The value that ``current`` becomes; what does not fit is noted in ``state``."""

    @abc.abstractmethod
    def encode(self, value: _T) -> str:
        """The JSON text."""

    def is_empty(self, value: _T) -> bool:
        """Whether ``omitempty`` leaves the value out."""
        return not value

    def refuse(self, node: Node, current: _T, state: State) -> _T:
        """Note that the node does not fit; the value stays."""
        if node != _NULL:
            state.save(state.type_error(describe(node), self.name))
        return current


def _is_string(node: Node) -> bool:
    return isinstance(node, bytes) and node[0] == _QUOTE


def _is_number(node: Node) -> bool:
    return isinstance(node, bytes) and node[0] in b"-0123456789"


class String(Kind[str]):
    """A string type."""

    def __init__(self, name: str = "string", make: Callable[[str], str] = str) -> None:
        """Take Go's name of the type, and what makes a value of a text."""
        self.name = name
        self._make = make

    def zero(self) -> str:
        return self._make("")

    def decode(self, node: Node, current: str, state: State) -> str:
        if isinstance(node, bytes) and node[0] == _QUOTE:
            return self._make(unquote(node))
        return self.refuse(node, current, state)

    def encode(self, value: str) -> str:
        return quote(value)


class Integer(Kind[int]):
    """An integer type of 64 bits, or 8 bits without a sign."""

    def __init__(self, name: str, minimum: int = -(1 << 63), maximum: int = (1 << 63) - 1) -> None:
        self.name = name
        self._minimum = minimum
        self._maximum = maximum

    def zero(self) -> int:
        return 0

    def decode(self, node: Node, current: int, state: State) -> int:
        if not (isinstance(node, bytes) and _is_number(node)):
            return self.refuse(node, current, state)
        if _INTEGER.fullmatch(node) and not (node[:1] == b"-" and not self._minimum):
            value = _to_int(node)
            if self._minimum <= value <= self._maximum:
                return value
        state.save(state.type_error(f"number {node.decode('ascii')}", self.name))
        return current

    def encode(self, value: int) -> str:
        return str(value)


_MAX_DIGITS = 30  # more than a 64-bit number has, less than what Python refuses to convert


def _to_int(digits: bytes) -> int:
    # JSON has no leading zeros, so a longer number is out of any range.
    return int(digits) if len(digits) < _MAX_DIGITS else 1 << 100


class Bool(Kind[bool]):
    """``bool``."""

    name = "bool"

    def zero(self) -> bool:
        return False

    def decode(self, node: Node, current: bool, state: State) -> bool:
        if node in (b"true", b"false"):
            return node == b"true"
        return self.refuse(node, current, state)

    def encode(self, value: bool) -> str:
        return "true" if value else "false"


class Interface(Kind[Any]):
    """``any``: what a document has there, objects as dictionaries and arrays as lists.

    A number without a fraction is an ``int``, where Go has ``float64`` for all; both refuse what a
    ``float64`` cannot hold.
    """

    name = "interface {}"

    def zero(self) -> None:
        return None

    def decode(self, node: Node, _current: Any, state: State) -> Any:
        if isinstance(node, Object):
            return {unquote(name): self.decode(item, None, state) for name, item in node}
        if isinstance(node, Array):
            return [self.decode(item, None, state) for item in node]
        if _is_string(node):
            return unquote(node)
        if not _is_number(node):
            return _WORDS[node]
        number = float(node)
        if math.isfinite(number):
            return int(node) if _INTEGER.fullmatch(node) else number
        state.save(state.type_error(f"number {node.decode('ascii')}", "float64"))
        return None

    def encode(self, _value: Any) -> str:
        raise NotImplementedError("documents that are written have no values of any type")


_WORDS = {b"null": None, b"true": True, b"false": False}

STRING = String()
BOOL = Bool()
ANY = Interface()
_BYTE = Integer("uint8", 0, 255)


class _Distinct(bytes):
    """A single byte that is an object of its own; Python shares one ``bytes`` per value."""


class Bytes(Kind["bytes | None"]):
    """``[]byte``: base64 in a string, or an array of numbers."""

    name = "[]uint8"

    def zero(self) -> bytes | None:
        return None

    def decode(self, node: Node, current: bytes | None, state: State) -> bytes | None:
        if node == _NULL:
            return None
        if isinstance(node, Array):
            numbers = _decode_elements(_BYTE, node, state.elements_of(current), state)
            return state.cut(numbers, len(node), _Distinct if len(node) == 1 else bytes)
        if isinstance(node, bytes) and _is_string(node):
            try:
                return base64.decode(unquote(node).encode("utf-8"))
            except JSONError as error:
                state.save(error)
                return current
        return self.refuse(node, current, state)

    def encode(self, value: bytes | None) -> str:
        return "null" if value is None else f'"{base64.encode(value)}"'


BYTES = Bytes()


def _plain_texts(node: Array) -> list[str] | None:
    """The texts of an array of nothing but strings of ASCII without escapes, at one stroke."""
    if not node or any(type(item) is not bytes for item in node):
        return None
    joined = b"".join(cast("list[bytes]", node))
    if b"\\" in joined or not joined.isascii() or joined.count(b'"') != 2 * len(node):
        return None
    return joined[1:-1].decode("ascii").split('""')


def _decode_elements(kind: Kind[_T], node: Array, elements: list[_T], state: State) -> list[_T]:
    """Decode into the elements that are there, and more; those beyond the array stay."""
    room = len(elements)
    for index, item in enumerate(node):
        if index < room:
            elements[index] = kind.decode(item, elements[index], state)
        else:
            elements.append(kind.decode(item, kind.zero(), state))
    return elements


class Slice(Kind["list[_T] | None"]):
    """A slice type."""

    def __init__(self, element: Kind[_T], name: str | None = None) -> None:
        self.name: str = name or f"[]{element.name}"
        self._element = element

    def zero(self) -> list[_T] | None:
        return None

    def decode(self, node: Node, current: list[_T] | None, state: State) -> list[_T] | None:
        if node == _NULL:
            return None
        if not isinstance(node, Array):
            return self.refuse(node, current, state)
        if not current and self._element is STRING and (texts := _plain_texts(node)):
            return cast("list[_T]", texts)
        elements = _decode_elements(self._element, node, state.elements_of(current), state)
        return state.cut(elements, len(node), list)

    def encode(self, value: list[_T] | None) -> str:
        if value is None:
            return "null"
        encode = self._element.encode
        return "[" + ",".join([encode(item) for item in value]) + "]"


class Map(Kind["dict[Any, _T] | None"]):
    """A map type; keys are written in the order of their bytes."""

    def __init__(self, value: Kind[_T], name: str, key: Unmarshaler[Any] | None = None) -> None:
        """Take the values' kind, Go's name, and what keys are if they are no strings."""
        self.name = name
        self._value = value
        self._key = key

    def zero(self) -> dict[Any, _T] | None:
        return None

    def decode(
        self, node: Node, current: dict[Any, _T] | None, state: State
    ) -> dict[Any, _T] | None:
        if node == _NULL:
            return None
        if not isinstance(node, Object):
            return self.refuse(node, current, state)
        result = {} if current is None else current
        for name, item in node:
            value = self._value.decode(item, self._value.zero(), state)
            key = unquote(name) if self._key is None else self._key.decode(name, None, state)
            result[key] = value
        return result

    def encode(self, value: dict[Any, _T] | None) -> str:
        if value is None:
            return "null"
        members = sorted(((str(key), item) for key, item in value.items()), key=by_bytes)
        return (
            "{"
            + ",".join(f"{quote(key)}:{self._value.encode(item)}" for key, item in members)
            + "}"
        )


def by_bytes(member: tuple[str, Any]) -> bytes:
    return normalize(member[0]).encode("utf-8", "surrogateescape")


class Nothing(Kind[None]):
    """``struct{}``: any object."""

    name = "struct {}"

    def zero(self) -> None:
        return None

    def decode(self, node: Node, current: None, state: State) -> None:
        if not isinstance(node, Object):
            self.refuse(node, current, state)

    def encode(self, _value: None) -> str:
        return "{}"


class Set(Kind["set[str] | None"]):
    """``map[string]struct{}``."""

    name = "map[string]struct {}"

    def __init__(self) -> None:
        self._map: Map[None] = Map(Nothing(), self.name)

    def zero(self) -> set[str] | None:
        return None

    def decode(self, node: Node, current: set[str] | None, state: State) -> set[str] | None:
        members = None if current is None else dict.fromkeys(current)
        decoded = self._map.decode(node, members, state)
        return None if decoded is None else set(decoded)

    def encode(self, value: set[str] | None) -> str:
        return self._map.encode(None if value is None else dict.fromkeys(value))


class Pointer(Kind["_T | None"]):
    """A pointer type; errors call it by what it points to."""

    def __init__(self, target: Kind[_T]) -> None:
        self.name = target.name
        self._target = target

    def zero(self) -> _T | None:
        return None

    def decode(self, node: Node, current: _T | None, state: State) -> _T | None:
        if node == _NULL:
            return None
        return self._target.decode(node, self._target.zero() if current is None else current, state)

    def encode(self, value: _T | None) -> str:
        return "null" if value is None else self._target.encode(value)

    def is_empty(self, value: _T | None) -> bool:
        return value is None


class Unmarshaler(Kind[_T]):
    """A type with an UnmarshalJSON and a MarshalJSON of its own; its errors end the decoding."""

    def __init__(
        self,
        name: str,
        zero: _T,
        unmarshal: Callable[[Node, Any, State], _T],
        marshal: Callable[[_T], str],
    ) -> None:
        self.name = name
        self._zero = zero
        self._unmarshal = unmarshal
        self._marshal = marshal

    def zero(self) -> _T:
        return self._zero

    def decode(self, node: Node, current: Any, state: State) -> _T:
        return self._unmarshal(node, current, state)

    def encode(self, value: _T) -> str:
        return self._marshal(value)

    def is_empty(self, _value: _T) -> bool:
        return False  # omitempty knows no empty structs
