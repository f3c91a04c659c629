"""No verb of the command line loads more than is recorded, nor what it can do without.

The record is tests/data/cli/loaded-modules.json; ``support.loaded_modules`` writes it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support import loaded_modules

# Nothing that users run has anything to do with these; pyggcr._dataclasses stands for dataclasses.
NEVER = {"asyncio", "dataclasses", "hypothesis", "matplotlib", "pytest", "setuptools", "unittest"}
# What h11 imports, which reads HTTP for a registry.
SERVING, OF_H11 = ("registry serve", "crane registry serve"), {"dataclasses"}
NETWORK = {"email", "http.client", "ssl"}

OF_ARCHIVES = ("inspect", "validate", "digest", "manifest", "config", "layers", "doctor", "repair")


@pytest.fixture
def host():
    """A registry with images, a new one for each test: some verbs delete."""
    with loaded_modules.registry_with_images() as host:
        yield host


def test_every_verb_is_measured(tmp_path: Path) -> None:
    measured = loaded_modules.commands(loaded_modules.ARCHIVE, "localhost", tmp_path)
    record = loaded_modules.recorded()

    assert sorted(measured) == sorted(loaded_modules.verbs())
    for engine in loaded_modules.ENGINES:
        assert list(record[engine]) == list(measured)


@pytest.mark.parametrize("verb", list(loaded_modules.verbs()))
def test_a_verb_loads_no_more_than_is_recorded(
    verb: str, engine: str, host: str, tmp_path: Path, go_engine: None
) -> None:
    arguments = loaded_modules.commands(loaded_modules.ARCHIVE, host, tmp_path)[verb]
    now = loaded_modules.loaded_by(verb, arguments, engine=engine, folder=tmp_path)

    differences = loaded_modules.compare(now, loaded_modules.recorded()[engine][verb])

    assert differences == [], "if that is meant: PYTHONPATH=tests python -m support.loaded_modules"


@pytest.mark.parametrize("engine_name", loaded_modules.ENGINES)
def test_what_is_recorded_has_nothing_that_a_verb_can_do_without(engine_name: str) -> None:
    record = loaded_modules.recorded()[engine_name]
    foreign = {"cffi"} if engine_name == "python" else {"zstandard"}

    for verb, loaded in record.items():
        heavy = set(loaded["heavy"])
        assert not heavy & (NEVER - OF_H11 if verb in SERVING else NEVER), verb
        if verb in OF_ARCHIVES:
            assert not heavy & (NETWORK | foreign), verb
    assert "rich" not in record["digest"]["heavy"]


def test_more_than_is_recorded_is_told() -> None:
    before = {"pyggcr": 50, "heavy": ["typing"]}

    assert loaded_modules.compare({"pyggcr": 50, "heavy": ["typing"]}, before) == []
    assert loaded_modules.compare({"pyggcr": 49, "heavy": []}, before) == []
    assert loaded_modules.compare({"pyggcr": 51, "heavy": ["ssl"]}, before) == [
        "ssl is loaded",
        "51 modules of pyggcr are loaded, not 50",
    ]
    assert loaded_modules.compare({"pyggcr": 30, "heavy": []}, before) != []
