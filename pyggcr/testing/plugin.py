"""pytest fixtures that run image code on both engines.

Not loaded by itself: write ``pytest_plugins = ["pyggcr.testing.plugin"]`` in the topmost
``conftest.py``, or ``-p pyggcr.testing.plugin``. Needs the package pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import pytest

import pyggcr

__all__ = ["BothEngines", "both_engines", "pyggcr_engine"]

_T = TypeVar("_T")


class BothEngines:
    """Calls a function on both engines; that they answer the same is asserted.

    Answers are compared by ``==``, exceptions by class and text. A function that reads from disk
    or network is called twice.
    """

    def __call__(self, function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
        """The function's answer; or what it raises, if that is the same on both.

        Raises:
            AssertionError: the engines differ.
        """
        go, python = (
            _outcome(engine, function, *arguments, **options) for engine in ("go", "python")
        )
        if isinstance(go, Exception) and isinstance(python, Exception):
            if (type(go), str(go)) == (type(python), str(python)):
                raise go
        elif not isinstance(go, Exception) and go == python:
            return cast(_T, go)
        raise AssertionError(f"the engines differ:\n  go:     {go!r}\n  python: {python!r}")


@pytest.fixture(params=["go", "python"])
def pyggcr_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test once for each engine, which all calls in it use; its name.

    Skips the engine that is not there, with the reason.
    """
    name: str = request.param
    _skip_without(name)
    with pyggcr.use_engine(name):
        yield name


@pytest.fixture(scope="session")
def both_engines() -> BothEngines:
    """A function that calls another on both engines and asserts that they agree.

    Fits under hypothesis. Skips the test where one of the engines is not there.
    """
    for name in ("go", "python"):
        _skip_without(name)
    return BothEngines()


def _skip_without(name: str) -> None:
    info = pyggcr.engines()[name]
    if not info.available:
        pytest.skip(f"{name} engine: {info.reason}")


def _outcome(engine: str, function: Callable[..., _T], *arguments: Any, **options: Any) -> Any:
    with pyggcr.use_engine(engine):
        try:
            return function(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - whatever was raised is the outcome
            return error
