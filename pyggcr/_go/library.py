"""Loads the native library, once per process and on first use.

The one module that knows where the library is and that cffi exists. Go's runtime cannot be
unloaded and does not survive ``fork``: a child of a process that used it is refused, with advice.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading

from pyggcr.errors import (
    EngineUnavailableError,
    ForkedProcessError,
    JSONError,
    UnknownProfileError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "FILE_NAME",
    "PATH_VARIABLE",
    "REINSTALL",
    "UNKNOWN_PROFILE",
    "forked",
    "load",
    "loaded",
    "path",
    "recorded_profile",
]

# Go names its c-shared libraries after the platform.
_SUFFIXES = {"darwin": ".dylib", "win32": ".dll"}
FILE_NAME = "libpyggcr" + _SUFFIXES.get(sys.platform, ".so")

# Another library than the installed one: for tests of the boundary.
PATH_VARIABLE = "PYGGCR_GO_LIBRARY"

# The gzip profile of a library that a Go built which is not in the table.
UNKNOWN_PROFILE = "unknown"

# Written by setup.py beside the library.
_BUILD_RECORD = "_build.json"

_FORKED = (
    "this process was forked after its parent used the Go engine, and Go's runtime does not "
    'survive a fork; start processes with the "spawn" or "forkserver" method, or use '
    'engine="python" here'
)
REINSTALL = 'reinstall pyggcr, or use engine="python"'


class Library:
    """The loaded library.

    Attributes:
        ffi, lib: cffi's.
        info: what the build says of itself.
        functions: the table of Go functions: by name the number, the parameters as pairs of name
            and kind, the kind of the result, and whether the function is inline.
        result: cffi's type of a pointer to a ``pyggcr_result``.
    """

    __slots__ = ("ffi", "functions", "info", "lib", "result")

    def __init__(self, ffi: Any, lib: Any, info: dict[str, Any]) -> None:
        self.ffi = ffi
        self.lib = lib
        table = info.pop("functions")
        self.functions = {name: [number, *rest] for number, (name, *rest) in enumerate(table)}
        self.info: dict[str, str] = info
        self.result = ffi.typeof("pyggcr_result *")


class _State:
    """What one process knows of the library."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.library: Library | None = None
        self.touched = False
        self.forked = False


_state = _State()


def load() -> Library:
    """The library; the first call loads and checks it.

    Raises:
        ForkedProcessError: a parent of this process has used it.
        EngineUnavailableError: it is missing, or not the one that belongs to this package.
    """
    library = _state.library
    if library is not None and not _state.forked:
        return library
    return _load_slowly()


def _load_slowly() -> Library:
    state = _state
    with state.lock:
        if state.forked:
            raise ForkedProcessError(_FORKED)
        if state.library is None:
            state.library = _open(path(), state)
        return state.library


def _open(file: str, state: _State) -> Library:
    try:
        from pyggcr._go import _declarations
    except ImportError as error:
        raise EngineUnavailableError(
            f"the Go engine needs cffi, which cannot be imported: {error}; {REINSTALL}"
        ) from error
    if not os.path.isfile(file):
        raise EngineUnavailableError(_why_missing(file))
    ffi = _declarations.ffi
    state.touched = True
    try:
        lib = ffi.dlopen(file, ffi.RTLD_NOW | ffi.RTLD_LOCAL)
    except OSError as error:
        state.touched = False
        raise EngineUnavailableError(
            f"the Go engine's library cannot be loaded: {error}; {REINSTALL}"
        ) from error
    return Library(ffi, lib, _checked_info(ffi, lib, file, _declarations.HEADER))


def _why_missing(file: str) -> str:
    """What the build wrote down when it could not build the library, if this is an installation."""
    reason = _build_record(file).get("reason")
    cause = f"it was not built: {reason}" if reason else f"{file} does not exist"
    return (
        f"the Go engine is not there: {cause}; install pyggcr again where Go can be had, "
        'or use engine="python"'
    )


def recorded_profile() -> str:
    """The gzip profile that the library writes, without loading it.

    Empty where there is no record of the build, ``unknown`` where no profile is known.
    """
    file = path()
    if not os.path.isfile(file):
        return ""
    record = _build_record(file)
    return _profile(record) if record.get("goarch") else ""


def _profile(build: dict[str, Any]) -> str:
    from pyggcr._gostd.gzip_profiles import profile_of

    try:
        return profile_of(build["go_version"], build["goarch"], build["goamd64"])
    except UnknownProfileError:
        return UNKNOWN_PROFILE


def _build_record(file: str) -> dict[str, Any]:
    # Whoever asks has loaded this one already, for the documents of images.
    from pyggcr._gostd.json import ANY, decode

    try:
        with open(os.path.join(os.path.dirname(file), _BUILD_RECORD), "rb") as stream:
            record: Any = decode(stream.read(), ANY)
    except (OSError, JSONError):
        return {}
    return record if isinstance(record, dict) else {}


def _checked_info(ffi: Any, lib: Any, file: str, header: str) -> dict[str, Any]:
    """What the library says of itself, once it is known to speak this package's ABI."""
    try:
        version = lib.pyggcr_abi_version()
    except AttributeError:
        version = None
    if version != lib.PYGGCR_ABI_VERSION:
        raise EngineUnavailableError(
            f"{file} has ABI version {version}, but this pyggcr needs "
            f"{lib.PYGGCR_ABI_VERSION}; {REINSTALL}"
        )
    info = _build_info(ffi, lib)
    if info["header"] != header:
        raise EngineUnavailableError(
            f"{file} was built from another pyggcr.h than this pyggcr; {REINSTALL}"
        )
    if mistakes := info.pop("mistakes"):
        raise EngineUnavailableError(f"{file} has functions that cannot be called: {mistakes}")
    info["gzip_profile"] = _profile(info)
    return info


def _build_info(ffi: Any, lib: Any) -> dict[str, Any]:
    import json

    result = ffi.new("pyggcr_result *")
    try:
        if lib.pyggcr_build_info(result) != lib.PYGGCR_OK:
            raise EngineUnavailableError(f"the Go engine's library does not work; {REINSTALL}")
        info: dict[str, Any] = json.loads(ffi.unpack(result.data, result.size))
        return info
    finally:
        lib.pyggcr_result_clear(result)


def path() -> str:
    """Where the library is expected: beside this module, or where the variable says."""
    beside = os.path.join(os.path.dirname(__file__), FILE_NAME)
    return os.path.abspath(os.environ.get(PATH_VARIABLE) or beside)


def loaded() -> bool:
    """Whether this process has the library already."""
    return _state.library is not None and not _state.forked


def forked() -> bool:
    """Whether a parent of this process used the library."""
    return _state.forked


def _after_fork_in_child() -> None:
    # The parent's lock may be held by a thread that does not exist here.
    _state.lock = threading.Lock()
    _state.forked = _state.forked or _state.touched


def _before_exit() -> None:
    if loaded():
        load().lib.pyggcr_stop_opener_callbacks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_before_exit)
