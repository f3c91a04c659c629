"""The public names of pyggcr: what users call, and so what docstrings have to document.

A module is public if the documentation site has a page for it (``tools.site.pages``). Its public
names are those in ``__all__``, wherever they are defined, and of a class also the methods and
properties without a leading underscore, whichever class of pyggcr defines them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from tools.site import pages


class Member(NamedTuple):
    """A public function, method, property or class, and how it is found."""

    module: str  # the public module
    owner: type | None  # the class that defines it, if it is a method or a property
    attribute: str
    value: Any  # as it stands in the module or in the class

    @property
    def key(self) -> str:
        """Where it is defined: the same for all modules that export it."""
        if self.owner is not None:
            return f"{self.owner.__module__}.{self.owner.__qualname__}.{self.attribute}"
        return f"{self.value.__module__}.{self.value.__qualname__}"

    @property
    def function(self) -> Any:
        """The function under the decorators: the getter of a property; a class as it is."""
        return underlying(self.value)

    @property
    def is_property(self) -> bool:
        return isinstance(self.value, (property, functools.cached_property))


def underlying(value: Any) -> Any:
    """What a decorator wraps."""
    if isinstance(value, property):
        value = value.fget
    elif isinstance(value, functools.cached_property):
        value = value.func
    elif isinstance(value, (classmethod, staticmethod)):
        value = value.__func__
    return value if inspect.isclass(value) else inspect.unwrap(value)


@functools.cache
def public_modules() -> tuple[str, ...]:
    """The public modules by their names, sorted."""
    return tuple(sorted(pages.public_modules()))


@functools.cache
def members(module: str) -> tuple[Member, ...]:
    """The public functions and classes of a module, and the members of the classes."""
    loaded = importlib.import_module(module)
    found = []
    for name in getattr(loaded, "__all__", ()):
        value = getattr(loaded, name)
        if inspect.isclass(value) and _is_ours(value):
            found.append(Member(module, None, name, value))
            found += _members_of(module, value)
        elif inspect.isroutine(value) and _is_ours(inspect.unwrap(value)):
            found.append(Member(module, None, name, value))
    return tuple(found)


def _members_of(module: str, kind: type) -> Iterator[Member]:
    seen = set()
    for owner in kind.__mro__:
        for name, value in vars(owner).items():
            if name.startswith("_") or name in seen or not _is_ours(owner):
                continue
            seen.add(name)
            if is_documented(value):
                yield Member(module, owner, name, value)


def is_documented(value: Any) -> bool:
    """Whether a member of a class has a docstring of its own: a method or a property."""
    kinds = (property, functools.cached_property, classmethod, staticmethod, types.FunctionType)
    return isinstance(value, kinds)


def _is_ours(value: Any) -> bool:
    return f"{value.__module__}.".startswith("pyggcr.")
