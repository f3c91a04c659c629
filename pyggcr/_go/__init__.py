"""The Go engine: the real go-containerregistry behind cffi.

The only package that imports cffi. library, table, arguments, results, call, handle, error,
streams, opener, python_value and objects are the boundary, twins of files in native/. ``package``
gives the functions of a Go package: a module here where something special is needed, else derived
from the table that the library reports. Nothing is loaded until it is needed.
"""

from __future__ import annotations

import functools
import os

from pyggcr._go import library
from pyggcr._go.handle import open_handles
from pyggcr._values.engine import EngineInfo
from pyggcr.errors import EngineUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["describe", "gzip_profile", "open_handles", "package"]

_ACCELERATORS = {
    "deflate": "Go compress/flate",
    "inflate": "Go compress/flate",
    "sha256": "Go crypto/sha256",
}


@functools.cache
def package(name: str) -> Any:
    """The functions of a Go package, such as ``partial``."""
    import importlib

    try:
        return importlib.import_module(f"pyggcr._go.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"pyggcr._go.{name}":
            raise
    from pyggcr._go.derive import Package

    return Package(name)


def describe() -> EngineInfo:
    """Whether the engine works here, and what it was built from. Loads the library."""
    try:
        info = library.load().info
    except EngineUnavailableError as error:
        return EngineInfo("go", False, str(error), "", "", "")
    return EngineInfo(
        name="go",
        available=True,
        reason="",
        go_containerregistry=info["go_containerregistry"],
        go_version=info["go_version"],
        gzip_profile=info["gzip_profile"],
        accelerators=dict(_ACCELERATORS),
        go_platform="/".join(filter(None, (info["goarch"], info["goamd64"]))),
    )


def gzip_profile() -> str:
    """The gzip profile that the library writes, or nothing when there is none or none is known.

    The record of the build tells, so that the library need not be loaded; without a record it is.
    """
    if not library.loaded() and not os.path.isfile(library.path()):  # noqa: PTH113
        return ""  # nothing that would load it is imported to learn that it is not there
    recorded = "" if library.loaded() else library.recorded_profile()
    profile = recorded or describe().gzip_profile
    return "" if profile == library.UNKNOWN_PROFILE else profile
