"""Compares a whole archive: it is opened without a tag and with each of its tags.

``compare_ways`` returns one ``Comparison`` for each tag, which ``pyggcr differential`` shows.
Campaigns get one ``Verdict`` for the whole archive: plain data, as it comes from another process.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from pyggcr._dataclasses import asdict, dataclass, field
from pyggcr._layers.known_layers import ignore_layer_cache
from pyggcr.differential.accepted import accepted
from pyggcr.differential.comparison import (
    Comparison,
    Difference,
    compare,
    compare_observations,
    difference,
)
from pyggcr.differential.extra_observations import observe_path_extra
from pyggcr.differential.observation import Failure, Observation
from pyggcr.differential.observing import attempt, observe
from pyggcr.differential.short_reads import short_reads
from pyggcr.differential.tags import list_tags
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Verdict", "compare_ways", "verdict_of", "ways_to_open"]

NO_TAG = "(no tag)"
MANIFEST = "load_manifest"

# A tag that no archive has: what is said of it is compared as well.
ABSENT_TAG = "absent.example.com/none:1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of comparing a whole archive.

    Attributes:
        compared: how many results were compared.
        refused: whether the Go engine could open the archive neither without a tag nor with any.
        differences: what differs, with the tag (``(no tag)`` for none), in the order of the calls.
        left_out: how many results were left out, by the reason.
    """

    compared: int = 0
    refused: bool = False
    differences: tuple[tuple[str, Difference], ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the result as a document, which ``from_json`` reads.

        Returns:
            A dict, ready for ``json.dumps``.
        """
        return {
            "compared": self.compared,
            "refused": self.refused,
            "differences": [{"tag": tag, **asdict(each)} for tag, each in self.differences],
            "left_out": self.left_out,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Verdict:
        """Make a result from its document.

        Args:
            document: what ``to_json`` returned.

        Returns:
            The result.
        """
        rows = [dict(row) for row in document["differences"]]
        return cls(
            compared=document["compared"],
            refused=document["refused"],
            differences=tuple((row.pop("tag"), Difference(**row)) for row in rows),
            left_out=document["left_out"],
        )


def ways_to_open(path: str | os.PathLike[str]) -> list[str | None]:
    """List the tags with which to open an archive, for ``compare_ways``.

    Args:
        path: an archive of ``docker save``.

    Returns:
        ``None``, for no tag, and then each tag of the archive; only ``None`` if ``manifest.json``
        cannot be read.
    """
    try:
        return [None, *list_tags(path, engine="python")]
    except Error:
        # Both engines then refuse the archive: whether in the same words is worth knowing too.
        return [None]


def compare_ways(
    path: str | os.PathLike[str],
    tags: Iterable[str | None],
    *,
    gzip_profile: str | None = None,
) -> tuple[Comparison, ...]:
    """Open an archive with each of several tags on both engines, and compare the results.

    Args:
        path: an archive of ``docker save``.
        tags: the tags, with ``None`` for no tag, as ``ways_to_open`` returns them.
        gzip_profile: the gzip encoder that the Python engine uses; default: that of the Go engine.

    Returns:
        A comparison for each tag, in their order.

    Raises:
        Error: as ``compare``.
    """
    return tuple(compare(path, tag, gzip_profile=gzip_profile) for tag in tags)


def verdict_of(
    path: str | os.PathLike[str], *, gzip_profile: str | None = None, more: bool = True
) -> Verdict:
    """Compare all that both engines read from an archive.

    The archive is opened without a tag, with each of its tags and with a tag that it lacks.
    ``tarball.load_manifest`` is compared too.

    Args:
        path: an archive of ``docker save``.
        gzip_profile: the gzip encoder that the Python engine uses; default: that of the Go engine.
        more: whether to compare ``observe_extra`` and short reads too, for the first image that
            both engines can open; this takes as long as the rest. Default true.

    Returns:
        The result.

    Raises:
        Error: as ``compare``.
    """
    tags = ways_to_open(path)
    comparisons = compare_ways(path, [*tags, ABSENT_TAG], gzip_profile=gzip_profile)
    further = [(NO_TAG, MANIFEST, _read_manifest(path, "go"), _read_manifest(path, "python"))]
    readable = next((each for each in comparisons if not (each.go.open or each.python.open)), None)
    if more and readable and readable.same_gzip:
        further += _ask_more(path, readable)
        comparisons += (_compare_through_openers(path, readable),)
    differences = []
    left_out: Counter[str] = Counter()
    for comparison in comparisons:
        tag = comparison.tag or NO_TAG
        differences += [(tag, each) for each in comparison.differences]
        left_out.update(omission.reason for omission in comparison.left_out)
    for tag, where, go, python in further:
        if go == python:
            continue
        if case := accepted(go, python):
            left_out[case.reason] += 1
        else:
            differences.append((tag, difference(where, go, python)))
    return Verdict(
        compared=len(further) + sum(comparison.compared for comparison in comparisons),
        refused=all(comparison.go.open for comparison in comparisons),
        differences=tuple(differences),
        left_out=dict(left_out),
    )


def _ask_more(
    path: str | os.PathLike[str], readable: Comparison
) -> list[tuple[str, str, Any, Any]]:
    """The further answers of both engines, for an image that both can open."""
    go, python = (
        observe_path_extra(
            path, readable.tag, engine=side.engine, gzip_profile=side.gzip_profile or None
        )
        for side in (readable.go, readable.python)
    )
    tag = readable.tag or NO_TAG
    return [(tag, name, go.get(name), python.get(name)) for name in {**go, **python}]


@ignore_layer_cache()
def _compare_through_openers(path: str | os.PathLike[str], readable: Comparison) -> Comparison:
    """The same image again, read through openers that give little at a time."""
    from pyggcr import tarball

    def observed(side: Observation) -> Observation:
        profile = side.gzip_profile or None
        image = attempt(
            lambda: tarball.image(
                short_reads(path), readable.tag, engine=side.engine, gzip_profile=profile
            )
        )
        if isinstance(image, Failure):
            return Observation(open=image)
        with image:
            return observe(image)

    go, python = observed(readable.go), observed(readable.python)
    return compare_observations(go, python, tag=readable.tag)


def _read_manifest(path: str | os.PathLike[str], engine: str) -> str | Failure:
    from pyggcr import tarball
    from pyggcr._gostd import json

    try:
        manifest = tarball.load_manifest(path, engine=engine) or ()
        # Written as Go writes it, where an empty list and none are the same.
        return b"\n".join(map(json.marshal, manifest)).decode("utf-8", "surrogateescape")
    except Exception as error:  # noqa: BLE001 - whatever was raised is the answer
        return Failure(str(error), type(error).__name__)
