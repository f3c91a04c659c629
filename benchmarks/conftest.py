"""What the benchmarks share: the engines, and data of every kind that a layer holds."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

import pyggcr

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

MIB = 1 << 20


@pytest.fixture(params=["go", "python"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn."""
    info = pyggcr.engines()[request.param]
    if not info.available:
        pytest.skip(info.reason)
    return info.name


@pytest.fixture(scope="session")
def machine_code() -> bytes:
    """4 MiB of the Python interpreter itself, or as much as there is."""
    return Path(sys.executable).resolve().read_bytes()[: 4 * MIB]


@pytest.fixture(scope="session")
def words() -> bytes:
    """4 MiB of words in random order."""
    rng = random.Random(1)
    vocabulary = [rng.randbytes(rng.randrange(1, 6)).hex().encode() + b" " for _ in range(4000)]
    return b"".join(rng.choices(vocabulary, k=MIB))[: 4 * MIB]
