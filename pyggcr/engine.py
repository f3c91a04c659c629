"""Which engine does the work: the argument, ``use_engine``, ``PYGGCR_ENGINE``, or what is there.

The one place that chooses. Without a choice it is the fastest that is there: Python with its C
accelerator, else Go when its library works, else Python. That is found out once and holds for the
whole process, so an engine never changes silently.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

from pyggcr.errors import EngineUnavailableError, UnsupportedOptionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from pyggcr._values.engine import EngineInfo

__all__ = [
    "ENGINES",
    "Engine",
    "EngineName",
    "call_go_standard_library",
    "engines",
    "gzip_profile_for",
    "open_handles",
    "select",
    "use_engine",
]

EngineName = Literal["go", "python"]
ENGINES: tuple[EngineName, ...] = ("go", "python")

# Read whenever an engine is chosen; empty means no choice.
VARIABLE = "PYGGCR_ENGINE"

# What Go <= 1.26 writes: the Python engine's profile where there is no Go engine to agree with.
_FALLBACK_PROFILE = "go1.26"

_chosen: ContextVar[EngineName | None] = ContextVar("pyggcr_engine", default=None)


class Engine:
    """An engine's doors: ``tarball``, ``partial``, ``validate`` and so on; alike in both."""

    def __init__(self, name: EngineName) -> None:
        self.name = name

    @functools.cached_property
    def tarball(self) -> Any:
        """The module for archives."""
        return self._door("tarball")

    @functools.cached_property
    def partial(self) -> Any:
        """The module for questions answered from other answers."""
        return self._door("partial")

    @functools.cached_property
    def validate(self) -> Any:
        """The module for checks."""
        return self._door("validate")

    @functools.cached_property
    def remote(self) -> Any:
        """The module for registries."""
        return self._door("remote")

    @functools.cached_property
    def daemon(self) -> Any:
        """The module for Docker engines."""
        return self._door("daemon")

    @functools.cached_property
    def registry(self) -> Any:
        """The module for a registry in this process."""
        return self._door("registry")

    @functools.cached_property
    def authn(self) -> Any:
        """The module for credentials."""
        return self._door("authn")

    def _door(self, module: str) -> ModuleType:
        import importlib

        name = f"pyggcr._{self.name}.{module}"
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise EngineUnavailableError(
                f'the {self.name} engine has no "{module}" yet: choose the other one'
            ) from error


_ENGINES = {name: Engine(name) for name in ENGINES}


def select(engine: str | None = None) -> Engine:
    """The engine to use.

    Args:
        engine: ``go`` or ``python``; ``None`` for what ``use_engine``, the environment variable
            or the installation says.

    Raises:
        UnsupportedOptionError: there is no engine of that name.
        EngineUnavailableError: the Go engine was asked for and is not there.
    """
    wanted = engine or _chosen.get() or os.environ.get(VARIABLE) or _automatic()
    name = _check_name(wanted)
    if name == "go":
        from pyggcr import _go

        _go.library.load()
    return _ENGINES[name]


def _check_name(engine: str) -> EngineName:
    for name in ENGINES:
        if engine == name:
            return name
    raise UnsupportedOptionError(f'there is no engine "{engine}": choose "go" or "python"')


@functools.cache
def _automatic() -> EngineName:
    from pyggcr import _python

    if _python.is_accelerated():
        return "python"
    from pyggcr import _go

    try:
        _go.library.load()
    except EngineUnavailableError:
        return "python"
    return "go"


@contextlib.contextmanager
def use_engine(engine: str) -> Iterator[None]:
    """Choose the engine for all calls inside the ``with`` block, in this thread or task.

    Raises:
        UnsupportedOptionError: there is no engine of that name.
        EngineUnavailableError: the engine is not there.
    """
    reset = _chosen.set(select(engine).name)
    try:
        yield
    finally:
        _chosen.reset(reset)


def engines() -> dict[str, EngineInfo]:
    """What each engine is made of, and why not where one is missing; loads the Go library."""
    from pyggcr import _go, _python

    return {"go": _go.describe(), "python": _python.describe(_default_gzip_profile())}


def gzip_profile_for(engine: Engine, gzip_profile: str | None) -> str | None:
    """The profile to hand to an engine: the Python engine writes what the Go engine would."""
    if gzip_profile is None and engine.name == "python":
        return _default_gzip_profile()
    return gzip_profile


@functools.cache
def _default_gzip_profile() -> str:
    from pyggcr import _go

    return _go.gzip_profile() or _FALLBACK_PROFILE


def open_handles() -> int:
    """How many Go objects this process holds; 0 while the Go engine is not loaded."""
    if "pyggcr._go.handle" not in sys.modules:
        return 0
    from pyggcr import _go

    return _go.open_handles()


def call_go_standard_library(function: str, data: bytes) -> bytes:
    """Call a function of Go's standard library, to compare ours with it.

    Args:
        function: its name in native/gostd.go, such as ``gzip``.
        data: its argument.

    Raises:
        EngineUnavailableError: the Go engine is not there.
    """
    from pyggcr._go import gostd

    return gostd.call(function, data)
