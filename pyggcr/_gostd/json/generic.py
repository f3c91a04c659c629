# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Objects of any values, which are written again: ``map[string]interface {}`` of encoding/json.

Numbers become ``float64``, objects ``map[string]interface {}``, arrays ``[]interface {}``.
"""

from __future__ import annotations

import math
from decimal import Decimal

from pyggcr._gostd.json.kinds import Interface, Kind, by_bytes
from pyggcr._gostd.json.scanner import Object
from pyggcr._gostd.json.text import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pyggcr._gostd.json.scanner import Node
    from pyggcr._gostd.json.state import State

__all__ = ["OBJECT", "members", "type_name"]

_NUMBER = b"-0123456789"


class _Value(Interface):
    """``interface {}``, with all numbers as ``float64`` as in Go, so that it can be written."""

    def decode(self, node: Node, current: Any, state: State) -> Any:
        if not isinstance(node, bytes) or node[0] not in _NUMBER:
            return super().decode(node, current, state)
        number = float(node)
        if math.isinf(number):
            state.save(state.type_error(f"number {node.decode('ascii')}", "float64"))
        return number

    def encode(self, value: Any) -> str:
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, float):
            return _number(value)
        if isinstance(value, list):
            return "[" + ",".join(map(self.encode, value)) + "]"
        return members({key: self.encode(item) for key, item in value.items()})


class _ObjectKind(Kind["dict[str, Any] | None"]):
    """``map[string]interface {}``."""

    name = "map[string]interface {}"
    value = _Value()

    def zero(self) -> dict[str, Any] | None:
        return None

    def decode(
        self, node: Node, current: dict[str, Any] | None, state: State
    ) -> dict[str, Any] | None:
        if node == b"null":
            return None
        if not isinstance(node, Object):
            return self.refuse(node, current, state)
        found: dict[str, Any] = self.value.decode(node, None, state)
        return found

    def encode(self, value: dict[str, Any] | None) -> str:
        return self.value.encode(value)


OBJECT = _ObjectKind()


def members(encoded: Mapping[str, str]) -> str:
    """An object of values that are JSON already, in the order of the keys' bytes."""
    ordered = sorted(encoded.items(), key=by_bytes)
    return "{" + ",".join(f"{quote(key)}:{value}" for key, value in ordered) + "}"


def type_name(value: Any) -> str:
    """What ``%T`` calls the value."""
    if value is None:
        return "<nil>"
    names = {bool: "bool", str: "string", float: "float64", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def _number(value: float) -> str:
    """A ``float64``: as few digits as tell it apart, with an exponent where it is far from 1."""
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    shortest = Decimal(repr(abs(value))).normalize()
    if value and not 1e-6 <= abs(value) < 1e21:
        digits = "".join(map(str, shortest.as_tuple().digits))
        exponent = shortest.adjusted()
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"
    return sign + format(shortest, "f")
