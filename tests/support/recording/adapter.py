"""What the recording needs of pyggcr and has no lasting name: internals, and functions that move.

Each has its present place first and those of older commits after it. Remove a fallback once no
commit that is still compared needs it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import zlib
from types import ModuleType
from typing import Any

__all__ = [
    "OPERATORS",
    "PUBLIC_MODULES",
    "archive_of_case",
    "archive_with_damage",
    "environment",
    "exported",
    "extract",
    "find",
    "marshal",
    "save",
    "save_legacy",
    "save_oci",
]


def find(*places: str) -> Any:
    """The first of some places that exists: ``module`` or ``module:attribute``."""
    for place in places:
        module, _, attribute = place.partition(":")
        with contextlib.suppress(ImportError, AttributeError):
            found: Any = importlib.import_module(module)
            return getattr(found, attribute) if attribute else found
    raise ImportError(f"none of these is there: {', '.join(places)}")


_MAKING = ("pyggcr.differential.generate", "pyggcr.differential.making")


def _making(name: str) -> ModuleType:
    module: ModuleType = find(*(f"{package}.{name}" for package in _MAKING))
    return module


def archive_of_case(seed: int, number: int) -> tuple[bytes, str]:
    """An archive made up from a seed, and the damage that was done to it, in words."""
    cases = _making("cases")
    recipe = cases.make_recipe(cases.case_seed(seed, number))
    return recipe.archive(), " ".join(map(str, recipe.damages))


def archive_with_damage(operator: str, seed: int) -> tuple[bytes, str]:
    """An archive made up from a seed, with one damage of a kind."""
    cases, damage = _making("cases"), _making("damage")
    recipe = cases.make_recipe(cases.case_seed(seed, 0))
    done = damage.Damage(operator, seed)
    whole = cases.Recipe(recipe.images, (), recipe.manifest_first, recipe.form).archive()
    return damage.apply(whole, (done,)), str(done)


def OPERATORS() -> list[str]:  # noqa: N802  (a constant, but for the import)
    """Every kind of damage."""
    return sorted(_making("damage").OPERATORS)


def marshal(document: object) -> bytes:
    """A document of pkg/v1 as Go writes it."""
    data: bytes = find("pyggcr._gostd.json:marshal")(document)
    return data


def save(images: Any, target: Any) -> None:
    """Write an archive of images, by their references."""
    find("pyggcr.crane:save", "pyggcr.crane:multi_save")(images, target)


def save_legacy(images: Any, target: Any) -> None:
    """Write an archive in the oldest form."""
    find("pyggcr.crane:save_legacy", "pyggcr.crane:multi_save_legacy")(images, target)


def save_oci(images: Any, folder: Any, **options: Any) -> None:
    """Write a layout."""
    find("pyggcr.crane:save_oci", "pyggcr.crane:multi_save_oci")(images, folder, **options)


def extract(image: Any, target: Any) -> None:
    """Write the files of an image as one tar."""
    find("pyggcr.crane:export")(image, target)


# Modules whose names users import; for each, the places where it has been.
PUBLIC_MODULES = {
    name: tuple(f"pyggcr.{place}" for place in places)
    for name, places in {
        "": ("",),
        "aio": ("aio",),
        "authn": ("authn",),
        "cache": ("cache",),
        "crane": ("crane",),
        "daemon": ("daemon",),
        "differential": ("differential",),
        "doctor": ("doctor",),
        "engine": ("engine",),
        "errors": ("errors",),
        "layout": ("layout",),
        "limits": ("limits", "calls"),
        "match": ("match",),
        "name": ("name",),
        "partial": ("partial",),
        "registry": ("registry",),
        "remote": ("remote",),
        "store": ("store",),
        "tarball": ("tarball",),
        "testing": ("testing",),
        "types": ("types",),
        "v1": ("v1",),
        "validate": ("validate",),
    }.items()
}


def exported(module: str) -> list[str]:
    """The names that a public module exports, in order of the alphabet."""
    places = [place.rstrip(".") for place in PUBLIC_MODULES[module]]
    return sorted(find(*places).__all__)


def environment() -> dict[str, str]:
    """What answers depend on, beside the commit."""
    import pyggcr

    zstandard = "none"
    with contextlib.suppress(ImportError):
        zstandard = importlib.import_module("zstandard").__version__
    go = pyggcr.engines()["go"]
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "zstandard": zstandard,
        "gzip_profile": go.gzip_profile if go.available else "no Go engine",
        "go": go.go_version if go.available else "no Go engine",
        "platform": f"{sys.platform} {os.uname().machine}",
    }
