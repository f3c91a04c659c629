"""The walk of ``index.json``: to all that it leads to, through indexes in indexes.

Whatever is listed twice is visited once, so that indexes that list themselves end too. How a
document is read, what is wrong with it, and in which order the walk goes is each reader's own: the
order of reading decides whose error is seen.
"""

from __future__ import annotations

from collections import deque

from pyggcr._layers.annotation_names import (
    ATTESTATION,
    CONTAINERD_NAME,
    REFERENCE_NAME,
    REFERENCE_TYPE,
)
from pyggcr._layers.file_names import INDEX_JSON, blob_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pyggcr.v1.hash import Hash
    from pyggcr.v1.manifest import Descriptor

    Below = Callable[["Visit"], Iterable[Descriptor]]

__all__ = [
    "IndexWalk",
    "Visit",
    "each_once",
    "given_name",
    "is_attestation",
]

_UNKNOWN = "unknown"  # what BuildKit gives as the platform of an attestation


class Visit:
    """A descriptor, and the way to it.

    Attributes:
        described: the descriptor.
        depth: how many documents list each other up to it; 1 for those of ``index.json``.
        label: the name that ``index.json`` or an index on the way gives it, nearest first.
    """

    __slots__ = ("_above", "depth", "described", "label")

    depth: int
    label: str

    def __init__(self, described: Descriptor, above: Visit | None = None) -> None:
        self.described = described
        self._above = above
        self.depth = 1 if above is None else above.depth + 1
        self.label = given_name(described) or ("" if above is None else above.label)

    @property
    def document(self) -> str:
        """The file that lists it."""
        return INDEX_JSON if self._above is None else blob_name(self._above.described.digest)


class IndexWalk:
    """A walk that may start from several roots, one after the other."""

    def __init__(self, below: Below, *, depth_first: bool) -> None:
        """Prepare a walk.

        Args:
            below: what the document that a visit is about lists; asked once for each digest, when
                the caller of ``visits`` wants the next one.
            depth_first: whether what is listed comes before what stands beside the visit.
        """
        self._below = below
        self._depth_first = depth_first
        self._visited: set[Hash] = set()

    def visits(self, roots: Sequence[Descriptor]) -> Iterator[Visit]:
        """What the roots lead to, and they themselves, each digest once."""
        waiting = deque(Visit(root) for root in roots)
        while waiting:
            visit = waiting.popleft()
            if visit.described.digest in self._visited:
                continue
            self._visited.add(visit.described.digest)
            yield visit
            listed = [Visit(described, visit) for described in self._below(visit)]
            if self._depth_first:
                waiting.extendleft(reversed(listed))
            else:
                waiting.extend(listed)


def each_once(described: Iterable[Descriptor]) -> list[Descriptor]:
    """What is described, each digest once, in order."""
    found: dict[Hash, Descriptor] = {}
    for entry in described:
        found.setdefault(entry.digest, entry)
    return list(found.values())


def given_name(described: Descriptor) -> str:
    """The name that an index gives what it lists; empty if it gives none."""
    annotations = described.annotations or {}
    return annotations.get(CONTAINERD_NAME) or annotations.get(REFERENCE_NAME) or ""


def is_attestation(described: Descriptor) -> bool:
    """Whether it is what BuildKit says of an image, and no image."""
    platform = described.platform
    return (described.annotations or {}).get(REFERENCE_TYPE) == ATTESTATION or (
        platform is not None and platform.os == platform.architecture == _UNKNOWN
    )
