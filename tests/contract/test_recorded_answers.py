"""Today's answers are those of commit fb7824f: a sample of tests/data/recorded, on both engines.

The whole takes minutes: ``PYTHONPATH=tests python -m support.recording compare``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.recording import adapter, cases, storing

PAIRS = {"go": "go-go", "python": "python-python"}

ARCHIVES = (
    "fixture:docker/24.0.7/twotags.tar",
    "fixture:docker/25.0.2/buildkit-dup.tar",
    "fixture:docker/28.5.2-containerd-store/dup-loaded-from-25.tar",
    "fixture:docker/28.5.2-containerd-store/multiplatform.tar",
)
# Every so many of those that are made up.
STEP = 75

TABLES = (
    *("tarball", "partial", "layout", "writing", "remote", "daemon"),
    *("own", "limits", "aio", "cache", "registry"),
)

# Steps of the scenario ``reading`` that need no other; of the others all are run.
COMMANDS = r"^(engines|(inspect|digest|manifest|config|layers|validate) \S*(app-tag|multi)\.tar)"
SCENARIOS = {"reading": COMMANDS, "auth": "", "blobs": "", "export": r"^export \S*25\.0\.2"}


@pytest.fixture(scope="module")
def recorded(require: Callable[[str, str], None]) -> storing.Recording:
    """The recording, where answers can be compared with it."""
    recording = storing.read(storing.COMPACT)
    for name, value in recording.head["environment"].items():
        if (now := adapter.environment()[name]) != value:
            require("recording", f"{name} is {now}, the recording was made with {value}")
    return recording


def differences(recording: storing.Recording, case: str, only: str = "") -> list[str]:
    """What is not as recorded, in words."""
    groups = cases.answer(case, only=only)
    expected = recording.cases[case]
    if only:
        expected = {group: answers for group, answers in expected.items() if group in groups}
    assert expected
    found = storing.compare_case(case, expected, groups)
    return [f"{each.key} is now {groups.get(each.key.partition('/')[2])}" for each in found]


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_that_docker_wrote(recorded: storing.Recording, case: str) -> None:
    assert differences(recorded, case) == []


def test_archives_that_are_made_up(recorded: storing.Recording) -> None:
    made = [case for case in recorded.cases if case.startswith("made:")]

    changed = [each for case in made[::STEP] for each in differences(recorded, case)]

    assert changed == []


@pytest.mark.parametrize("table", TABLES)
def test_functions(recorded: storing.Recording, table: str, engine: str) -> None:
    assert differences(recorded, f"api:{table}:{PAIRS[engine]}") == []


@pytest.mark.parametrize("table", ["name", "v1"])
def test_values(recorded: storing.Recording, table: str) -> None:
    assert differences(recorded, f"value:{table}") == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_commands(recorded: storing.Recording, scenario: str, engine: str) -> None:
    case = f"cli:{scenario}:{PAIRS[engine]}"

    assert differences(recorded, case, SCENARIOS[scenario]) == []
