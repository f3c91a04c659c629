"""What the tests of the doctor share: the real archives, and the old library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from support import legacy as legacy_program

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def docker() -> Path:
    """The archives that real Docker engines wrote, by engine."""
    return DATA / "docker"


@pytest.fixture(scope="session")
def legacy(require: Callable[[str, str], None]) -> ModuleType:
    """go-containerregistry v0.18.0: ``observe`` and ``observe_all`` of support.legacy."""
    try:
        legacy_program.program()
    except legacy_program.MissingLegacyError as error:
        require("legacy", str(error))
    return legacy_program
