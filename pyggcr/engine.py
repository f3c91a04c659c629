"""Choose the engine: by argument, ``use_engine``, ``PYGGCR_ENGINE``, or what is available.

This is the only module that chooses. By default it takes the fastest available engine: Python with
its C accelerator, else Go if its library works, else Python. That is determined once and holds for
the whole process, so the engine never changes silently.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from contextvars import ContextVar

from pyggcr.errors import EngineUnavailableError, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal

    from pyggcr._contract.authn import AuthnEngine
    from pyggcr._contract.cache import CacheEngine
    from pyggcr._contract.compare import CompareEngine
    from pyggcr._contract.daemon import DaemonEngine
    from pyggcr._contract.empty import EmptyEngine
    from pyggcr._contract.google import GoogleEngine
    from pyggcr._contract.mutate import MutateEngine
    from pyggcr._contract.partial import PartialEngine
    from pyggcr._contract.random import RandomEngine
    from pyggcr._contract.registry import RegistryEngine
    from pyggcr._contract.remote import RemoteEngine
    from pyggcr._contract.static import StaticEngine
    from pyggcr._contract.stream import StreamEngine
    from pyggcr._contract.supplement import Supplement
    from pyggcr._contract.tarball import TarballEngine
    from pyggcr._contract.transport import TransportEngine
    from pyggcr._contract.validate import ValidateEngine
    from pyggcr._values.engine import EngineInfo
else:
    from pyggcr._typing import Literal

__all__ = [
    "ENGINES",
    "Engine",
    "EngineName",
    "call_go_standard_library",
    "engines",
    "gzip_profile_for",
    "open_handles",
    "select",
    "supplement",
    "use_engine",
]

EngineName = Literal["go", "python"]
ENGINES: tuple[EngineName, ...] = ("go", "python")

# Read whenever an engine is chosen; empty means no choice.
VARIABLE = "PYGGCR_ENGINE"

# The Python engine's profile where there is no Go engine to agree with, or its own is not known.
_FALLBACK_PROFILE = "go1.26"

_chosen: ContextVar[EngineName | None] = ContextVar("pyggcr_engine", default=None)


class Engine:
    """An engine: its name and, for each Go package, the functions of ``pyggcr._contract``."""

    def __init__(self, name: EngineName) -> None:
        self.name = name

    @property
    def tarball(self) -> TarballEngine:
        """Archives, and layers from tar files (pkg/v1/tarball)."""
        if self.name == "go":
            from pyggcr._go import tarball as go

            return go
        from pyggcr._python import tarball as python

        return python

    @property
    def partial(self) -> PartialEngine:
        """Properties computed from other properties (pkg/v1/partial)."""
        if self.name == "go":
            go: PartialEngine = _go_package("partial")
            return go
        from pyggcr._python import partial as python

        return python

    @property
    def validate(self) -> ValidateEngine:
        """Checks for contradictions (pkg/v1/validate)."""
        if self.name == "go":
            go: ValidateEngine = _go_package("validate")
            return go
        from pyggcr._python import validate as python

        return python

    @property
    def empty(self) -> EmptyEngine:
        """An image and an index without content (pkg/v1/empty)."""
        if self.name == "go":
            go: EmptyEngine = _go_package("empty")
            return go
        from pyggcr._python import empty as python

        return python

    @property
    def mutate(self) -> MutateEngine:
        """Images made from other images (pkg/v1/mutate)."""
        if self.name == "go":
            go: MutateEngine = _go_package("mutate")
            return go
        from pyggcr._python import mutate as python

        return python

    @property
    def compare(self) -> CompareEngine:
        """Comparison of images, indexes and layers (pkg/v1/compare)."""
        if self.name == "go":
            go: CompareEngine = _go_package("compare")
            return go
        from pyggcr._python import compare as python

        return python

    @property
    def static(self) -> StaticEngine:
        """Layers made of bytes (pkg/v1/static)."""
        if self.name == "go":
            go: StaticEngine = _go_package("static")
            return go
        from pyggcr._python import static as python

        return python

    @property
    def random(self) -> RandomEngine:
        """Layers, images and indexes of random bytes (pkg/v1/random)."""
        if self.name == "go":
            from pyggcr._go import random as go

            return go
        from pyggcr._python import random as python

        return python

    @property
    def stream(self) -> StreamEngine:
        """Layers made of streams that are read once (pkg/v1/stream)."""
        if self.name == "go":
            from pyggcr._go import stream as go

            return go
        from pyggcr._python import stream as python

        return python

    @property
    def remote(self) -> RemoteEngine:
        """Images in registries (pkg/v1/remote)."""
        if self.name == "go":
            from pyggcr._go import remote as go

            return go
        from pyggcr._python import remote as python

        return python

    @property
    def google(self) -> GoogleEngine:
        """Registries of Google (pkg/v1/google)."""
        if self.name == "go":
            from pyggcr._go import google as go

            return go
        from pyggcr._python import google as python

        return python

    @property
    def transport(self) -> TransportEngine:
        """Protocol details of registries, and tokens (pkg/v1/remote/transport)."""
        if self.name == "go":
            from pyggcr._go import transport as go

            return go
        from pyggcr._python import transport as python

        return python

    @property
    def daemon(self) -> DaemonEngine:
        """Images of Docker daemons (pkg/v1/daemon)."""
        if self.name == "go":
            from pyggcr._go import daemon as go

            return go
        from pyggcr._python import daemon as python

        return python

    @property
    def registry(self) -> RegistryEngine:
        """A registry in this process (pkg/registry)."""
        if self.name == "go":
            from pyggcr._go import registry as go

            return go
        from pyggcr._python import registry as python

        return python

    @property
    def authn(self) -> AuthnEngine:
        """Credentials (pkg/authn)."""
        if self.name == "go":
            from pyggcr._go import authn as go

            return go
        from pyggcr._python import authn as python

        return python

    @property
    def cache(self) -> CacheEngine:
        """Caches of layers (pkg/v1/cache)."""
        if self.name == "go":
            go: CacheEngine = _go_package("cache")
            return go
        from pyggcr._python import cache as python

        return python


def _go_package(name: str) -> Any:
    """A package of the Go engine whose functions are derived from the library's table.

    mypy cannot compare it with its Protocol; tests/_contract does.
    """
    from pyggcr import _go

    return _go.package(name)


_ENGINES = {name: Engine(name) for name in ENGINES}


def select(engine: str | None = None) -> Engine:
    """Return the engine to use.

    Args:
        engine: ``go`` or ``python``; default: what ``use_engine``, the environment variable
            ``PYGGCR_ENGINE`` or the installation says.

    Returns:
        The engine.

    Raises:
        UnsupportedOptionError: there is no engine of this name.
        EngineUnavailableError: the engine is not available; the message says why and what to do.
        ForkedProcessError: the Go engine was used before this process was forked.
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

    Args:
        engine: ``go`` or ``python``.

    Raises:
        UnsupportedOptionError: there is no engine of this name.
        EngineUnavailableError: the engine is not available; the message says why and what to do.

    Examples:
        >>> from pyggcr import empty
        >>> with use_engine("python"):
        ...     empty.image().engine
        'python'
    """
    reset = _chosen.set(select(engine).name)
    try:
        yield
    finally:
        _chosen.reset(reset)


def engines() -> dict[str, EngineInfo]:
    """Describe both engines, including the reason if one is not available.

    This loads the library of the Go engine.

    Returns:
        Descriptions by the names ``go`` and ``python``.

    Examples:
        >>> engines()["python"].available
        True
    """
    from pyggcr import _go, _python

    return {"go": _go.describe(), "python": _python.describe(_default_gzip_profile())}


def supplement() -> Supplement:
    """Return the functions that Go's packages lack, with one implementation for both engines.

    Returns:
        An object with the functions.
    """
    from pyggcr._python import supplement

    return supplement


def gzip_profile_for(engine: Engine, gzip_profile: str | None) -> str:
    """Return the gzip profile to pass to an engine.

    Args:
        engine: the engine.
        gzip_profile: the profile asked for; ``None`` for that of the Go engine, or go1.26 without
            it.

    Returns:
        The profile.

    Raises:
        EngineUnavailableError: the Go engine is not available.
    """
    if gzip_profile is not None:
        return gzip_profile
    if engine.name == "python":
        return _default_gzip_profile()
    from pyggcr import _go

    return _go.describe().gzip_profile


@functools.cache
def _default_gzip_profile() -> str:
    from pyggcr import _go

    return _go.gzip_profile() or _FALLBACK_PROFILE


def open_handles() -> int:
    """Count the Go objects that this process holds.

    Returns:
        The number; 0 while the Go engine is not loaded.
    """
    if "pyggcr._go.handle" not in sys.modules:
        return 0
    from pyggcr import _go

    return _go.open_handles()


def call_go_standard_library(function: str, data: bytes) -> bytes:
    """Call a function of Go's standard library, to compare it with the one in Python.

    Args:
        function: its name in native/gostd.go, such as ``gzip``.
        data: its argument.

    Returns:
        Its result.

    Raises:
        EngineUnavailableError: the Go engine is not available.
        Error: the function failed; the subclass says how.
    """
    from pyggcr._go import gostd

    return gostd.call(function, data)
