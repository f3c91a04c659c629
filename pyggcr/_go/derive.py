"""The functions of a Go package, derived from the library's table.

Python's name of a Go function follows from Go's: ``partial.FSLayers`` is ``fs_layers``. Its
parameters are keyword arguments, with the names that native/ registered. A package that needs
nothing else has no module here; in one that does, the module's ``__getattr__`` comes from here.
"""

from __future__ import annotations

import re

from pyggcr._go import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from typing import Any

__all__ = ["Derived", "Package", "function", "go_name", "python_name"]

# Initialisms stay one word, with the s of their plural: DiffIDs is diff_ids.
_WORDS = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]{2,}(?=[A-Z][a-z]|$)|[A-Z][a-z0-9]*")


def python_name(go_name: str) -> str:
    """Python's name of a Go function: ``DiffIDToBlob`` is ``diff_id_to_blob``."""
    return "_".join(_WORDS.findall(go_name)).lower()


def go_name(package: str, name: str) -> str:
    """The Go name of a function of a package.

    Raises:
        AttributeError: the table has no such function.
    """
    for full in table.functions():
        begin, _, last = full.partition(".")
        if begin == package and python_name(last) == name:
            return full
    raise AttributeError(f"the Go engine has no function {package}.{name}")


class Derived:
    """A function of the table that takes its arguments by keyword."""

    def __init__(self, package: str, name: str, inner: table.Function) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"``{inner.name}`` of the Go engine."
        self._package = package
        self._inner = inner
        self._words = tuple(word for word, _kind in inner.parameters)

    def __call__(self, **given: object) -> Any:
        words = self._words
        if given.keys() != set(words):
            raise TypeError(
                f"{self._package}.{self.__name__}() takes {', '.join(words)}, "
                f"not {', '.join(given)}"
            )
        return self._inner(*[given[word] for word in words])

    @property
    def __signature__(self) -> inspect.Signature:
        """What ``inspect.signature`` shows."""
        import inspect

        keyword = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([inspect.Parameter(word, keyword) for word in self._words])


def function(package: str, name: str) -> Derived:
    """The function of a package with this Python name; it takes keyword arguments.

    Raises:
        AttributeError: the table has no such function.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    return Derived(package, name, table.function(go_name(package, name)))


class Package:
    """A Go package of which every function is derived."""

    def __init__(self, name: str) -> None:
        self.__name__ = f"pyggcr._go.{name}"
        self._name = name

    def __getattr__(self, name: str) -> Derived:
        found = function(self._name, name)
        setattr(self, name, found)
        return found
