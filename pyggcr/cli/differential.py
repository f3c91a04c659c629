"""``differential``: whether both engines say the same of archives, answer by answer.

What a campaign prints is ``campaign.py``'s.
"""

from __future__ import annotations

from pathlib import Path

from pyggcr._dataclasses import asdict
from pyggcr.cli import reader
from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import as_json, in_daemon, reading_options
from pyggcr.cli.output import write_json
from pyggcr.cli.progress import byte_progress
from pyggcr.cli.saved_archive import saved_archive
from pyggcr.cli.second_archive import warn_of_second
from pyggcr.cli.table import Table, write_table
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.differential import Comparison

__all__ = ["differential"]

NO_TAG = "(no tag)"


@reader.command()
@reader.argument("target", required=False, type=reader.Path())
@reading_options
@reader.option(
    "--generate", type=reader.IntRange(min=1), metavar="N", help="Compare on N generated archives"
)
@reader.option("--seed", type=int, metavar="S", help="Generate the archives of this seed again")
@reader.option(
    "--case",
    type=reader.IntRange(min=0),
    metavar="K",
    help="Compare only on the archive of this number",
)
@reader.option(
    "--jobs", type=reader.IntRange(min=1), metavar="J", help="Number of processes (default: 1)"
)
@reader.option("--dask", metavar="ADDRESS", help="Compare by the workers of a dask scheduler")
@reader.option(
    "--limit",
    type=reader.FloatRange(above=0),
    metavar="SECONDS",
    help="Seconds after which an archive counts as a hang (default: 20)",
)
@reader.option(
    "--out",
    type=reader.Path(files=False),
    metavar="DIR",
    help="Folder for findings: a reduced archive and a report of each",
)
@as_json
def differential(
    target: str | None,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    generate: int | None,
    **options: Any,
) -> int:
    """Compare the engines on an archive, on all below a folder, or on made ones.

    Exit code 1 when they differ. Without --tag, an archive is read without a tag and with
    each of its tags. --gzip-profile is for the Python engine, which otherwise takes that of
    the Go engine.

    A folder, or --generate, makes a campaign: each archive is compared in a process of its own,
    where a crash, a hang and a leak are findings too. The numbers that --generate prints, with
    --seed and --case, make an archive again.
    """
    campaign = {name: value for name, value in options.items() if value is not None}
    if generate is not None or (target is not None and not daemon and Path(target).is_dir()):
        if tag is not None or daemon:
            raise reader.UsageError("--tag and --daemon are for a single archive.")
        if generate is not None and target is not None:
            raise reader.UsageError("--generate takes no archive.")
        return _run_campaign(target, generate, campaign, gzip_profile, as_json)
    if campaign:
        names = ", ".join(f"--{name}" for name in campaign)
        raise reader.UsageError(f"{names}: only for a folder or with --generate.")
    if target is None:
        raise reader.UsageError("Name an archive or a folder, or use --generate.")
    location = in_daemon(target) if daemon else target
    return _compare(location, tag, gzip_profile, as_json)


def _run_campaign(
    folder: str | None,
    generate: int | None,
    options: dict[str, Any],
    gzip_profile: str | None,
    as_json: bool,
) -> int:
    from pyggcr.cli import campaign

    seed, case = options.pop("seed", None), options.pop("case", None)
    if generate is None:
        assert folder is not None
        if seed is not None or case is not None:
            raise reader.UsageError("--seed and --case are for --generate.")
        cases = campaign.below(folder)
    else:
        cases = campaign.made(generate, seed, case)
    return campaign.run(cases, gzip_profile=gzip_profile, as_json=as_json, **options)


def _compare(text: str, tag: str | None, gzip_profile: str | None, as_json: bool) -> int:
    from pyggcr.differential import compare_ways, ways_to_open

    with saved_archive(text) as (path, own_tag):
        wanted = tag or own_tag
        with byte_progress(f"comparing {text}"):
            tags = [wanted] if wanted is not None else ways_to_open(path)
            comparisons = compare_ways(path, tags, gzip_profile=gzip_profile)
        if as_json:
            document = {"comparisons": [_to_json(each) for each in comparisons]}
            write_json({"archive": text, **document})
        else:
            _write_report(comparisons)
        if not all(comparison.equal for comparison in comparisons):
            return CHECK_FAILED
        refusals = [comparison.go.open for comparison in comparisons if comparison.go.open]
        if len(refusals) == len(comparisons):
            # The engines agree, but on nothing: the archive cannot be read.
            _refuse(path, text, wanted)
            raise ArchiveError(refusals[0].error)
        warn_of_second(path, text)
    return 0


def _refuse(path: str, shown: str, tag: str | None) -> None:
    """Raise what all other commands say of an archive that nobody can read."""
    from pyggcr.store.locations import open_location
    from pyggcr.store.store import open_store
    from pyggcr.store.transports import Location

    location = Location("path", path)
    with open_store(open_location(location, shown), shown, location) as store:
        if tag is not None:
            store.image(tag=tag)


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


def _write_report(comparisons: tuple[Comparison, ...]) -> None:
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
