"""Loads the C accelerator, once per process and on first use; the sources are native/accelerator.

It is optional: where it is missing, turned off by PYGGCR_ACCELERATOR=0, or built from other
sources than these, ``load`` gives nothing and ``why_missing`` says why. Which work it does is the
business of ``codecs``.
"""

from __future__ import annotations

import functools
import importlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["VARIABLE", "Module", "load", "why_missing"]

# Read once; 0 turns the accelerator off. setup.py reads it too, when it builds.
VARIABLE = "PYGGCR_ACCELERATOR"

# ACCELERATOR_VERSION of native/accelerator/accelerator.h, to which this package is written.
_VERSION = 9

# Written by setup.py beside the module.
_BUILD_RECORD = "_build.json"


class Module:
    """The loaded module: ``ffi`` and ``lib`` of cffi."""

    __slots__ = ("ffi", "lib")

    def __init__(self, ffi: Any, lib: Any) -> None:
        self.ffi = ffi
        self.lib = lib


def load() -> Module | None:
    """The accelerator, or nothing."""
    return _load()[0]


def why_missing() -> str:
    """Why ``load`` gives nothing; empty if it does give something."""
    return _load()[1]


@functools.cache
def _load() -> tuple[Module | None, str]:
    if os.environ.get(VARIABLE) == "0":
        return None, f"{VARIABLE}=0 turns it off"
    try:
        compiled = importlib.import_module("pyggcr._gostd._accelerator")
    except ImportError as error:
        return None, _recorded_reason() or str(error)
    if getattr(compiled.lib, "ACCELERATOR_VERSION", None) != _VERSION:
        return None, "it was built from other sources: install pyggcr again"
    return Module(compiled.ffi, compiled.lib), ""


def _recorded_reason() -> str:
    """What the build wrote down when it could not build the module."""
    # Only here: this module is imported at every start, and pathlib takes a while.
    import json
    from pathlib import Path

    try:
        record = json.loads(Path(__file__).with_name(_BUILD_RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    reason = record.get("reason") if isinstance(record, dict) else ""
    return f"it was not built: {reason}" if reason else ""
