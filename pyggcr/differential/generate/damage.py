"""Everything that can be done to an archive, by name, so that damage can be told and repeated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from pyggcr._dataclasses import dataclass
from pyggcr.differential.generate.entry_damage import ENTRY_DAMAGE
from pyggcr.differential.generate.json_damage import JSON_DAMAGE
from pyggcr.differential.generate.layer_damage import LAYER_DAMAGE
from pyggcr.differential.generate.tar_damage import BLOCK_DAMAGE

__all__ = ["OPERATORS", "Damage", "apply", "choose"]

_FAMILIES = (JSON_DAMAGE, ENTRY_DAMAGE, LAYER_DAMAGE, tuple(dict.fromkeys(BLOCK_DAMAGE)))
# JSON and entries decide most of what is read; each family is chosen so often.
_WEIGHTS = (4, 5, 2, 3)

OPERATORS: dict[str, Callable[[random.Random, bytearray], None]] = {
    operator.__name__: operator for family in _FAMILIES for operator in family
}


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing done to an archive: which operator, and the seed of its choices."""

    operator: str
    seed: int

    def __str__(self) -> str:
        return f"{self.operator}:{self.seed}"


def choose(rng: random.Random) -> Damage:
    """A damage of any kind."""
    (family,) = rng.choices(_FAMILIES, _WEIGHTS)
    return Damage(rng.choice(family).__name__, rng.getrandbits(32))


def apply(archive: bytes, damages: Iterable[Damage]) -> bytes:
    """The archive with the damages done to it, in order. One that finds no hold changes nothing."""
    data = bytearray(archive)
    for damage in damages:
        rng = random.Random(damage.seed)  # noqa: S311 - it has to repeat itself
        OPERATORS[damage.operator](rng, data)
    return bytes(data)
