"""What a few modules need of ``typing`` when they run, for those that every command loads.

To import ``typing`` takes longer than to parse a command line. Type checkers see the real names:

    TYPE_CHECKING = False
    if TYPE_CHECKING:
        from typing import Protocol
    else:
        from pyggcr._typing import Protocol
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Value

__all__ = [
    "Any",
    "BinaryIO",
    "Generic",
    "Literal",
    "NamedTuple",
    "Protocol",
    "TypeVar",
    "TypedDict",
    "cast",
    "get_args",
]

Any = BinaryIO = object


class Protocol:
    """A class that says what others must have."""


class Generic:
    """``Generic[T]`` is a class like any other, and so is a class ``C[T]``."""

    def __class_getitem__(cls, _parameters: object) -> type:
        return cls


class Literal:
    """``Literal[...]`` is the tuple of its values, and of those of literals in it."""

    def __class_getitem__(cls, values: Value) -> tuple[str, ...]:
        found: list[str] = []
        for value in values if isinstance(values, tuple) else (values,):
            found += value if isinstance(value, tuple) else (value,)
        return tuple(found)


def get_args(literal: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a literal."""
    return literal


def cast(_kind: object, value: Value) -> Value:
    """The value itself."""
    return value


def TypeVar(name: str, *_of: object, **_bound: object) -> str:  # noqa: N802
    """Its name."""
    return name


class TypedDict(dict[str, object]):
    """A dictionary whose keys only type checkers know."""

    keys_of_all: dict[str, object]

    def __init_subclass__(cls, *, total: bool = True) -> None:
        """Give the class the keys of its bases, too; ``total`` is for type checkers."""
        keys: dict[str, object] = {}
        for base in cls.__bases__:
            keys.update(getattr(base, "keys_of_all", {}))
        keys.update(vars(cls).get("__annotations__", {}))
        cls.keys_of_all = cls.__annotations__ = keys


class _NamedTuples(type):
    def __new__(cls, name: str, _bases: object, members: dict[str, Value]) -> Value:
        fields = members["__annotations__"]
        defaults = [members[it] for it in fields if it in members]
        # For its speed; see typing.NamedTuple, which does the same.
        make: Value = namedtuple  # noqa: PYI024
        made = make(name, fields, defaults=defaults, module=members["__module__"])
        for key, value in members.items():
            if key not in fields and key not in ("__module__", "__qualname__", "__annotations__"):
                setattr(made, key, value)
        return made


NamedTuple = type.__new__(_NamedTuples, "NamedTuple", (), {})
