"""Archives that are made up: 2,400 of a seed, and each kind of damage 25 times.

A folder keeps them, so that a later commit is asked of the same bytes even when it would make
others; that it makes the same is an answer of its own.
"""

from __future__ import annotations

from pathlib import Path

from support.recording import adapter
from support.recording.images import Answers, summary_of_bytes

__all__ = ["generation", "make", "names"]

SEED = 12
COUNT = 2400
_OF_EACH_DAMAGE = 25


def names() -> list[str]:
    """The names of all archives, from which they are made."""
    drawn = [f"case-{number:04}" for number in range(COUNT)]
    damaged = [
        f"damage-{operator}-{number:02}"
        for operator in adapter.OPERATORS()
        for number in range(_OF_EACH_DAMAGE)
    ]
    return drawn + damaged


def make(name: str, folder: Path | None) -> tuple[bytes, str]:
    """The archive of a name and its damage; what the folder has, is taken from there."""
    if folder is None:
        return _generate(name)
    path = folder / f"{name}.tar"
    if path.exists():
        return path.read_bytes(), ""
    folder.mkdir(parents=True, exist_ok=True)
    data, damage = _generate(name)
    path.write_bytes(data)
    return data, damage


def generation(name: str) -> Answers:
    """Which bytes this commit makes, and by which damage."""
    data, damage = _generate(name)
    return {"bytes": summary_of_bytes(data), "damage": damage}


def _generate(name: str) -> tuple[bytes, str]:
    kind, _, rest = name.partition("-")
    if kind == "case":
        return adapter.archive_of_case(SEED, int(rest))
    operator, _, number = rest.rpartition("-")
    return adapter.archive_with_damage(operator, int(number))
