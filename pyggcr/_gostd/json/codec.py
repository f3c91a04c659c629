# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Whole documents: ``json.Decoder.Decode``, ``json.Unmarshal`` and ``json.Marshal``."""

from __future__ import annotations

from pyggcr._gostd.json.scanner import UnexpectedEndError, scan, skip_space, syntax_error
from pyggcr._gostd.json.state import State
from pyggcr._gostd.json.structs import struct_of
from pyggcr.errors import Error, JSONError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from pyggcr._gostd.json.kinds import Kind
    from pyggcr._gostd.json.scanner import Node
else:
    from pyggcr._typing import TypeVar

__all__ = ["decode", "decode_strictly", "marshal", "salvage", "unmarshal"]

_T = TypeVar("_T")


def decode(data: bytes, kind: Kind[_T], *, tail_error: Error | None = None) -> _T:
    """The first value in the data, as ``json.NewDecoder(r).Decode`` takes it.

    Args:
        data: what the reader gives; what stands behind the value is not looked at.
        kind: what the value shall become.
        tail_error: what the reader says after the data, if that is not just the end.

    Raises:
        JSONError: it is malformed, or of the wrong type.
        InvalidHashError: a digest in it is none.
        TruncatedError: there is no value, or no whole one.
    """
    try:
        node, end = scan(data)
        # Only brackets tell that a value is complete; else Go reads on.
        if tail_error is not None and isinstance(node, bytes) and end == len(data):
            raise UnexpectedEndError
    except UnexpectedEndError:
        if tail_error is not None:
            raise tail_error from None
        is_blank = skip_space(data, 0) == len(data)
        raise TruncatedError("EOF" if is_blank else "unexpected EOF") from None
    return _convert(node, kind)


def decode_strictly(data: bytes, kind: Kind[_T]) -> tuple[_T, bool]:
    """The first value, which may have no unknown fields (``Decoder.DisallowUnknownFields``).

    Returns:
        The value, and whether there is another one behind it (``Decoder.More``).

    Raises:
        Error: as ``decode``.
    """
    try:
        node, end = scan(data)
    except UnexpectedEndError:
        is_blank = skip_space(data, 0) == len(data)
        raise TruncatedError("EOF" if is_blank else "unexpected EOF") from None
    value = _convert(node, kind, State(knows_all_fields=True))
    return value, data[skip_space(data, end) :][:1] not in (b"", b"]", b"}")


def unmarshal(data: bytes, kind: Kind[_T]) -> _T:
    """The value that the data is, as ``json.Unmarshal`` takes it.

    Raises:
        JSONError: it is malformed, not complete, or of the wrong type, or something follows it.
    """
    return _convert(_whole(data), kind)


def salvage(data: bytes, kind: Kind[_T]) -> _T:
    """What ``json.Unmarshal`` leaves in a value when nobody looks at its error.

    That is nothing where the data is malformed, else all that is of the right type.
    """
    try:
        node = _whole(data)
    except JSONError:
        return kind.zero()
    return kind.decode(node, kind.zero(), State())


def _whole(data: bytes) -> Node:
    try:
        node, end = scan(data)
    except UnexpectedEndError:
        node, end = _scan_with_space(data)
    rest = skip_space(data, end)
    if rest < len(data):
        raise syntax_error(data, rest, "after top-level value")
    return node


def _scan_with_space(data: bytes) -> tuple[Node, int]:
    """What Go finds in data that is not complete: to it the end is a space (``scanner.eof``)."""
    try:
        return scan(data + b" ")
    except UnexpectedEndError:
        raise JSONError("unexpected end of JSON input") from None


def _convert(node: Node, kind: Kind[_T], state: State | None = None) -> _T:
    state = state or State()
    value = kind.decode(node, kind.zero(), state)
    if state.saved is not None:
        raise state.saved
    return value


def marshal(value: object) -> bytes:
    """A document that was declared as a struct, as ``json.Marshal`` writes it.

    Raises:
        JSONError: a time in it cannot be written.
    """
    return struct_of(type(value)).encode(value).encode("utf-8")
