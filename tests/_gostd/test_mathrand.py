"""Random numbers are those of Go's math/rand, whatever is drawn and in whatever order."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.go_programs import ask, build

from pyggcr._gostd.mathrand import Rand

RECORDED = Path(__file__).parents[1] / "data" / "random" / "recorded.jsonl"
SEEDS = (0, 1, -1, 2, 7, 42, 2**31 - 2, 2**31 - 1, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63))
KINDS = ("Uint64", "Int63", "Int", "Int63n", "Intn", "Float64", "Read")
LIMITS = (1, 2, 3, 7, 1000, 2**30 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**62 + 1, 2**63 - 1)
SIZES = (0, 1, 2, 6, 7, 8, 13, 14, 15, 300, 5000)


def tasks(count: int) -> list[dict[str, Any]]:
    """Seeds and what to draw: always the same, longer than the generator's state for some."""
    rng = random.Random(1)
    made = []
    for number in range(count):
        seed = SEEDS[number] if number < len(SEEDS) else rng.getrandbits(64) - 2**63
        draws = [
            {"Kind": kind, "Limit": rng.choice(SIZES if kind == "Read" else LIMITS)}
            for kind in rng.choices(KINDS, k=rng.choice((3, 10, 40)))
        ]
        made.append({"Seed": seed, "Draws": draws})
    return made


def drawn(task: dict[str, Any]) -> list[str]:
    """What our generator gives."""
    generator = Rand(task["Seed"])
    draw = {
        "Uint64": lambda _: str(generator.uint64()),
        "Int63": lambda _: str(generator.int63()),
        "Int": lambda _: str(generator.int63()),
        "Int63n": lambda limit: str(generator.int63n(limit)),
        "Intn": lambda limit: str(generator.intn(limit)),
        "Float64": lambda _: generator.float64(),
        "Read": lambda size: generator.read(size).hex(),
    }
    return [draw[it["Kind"]](it["Limit"]) for it in task["Draws"]]


def parsed(task: dict[str, Any], gos: list[str]) -> list[Any]:
    """Go's answers with the floats as numbers."""
    return [
        float.fromhex(it) if draw["Kind"] == "Float64" else it
        for draw, it in zip(task["Draws"], gos, strict=True)
    ]


def test_equals_what_go_was_recorded_to_draw():
    recorded = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    assert len(recorded) > len(SEEDS)
    for it in recorded:
        assert drawn(it["Task"]) == parsed(it["Task"], it["Answer"]), it["Task"]["Seed"]


def test_equals_the_go_that_is_installed(require, tmp_path):
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    asked = tasks(1000)
    answers = ask(build("mathrand", tmp_path), asked)
    wrong = [
        task for task, gos in zip(asked, answers, strict=True) if drawn(task) != parsed(task, gos)
    ]
    assert wrong == []


def test_a_million_bytes_are_the_same_in_any_pieces():
    whole, pieces = Rand(3), Rand(3)
    data = whole.read(1_000_000)
    rng = random.Random(2)
    found = b""
    while len(found) < len(data):
        found += pieces.read(min(rng.randrange(100_000), len(data) - len(found)))
    assert found == data
    assert whole.int63() == pieces.int63()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(limit):
    with pytest.raises(ValueError, match="^invalid argument to Int63n$"):
        Rand(1).int63n(limit)
    with pytest.raises(ValueError, match="^invalid argument to Intn$"):
        Rand(1).intn(limit)
