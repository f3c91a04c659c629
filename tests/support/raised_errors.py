"""Which errors the public functions raise while the tests of the contract run.

    PYTHONPATH=tests python -m support.raised_errors        # record anew: tests/data/raises.json
    PYTHONPATH=tests python -m support.raised_errors tests/contract/test_name.py  # add to it

The record has the classes of ``pyggcr.errors`` for each function or method that raised one.
What an engine's class raises counts for the public class that it implements.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyggcr
from pyggcr import errors
from support.public_names import is_documented, members, public_modules

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "data" / "raises.json"

seen: dict[str, set[str]] = defaultdict(set)


def public_class(error: BaseException) -> str:
    """The name of the class in ``pyggcr.errors`` that the class of an error is, or derives from."""
    return next(it.__name__ for it in type(error).__mro__ if it.__module__ == errors.__name__)


def watch_everything() -> None:
    """Wrap all public functions and methods, wherever they have been imported."""
    for it in pkgutil.walk_packages(pyggcr.__path__, "pyggcr."):
        # What lacks a dependency is not called either.
        with contextlib.suppress(ImportError):
            if it.name != "pyggcr.__main__":
                importlib.import_module(it.name)
    keys = {}
    for module in public_modules():
        for member in members(module):
            if member.owner is not None:
                keys[member.owner, member.attribute] = member.key
            elif inspect.isfunction(member.value):
                _replace(member.value, _watched(member.value, [member.key]))
    for kind in set(_subclasses(object)):
        if f"{kind.__module__}.".startswith("pyggcr."):
            _watch_class(kind, keys)


def _subclasses(kind: type) -> Iterator[type]:
    for it in type.__subclasses__(kind):
        yield it
        yield from _subclasses(it)


def _watch_class(kind: type, keys: dict[tuple[type, str], str]) -> None:
    for name, value in list(vars(kind).items()):
        found = [keys[base, name] for base in kind.__mro__ if (base, name) in keys]
        if found and is_documented(value):
            setattr(kind, name, _rewrapped(value, found, name))


def _rewrapped(value: Any, found: list[str], name: str) -> Any:
    if isinstance(value, property):
        return property(_watched(value.fget, found), value.fset, value.fdel, value.__doc__)
    if isinstance(value, functools.cached_property):
        again = functools.cached_property(_watched(value.func, found))
        again.__set_name__(object, name)
        return again
    if isinstance(value, (classmethod, staticmethod)):
        return type(value)(_watched(value.__func__, found))
    return _watched(value, found)


def _watched(function: Any, found: list[str]) -> Any:
    @contextlib.contextmanager
    def watching() -> Iterator[None]:
        try:
            yield
        except errors.Error as error:
            for key in found:
                seen[key].add(public_class(error))
            raise

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            with watching():
                return (yield from function(*args, **kwargs))

        return generator

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with watching():
            return function(*args, **kwargs)

    return wrapper


def _replace(old: Any, new: Any) -> None:
    for name, module in list(sys.modules.items()):
        if f"{name}.".startswith("pyggcr."):
            for attribute, value in list(vars(module).items()):
                if value is old:
                    setattr(module, attribute, new)


def recorded() -> dict[str, list[str]]:
    """The record, by the places where functions are defined."""
    return json.loads(RECORD.read_text("utf-8"))


def main(arguments: list[str]) -> int:
    """Run the tests, and write what was seen; with arguments, beside what is recorded."""
    watch_everything()
    early = "ignore::pytest.PytestAssertRewriteWarning"  # pyggcr.testing has loaded hypothesis
    command = ["-q", "-p", "no:xdist", "-W", early, *arguments]
    if not any(Path(it.partition("::")[0]).exists() for it in arguments):
        command.append(str(ROOT / "tests" / "contract"))
    code = pytest.main(command)
    found = {key: set(names) for key, names in recorded().items()} if arguments else {}
    for key, names in seen.items():
        found.setdefault(key, set()).update(names)
    text = json.dumps({key: sorted(found[key]) for key in sorted(found)}, indent=0)
    RECORD.write_text(f"{text}\n", "utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
