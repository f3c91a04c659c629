# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Go's structs: fields by name, as dataclasses declare them."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import strconv
from pyggcr._gostd.json.kinds import Kind
from pyggcr._gostd.json.scanner import Node, Object
from pyggcr._gostd.json.text import fold, unquote
from pyggcr.errors import JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from pyggcr._gostd.json.state import State
else:
    from pyggcr._typing import TypeVar

__all__ = ["Field", "Struct", "struct_of"]

_T = TypeVar("_T")

_STRUCTS: dict[type, Struct[Any]] = {}


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the attribute in Python, the name in JSON, its kind."""

    attribute: str
    name: str
    kind: Kind[Any]
    omitempty: bool = False


class Struct(Kind[_T]):
    """A struct type over a dataclass whose constructor takes the attributes by name.

    A document may leave out fields, name them in any case, more than once, or name others.
    """

    def __init__(self, name: str, type_: type[_T], *fields: Field) -> None:
        """Take Go's name with its package, the dataclass, and the fields in Go's order."""
        self.name = name
        self._short_name = name.rpartition(".")[2]
        self._type = type_
        self._fields = fields
        self._exact = {field.name: field for field in fields}
        self._folded = {fold(field.name): field for field in fields}
        _STRUCTS[type_] = self

    def zero(self) -> _T:
        return self._type(**{field.attribute: field.kind.zero() for field in self._fields})

    def decode(self, node: Node, current: _T, state: State) -> _T:
        if not isinstance(node, Object):
            return self.refuse(node, current, state)
        values = {field.attribute: getattr(current, field.attribute) for field in self._fields}
        outer = state.struct
        for quoted, item in node:
            name = unquote(quoted)
            field = self._exact.get(name) or self._folded.get(fold(name))
            if field is None:
                if state.knows_all_fields:
                    state.save(JSONError(f"json: unknown field {strconv.quote(name)}"))
                continue
            state.struct = self._short_name
            state.fields.append(field.name)
            values[field.attribute] = field.kind.decode(item, values[field.attribute], state)
            state.fields.pop()
            state.struct = outer
        return self._type(**values)

    def encode(self, value: _T) -> str:
        members = []
        for field in self._fields:
            item = getattr(value, field.attribute)
            if not (field.omitempty and field.kind.is_empty(item)):
                members.append(f'"{field.name}":{field.kind.encode(item)}')
        return "{" + ",".join(members) + "}"

    def is_empty(self, _value: _T) -> bool:
        return False  # omitempty knows no empty structs


def struct_of(type_: type) -> Struct[Any]:
    """The struct that was declared for a dataclass."""
    return _STRUCTS[type_]
