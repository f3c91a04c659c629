# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""What a decoder remembers on its way through a document (``decodeState`` of decode.go)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyggcr.errors import Error, JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = ["State"]

_S = TypeVar("_S", bound="Sequence[Any]")


class State:
    """Where the decoder is, what went wrong first, and what slices left unused.

    A value of the wrong type does not stop Go: it is noted, and reported in the end.
    """

    __slots__ = ("_spare", "fields", "knows_all_fields", "saved", "struct")

    def __init__(self, *, knows_all_fields: bool = False) -> None:
        """Begin; ``knows_all_fields`` makes a field that a struct does not have an error."""
        self.knows_all_fields: bool = knows_all_fields
        self.saved: Error | None = None
        self.struct: str = ""
        self.fields: list[str] = []
        self._spare: dict[int, tuple[Sequence[Any], list[Any]]] = {}

    def type_error(self, value: str, type_name: str) -> JSONError:
        """``UnmarshalTypeError``: a value of one kind where another is wanted."""
        if self.struct or self.fields:
            where = f"Go struct field {self.struct}.{'.'.join(self.fields)} of type {type_name}"
        else:
            where = f"Go value of type {type_name}"
        return JSONError(f"json: cannot unmarshal {value} into {where}")

    def save(self, error: Error) -> None:
        """Note an error, unless there is one already."""
        if self.saved is None:
            self.saved = error

    def elements_of(self, slice_: Sequence[Any] | None) -> list[Any]:
        """The elements that a slice has room for; those of a longer past are still there.

        A document may name a field twice. Go then decodes into the same memory, and what it
        does not overwrite stays.
        """
        if slice_ is None:
            return []
        _, spare = self._spare.get(id(slice_), (slice_, []))
        return [*slice_, *spare]

    def cut(self, elements: list[Any], length: int, make: Callable[[list[Any]], _S]) -> _S:
        """The first elements as a slice, which ``make`` makes; the others are its spare room."""
        slice_ = make(elements[:length])
        if length and length < len(elements):
            # The slice is kept too, so that its id stays its own.
            self._spare[id(slice_)] = (slice_, elements[length:])
        return slice_
