"""hypothesis strategies for archives: what ``pyggcr diff --generate`` makes up, steered and shrunk.

Each strategy drives the same generators as a campaign, through a ``random.Random`` whose every
choice is hypothesis's. Needs the package hypothesis.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import strategies as st

from pyggcr.differential.generate import damage, descriptions
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, sha256
from pyggcr.differential.generate.descriptions import TAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = [
    "TAGS",
    "Archive",
    "archives",
    "damaged_archives",
    "image_lists",
    "image_specs",
    "layer_specs",
]

_T = TypeVar("_T")

# More damage than this leaves little to read.
_MOST_DAMAGES = 3


class Archive(bytes):
    """The bytes of an archive, which failing examples show by size and hash."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<archive of {len(self)} bytes, {sha256(self)}>"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # What hypothesis asks for; it would print all bytes.
        printer.text(repr(self))


def layer_specs() -> st.SearchStrategy[LayerSpec]:
    """Make layers: plain, gzip or zstd, linked or not, with or without an entry in LayerSources.

    Returns:
        A strategy of descriptions.
    """
    return _made_by(descriptions.layer)


def image_specs() -> st.SearchStrategy[ImageSpec]:
    """Make images of up to five layers, tagged with some of ``TAGS`` or not; configs may be wrong.

    Returns:
        A strategy of descriptions.
    """
    return _made_by(descriptions.image)


def image_lists() -> st.SearchStrategy[list[ImageSpec]]:
    """Make lists of one to three images, as ``docker_save`` takes them.

    Returns:
        A strategy of lists of descriptions.
    """
    return _made_by(descriptions.images)


def archives() -> st.SearchStrategy[Archive]:
    """Make archives in the form of ``docker save``, undamaged.

    Returns:
        A strategy of archives.
    """
    return st.builds(
        lambda images, first: Archive(docker_save(images, manifest_first=first)),
        image_lists(),
        st.booleans(),
    )


def damaged_archives() -> st.SearchStrategy[Archive]:
    """Make archives with one to three defects or oddities in blocks, entries, JSON or layers.

    Returns:
        A strategy of archives.
    """
    damages = st.lists(_made_by(damage.choose), min_size=1, max_size=_MOST_DAMAGES)
    return st.builds(
        lambda archive, damages: Archive(damage.apply(archive, damages)), archives(), damages
    )


def _made_by(make: Callable[[random.Random], _T]) -> st.SearchStrategy[_T]:
    return st.randoms(use_true_random=False).map(make)
