"""Makes the archive of a finding smaller, as long as it still shows the same finding.

First the recipe: damages, images, layers and their content are removed. Then the archive: its
entries, their content, the members of its JSON documents, its blocks. The search is greedy and
limited in time. The caller decides whether the finding is still the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

from pyggcr._dataclasses import dataclass, field, replace
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec
from pyggcr.differential.generate.cases import Recipe
from pyggcr.differential.generate.json_damage import Members, containers, written
from pyggcr.differential.generate.tar_bytes import BLOCK, Entry, join, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = ["Shrinker"]

_T = TypeVar("_T")

# How long shrinking one finding may take, in seconds.
BUDGET = 60.0

_END = bytes(2 * BLOCK)


@dataclass
class Shrinker:
    """Shrinks while ``still`` says that the same is wrong with an archive.

    Attributes:
        still: takes the bytes of an archive.
        budget: how long to go on, in seconds.
        tried: how many archives were tried.
    """

    still: Callable[[bytes], bool]
    budget: float = BUDGET
    tried: int = 0
    _end: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.budget

    def recipe(self, recipe: Recipe) -> Recipe:
        """A smaller recipe, or the same one."""
        return self._reduce(recipe, _smaller_recipes, Recipe.archive)

    def archive(self, data: bytes) -> bytes:
        """A smaller archive, or the same one."""
        while True:
            before = data
            data = self._entries(data)
            data = self._reduce(data, _smaller_archives, bytes)
            data = self._blocks(data)
            if data == before:
                return data

    def _reduce(
        self, thing: _T, smaller: Callable[[_T], Iterator[_T]], made: Callable[[_T], bytes]
    ) -> _T:
        """The thing after every step that ``smaller`` offers and ``still`` allows."""
        progress = True
        while progress:
            progress = False
            for candidate in smaller(thing):
                if self._spent():
                    return thing
                if self._holds(made(candidate)):
                    thing, progress = candidate, True
                    break
        return thing

    def _entries(self, data: bytes) -> bytes:
        entries, rest = split(data)
        kept = self._minimise(entries, lambda some: join(some, rest))
        return join(kept, rest)

    def _blocks(self, data: bytes) -> bytes:
        blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
        return b"".join(self._minimise(blocks, b"".join))

    def _minimise(self, items: Sequence[_T], made: Callable[[Sequence[_T]], bytes]) -> list[_T]:
        """As few of the items as will do: delta debugging, halves first, then ever less."""
        kept = list(items)
        size = len(kept)
        while size := size // 2 if size > 1 else 0:
            at = 0
            while at < len(kept) and not self._spent():
                fewer = kept[:at] + kept[at + size :]
                if self._holds(made(fewer)):
                    kept = fewer
                else:
                    at += size
        if len(kept) == 1 and self._holds(made([])):
            return []
        return kept

    def _holds(self, data: bytes) -> bool:
        self.tried += 1
        return self.still(data)

    def _spent(self) -> bool:
        return time.monotonic() >= self._end


def _smaller_recipes(recipe: Recipe) -> Iterator[Recipe]:
    for at in range(len(recipe.damages)):
        yield replace(recipe, damages=_without(recipe.damages, at))
    if len(recipe.images) > 1:
        for at in range(len(recipe.images)):
            yield replace(recipe, images=_without(recipe.images, at))
    for at, image in enumerate(recipe.images):
        for smaller in _smaller_images(image):
            images = (*recipe.images[:at], smaller, *recipe.images[at + 1 :])
            yield replace(recipe, images=images)


def _smaller_images(image: ImageSpec) -> Iterator[ImageSpec]:
    for at in range(len(image.layers)):
        yield replace(image, layers=list(_without(image.layers, at)))
    if image.config:
        yield replace(image, config={})
    if image.tags:
        yield replace(image, tags=image.tags[1:] or None)
    for at, layer in enumerate(image.layers):
        for smaller in _smaller_layers(layer):
            yield replace(image, layers=[*image.layers[:at], smaller, *image.layers[at + 1 :]])


def _smaller_layers(layer: LayerSpec) -> Iterator[LayerSpec]:
    if layer.link:
        yield replace(layer, link="")
    if layer.source is not None:
        yield replace(layer, source=None)
    if layer.compression != "none":
        yield replace(layer, compression="none")
    if layer.source is None and layer.content:
        for content in (b"", layer.content[: len(layer.content) // 2]):
            yield replace(layer, content=content)


def _smaller_archives(data: bytes) -> Iterator[bytes]:
    """The archive with one entry's content or document a step smaller, or a shorter end."""
    entries, rest = split(data)
    for shorter in (b"", _END):
        if len(shorter) < len(rest):
            yield join(entries, shorter)
    for at, entry in enumerate(entries):
        for smaller in _smaller_entries(entry):
            yield join([*entries[:at], smaller, *entries[at + 1 :]], rest)


def _smaller_entries(entry: Entry) -> Iterator[Entry]:
    if entry.before:
        yield replace(entry, before=b"")
    size = len(entry.content)
    for kept in dict.fromkeys((0, size // 2, size - size % BLOCK, size - 1)):
        if 0 <= kept < size:
            yield entry.with_content(entry.content[:kept])
    for text in _smaller_documents(entry.content):
        yield entry.with_content(text)


def _smaller_documents(text: bytes) -> Iterator[bytes]:
    """The JSON document with one member or element less, if it is one."""
    if text[:1] not in (b"{", b"["):
        return
    try:
        document = json.loads(text, object_pairs_hook=Members)
    except (ValueError, RecursionError):
        return
    for container in list(containers(document)):
        for at in range(len(container)):
            item: Any = container.pop(at)
            yield written(document).encode("utf-8", "surrogatepass")
            container.insert(at, item)


def _without(items: Sequence[_T], at: int) -> tuple[_T, ...]:
    return (*items[:at], *items[at + 1 :])
