"""What all rows of an audit say together, counted in one pass: the figures of its HTML page.

Memory does not grow with the number of images, except for the contents of layers, of which
``CONTENTS`` are remembered at most; ``Summary.forgotten`` says how many came after that.
"""

from __future__ import annotations

import heapq
from collections import Counter

from pyggcr._dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.audit.rows import Row, RowLayer

__all__ = ["AGES", "CONTENTS", "SIZES", "Copies", "Summary"]

CONTENTS = 200_000
_MIB = 1 << 20

# Classes of images by size and by age: what they are called, and what is below them.
SIZES: tuple[tuple[str, float], ...] = (
    ("< 1 MiB", _MIB),
    ("1 to 10 MiB", 10 * _MIB),
    ("10 to 50 MiB", 50 * _MIB),
    ("50 to 100 MiB", 100 * _MIB),
    ("100 to 250 MiB", 250 * _MIB),
    ("250 to 500 MiB", 500 * _MIB),
    ("0.5 to 1 GiB", 1024 * _MIB),
    ("1 to 4 GiB", 4096 * _MIB),
    ("≥ 4 GiB", float("inf")),
)
AGES: tuple[tuple[str, float], ...] = (
    ("< 1 week", 7),
    ("1 to 4 weeks", 28),
    ("1 to 3 months", 91),
    ("3 to 6 months", 182),
    ("6 to 12 months", 365),
    ("1 to 2 years", 730),
    ("≥ 2 years", float("inf")),
)
_UNKNOWN = "unknown"
# Docker and Bazel set such times so that builds can be repeated; they say nothing about age.
_NO_TIME = ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z")


@dataclass(slots=True)
class Copies:
    """A content of layers that is stored under more than one digest.

    Attributes:
        diff_id: of the content.
        blobs: the size of each blob that has it, in bytes, by its digest.
    """

    diff_id: str
    blobs: dict[str, int]

    @property
    def wasted(self) -> int:
        """Bytes that one blob instead of several would save: all but the smallest."""
        return sum(self.blobs.values()) - min(self.blobs.values())


@dataclass(slots=True)
class Summary:
    """Figures of an audit.

    Attributes:
        images: rows that are images.
        failed: rows of what could not be read.
        size: of all images together, in bytes, as if they shared nothing.
        severities: images by their worst finding; those without one as ``none``.
        findings: images by code of a finding.
        tools: images by tool and versions that fail on them.
        errors: rows by class of their error.
        sizes: images by class of size.
        ages: images by class of age.
        compressions: layers by compression, as the rows tell it; those of one image that differ
            count as ``mixed`` images in ``mixed``.
        mixed: images whose layers have more than one compression.
        platforms: images by platform.
        forgotten: layers whose content was not remembered.
    """

    images: int = 0
    failed: int = 0
    size: int = 0
    severities: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    ages: Counter[str] = field(default_factory=Counter)
    compressions: Counter[str] = field(default_factory=Counter)
    mixed: int = 0
    platforms: Counter[str] = field(default_factory=Counter)
    forgotten: int = 0
    _first: dict[str, tuple[str, int]] = field(default_factory=dict)
    _copies: dict[str, Copies] = field(default_factory=dict)
    _shared: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count one row."""
        if row.error is not None:
            self.failed += 1
            self.errors[row.error.kind] += 1
        if row.error is None or row.digest:
            self.images += 1
            self._add_image(row)

    def _add_image(self, row: Row) -> None:
        self.size += row.size
        self.severities[row.severity or "none"] += 1
        self.findings.update({finding.code for finding in row.findings})
        self.tools.update({f"{failure.tool} {failure.versions}".strip() for failure in row.tools})
        self.sizes[_class(SIZES, row.size)] += 1
        self.ages[_UNKNOWN if _undated(row) else _class(AGES, row.age or 0)] += 1
        self.platforms[row.platform or _UNKNOWN] += 1
        kinds = [layer.compression or _UNKNOWN for layer in row.layers]
        self.compressions.update(kinds)
        self.mixed += len(set(kinds)) > 1
        for layer in row.layers:
            self._add_layer(layer)

    def _add_layer(self, layer: RowLayer) -> None:
        if layer.shared and layer.digest and len(self._shared) < CONTENTS:
            self._shared[layer.digest] = (layer.shared + 1, layer.size)
        if not layer.diff_id or not layer.digest:
            return
        first = self._first.get(layer.diff_id)
        if first is None:
            if len(self._first) < CONTENTS:
                self._first[layer.diff_id] = (layer.digest, layer.size)
            else:
                self.forgotten += 1
        elif first[0] != layer.digest:
            copies = self._copies.setdefault(
                layer.diff_id, Copies(layer.diff_id, {first[0]: first[1]})
            )
            copies.blobs[layer.digest] = layer.size

    @property
    def duplicated(self) -> int:
        """Bytes that contents under more than one digest take beyond their smallest blob."""
        return sum(copies.wasted for copies in self._copies.values())

    def most_duplicated(self, count: int) -> list[Copies]:
        """The contents that waste most, the worst first."""
        return heapq.nlargest(count, self._copies.values(), key=lambda it: (it.wasted, it.diff_id))

    def most_shared(self, count: int) -> list[tuple[str, int, int]]:
        """Digest, number of images and size of the layers that save most by being shared."""
        shared = ((digest, images, size) for digest, (images, size) in self._shared.items())
        return heapq.nlargest(count, shared, key=lambda it: ((it[1] - 1) * it[2], it[0]))


def _class(classes: tuple[tuple[str, float], ...], value: float) -> str:
    return next(name for name, limit in classes if value < limit)


def _undated(row: Row) -> bool:
    return row.age is None or row.created in _NO_TIME
