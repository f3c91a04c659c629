"""The folder where corpora and peers are kept from run to run, each under its recipe.

A recipe is whatever decides on the content: when it changes, what was made by the old one goes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["cached", "folder"]


def folder() -> Path:
    """``pyggcr-bench`` in the user's cache folder (XDG_CACHE_HOME)."""
    base = os.environ.get("XDG_CACHE_HOME")
    place = (Path(base) if base else Path.home() / ".cache") / "pyggcr-bench"
    place.mkdir(parents=True, exist_ok=True)
    return place


def cached(name: str, recipe: object, make: Callable[[Path], None]) -> Path:
    """The file ``name``, made by ``make(path)`` unless the cache has it by the same recipe.

    The name may have a suffix; the recipe's hash is put before it.
    """
    stem, dot, suffix = name.partition(".")
    key = hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]
    path = folder() / f"{stem}-{key}{dot}{suffix}"
    if path.exists():
        return path
    for outdated in folder().glob(f"{stem}-{'[0-9a-f]' * 12}{dot}{suffix}"):
        outdated.unlink()
    unfinished = folder() / f"{stem}.unfinished"
    unfinished.unlink(missing_ok=True)
    try:
        make(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
