"""``diff``: whether both engines say the same of an archive, answer by answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import archive_argument, as_json, gzip_profile_option, tag_option
from pyggcr.cli.output import write_json
from pyggcr.cli.table import Table, write_table
from pyggcr.errors import ArchiveError, Error

if TYPE_CHECKING:
    from pyggcr.differential import Comparison

__all__ = ["diff"]

NO_TAG = "(no tag)"


@click.command()
@archive_argument
@tag_option
@gzip_profile_option
@as_json
def diff(archive: str, tag: str | None, gzip_profile: str | None, as_json: bool) -> int:
    """Compare the engines on an archive.

    Exit code 1 when they differ. Without --tag, the archive is read without a tag and with
    each of its tags. --gzip-profile is for the Python engine, which otherwise takes that of
    the Go engine.
    """
    from pyggcr.differential import compare

    tags = [tag] if tag is not None else _ways_to_open(archive)
    comparisons = [compare(archive, each, gzip_profile=gzip_profile) for each in tags]
    if as_json:
        write_json({"archive": archive, "comparisons": [_to_json(each) for each in comparisons]})
    else:
        _write_report(comparisons)
    if not all(comparison.equal for comparison in comparisons):
        return CHECK_FAILED
    refusals = [comparison.go.open for comparison in comparisons if comparison.go.open]
    if len(refusals) == len(comparisons):
        # The engines agree, but on nothing: the archive cannot be read.
        raise ArchiveError(refusals[0].error)
    return 0


def _ways_to_open(archive: str) -> list[str | None]:
    from pyggcr.differential import list_tags

    try:
        return [None, *list_tags(archive, engine="python")]
    except Error:
        # Both engines then refuse the archive: whether in the same words is worth knowing too.
        return [None]


def _to_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "tag": comparison.tag,
        "equal": comparison.equal,
        "compared": comparison.compared,
        "same_gzip": comparison.same_gzip,
        "gzip_profiles": {
            "go": comparison.go.gzip_profile,
            "python": comparison.python.gzip_profile,
        },
        "differences": [asdict(difference) for difference in comparison.differences],
        "left_out": [asdict(omission) for omission in comparison.left_out],
    }


def _write_report(comparisons: list[Comparison]) -> None:
    columns = ("tag", "verdict", "compared", "left_out", "go_gzip", "python_gzip")
    write_table(Table(rows=[_summary(each) for each in comparisons], columns=columns))
    for comparison in comparisons:
        for difference in comparison.differences:
            facts = {"tag": comparison.tag or NO_TAG, **asdict(difference)}
            write_table(Table(rows=list(facts.items()), title="difference"))
    reasons = {omission.reason for each in comparisons for omission in each.left_out}
    for reason in sorted(reasons):
        write_table(Table(rows=[("left out", reason)]))


def _summary(comparison: Comparison) -> tuple[str, ...]:
    return (
        comparison.tag or NO_TAG,
        "equal" if comparison.equal else f"{len(comparison.differences)} differences",
        str(comparison.compared),
        str(len(comparison.left_out)),
        comparison.go.gzip_profile,
        comparison.python.gzip_profile,
    )
