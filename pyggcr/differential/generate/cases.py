"""Cases: a seed and a number make a description and its damage, and these an archive.

The same seed and number give the same bytes, with the same version of pyggcr, of Python's minor
release and of its zlib.
"""

from __future__ import annotations

import random
import tarfile

from pyggcr._dataclasses import dataclass
from pyggcr.differential.generate import damage, descriptions
from pyggcr.differential.generate.archives import ImageSpec, docker_save

__all__ = ["Recipe", "case_seed", "make_recipe"]

_FORMS = (tarfile.USTAR_FORMAT, tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
# Of ten cases, how many have no damage, one, two or three.
_DAMAGES = (0, 0, 1, 1, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True)
class Recipe:
    """What an archive is made of, before any byte of it exists: the thing to shrink."""

    images: tuple[ImageSpec, ...]
    damages: tuple[damage.Damage, ...] = ()
    manifest_first: bool = False
    form: int = tarfile.USTAR_FORMAT

    def archive(self) -> bytes:
        """The archive."""
        whole = docker_save(self.images, manifest_first=self.manifest_first, form=self.form)
        return damage.apply(whole, self.damages)


def case_seed(seed: int, number: int) -> str:
    """The seed of one case of a campaign."""
    return f"{seed}:{number}"


def make_recipe(seed: str) -> Recipe:
    """The recipe of a case, from the seed that ``case_seed`` gives."""
    rng = random.Random(seed)  # noqa: S311 - it has to repeat itself
    return Recipe(
        images=tuple(descriptions.images(rng)),
        damages=tuple(damage.choose(rng) for _ in range(rng.choice(_DAMAGES))),
        manifest_first=rng.random() < 0.3,
        form=rng.choice(_FORMS),
    )
