"""``audit``: what is wrong with many images, and which tools fail on them."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from pyggcr._dataclasses import dataclass, field
from pyggcr.cli import reader
from pyggcr.cli.options import as_json, tools_of, tools_option
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.progress import item_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.audit import Audit, Counts, Row
    from pyggcr.doctor import Report
    from pyggcr.tools import Tool

__all__ = ["audit"]

# The names of pyggcr.audit.formats.FORMATS; repeated so that --help need not import them.
_FORMATS = ("jsonl", "csv", "parquet", "sarif", "html")
_MAX_PER_HOST = 8  # of pyggcr.audit.run

_SHOWN = 20  # failed images that are told on a terminal or in a log


@reader.command()
@reader.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@reader.option("--deep", is_flag=True, help="Also read and hash every layer")
@reader.option(
    "--state",
    metavar="FILE",
    help="Keep what was read: resume after an interruption, later read only what changed",
)
@reader.option(
    "--output",
    "-o",
    "outputs",
    metavar="FILE",
    multiple=True,
    help="Write the rows to FILE, in the format that its name ends with; repeatable",
)
@reader.option(
    "--format",
    "output_format",
    type=reader.Choice(_FORMATS),
    help="Format of --output, or of standard output without it",
)
@reader.option(
    "--jobs",
    "-j",
    type=reader.IntRange(min=1),
    help="Number of processes to use in place of threads",
)
@reader.option("--dask", metavar="ADDRESS", help="Read images by the workers of a dask scheduler")
@reader.option(
    "--max-per-host",
    type=reader.IntRange(min=1),
    default=_MAX_PER_HOST,
    show_default=True,
    help="Number of images of one registry to read at a time",
)
@reader.option(
    "--retries",
    type=reader.IntRange(min=0),
    default=2,
    show_default=True,
    help="Number of times to repeat a request after a temporary failure",
)
@reader.option(
    "--timeout",
    type=reader.FloatRange(above=0),
    metavar="SECONDS",
    help="Give up an image after SECONDS (default: 60, with --deep 3600)",
)
@reader.option(
    "--fail-on",
    multiple=True,
    metavar="WORD",
    help="What makes the exit code 1, as for doctor (default: warning)",
)
@tools_option
@as_json
@registry_choice
def audit(
    targets: tuple[str, ...],
    deep: bool,
    state: str | None,
    outputs: tuple[str, ...],
    output_format: str | None,
    jobs: int | None,
    dask: str | None,
    max_per_host: int,
    retries: int,
    timeout: float | None,
    fail_on: tuple[str, ...],
    tools: tuple[str, ...],
    as_json: bool,
    choice: RegistryChoice,
) -> int:
    """Say of many images what is wrong with them, and which tools fail.

    A TARGET is a registry (registry.example.com), a repository (registry.example.com/app), an image
    in any form, a folder of archives and layouts, docker-daemon: for all images of the Docker
    daemon, or @list.txt for a file with one of these on each line. Exit codes: 0 clean; 1 findings;
    2 an image cannot be read.
    """
    from pyggcr.audit import Audit
    from pyggcr.remote import Retry

    if jobs and dask:
        raise reader.UsageError("--jobs and --dask exclude each other.")
    if as_json and output_format is not None and not outputs:
        raise reader.UsageError("only one document fits on standard output")
    kinds = _kinds(outputs, output_format)
    report = _Report(_policy(fail_on), tools_of(tools))
    options: dict[str, Any] = {**choice.options(), "retry": Retry(steps=retries + 1)}
    with (
        exit_on_signals(),
        Audit(
            targets,
            state=state,
            jobs=jobs or 0,
            dask=dask,
            platform=choice.platform,
            deep=deep,
            timeout=timeout,
            max_per_host=max_per_host,
            options=options,
        ) as run,
    ):
        _run(run, targets)
        for row in report.read(run.rows()):
            report.add(row)
        _write(run, report, kinds)
    counts = run.counts
    if as_json:
        write_json(report.to_json(counts, run.resumed, outputs))
    elif outputs or output_format is None:
        report.write(counts)
    return report.exit_code


def _kinds(outputs: tuple[str, ...], output_format: str | None) -> dict[str, str]:
    """What is to be written where; an empty name is standard output."""
    from pyggcr.audit.formats import check_format, format_of

    if not outputs:
        if output_format == "html":
            raise reader.UsageError("--format html needs --output.")
        kinds = {"": output_format} if output_format is not None else {}
    else:
        kinds = {path: output_format or format_of(path) for path in outputs}
    for path, kind in kinds.items():
        check_format(kind)
        if path and not Path(path).absolute().parent.is_dir():
            raise reader.CommandError(f"{path}: there is no such folder")
    return kinds


def _policy(fail_on: tuple[str, ...]) -> Report:
    from pyggcr.doctor import Report
    from pyggcr.doctor.policy import failing_on
    from pyggcr.errors import UnsupportedOptionError

    try:
        return failing_on(Report(()), fail_on) if fail_on else Report(())
    except UnsupportedOptionError as error:
        raise reader.UsageError(f"--fail-on: {error}") from None


def _run(run: Audit, targets: tuple[str, ...]) -> None:
    with _progress(targets) as advance:
        for _ in run:
            advance(run.counts)


@contextlib.contextmanager
def _progress(targets: tuple[str, ...]) -> Iterator[Callable[[Counts], None]]:
    """A counter on a terminal, nothing elsewhere."""
    began = time.monotonic()

    def show(counts: Counts) -> None:
        done = counts.rows + counts.failed
        pace = done / max(time.monotonic() - began, 1e-3)
        failed = f", {counts.failed} failed" if counts.failed else ""
        advance(done, f"{pace:.0f}/s{failed}")

    with item_progress(f"auditing {' '.join(targets)}", None) as advance:
        yield show


def _write(run: Audit, report: _Report, kinds: dict[str, str]) -> None:
    from pyggcr.audit.formats import write_rows, write_to

    for path, kind in kinds.items():
        rows = report.read(run.rows())
        if path:
            write_rows(rows, path, kind)
        else:
            write_to(sys.stdout.buffer, rows, kind)


@dataclass(slots=True)
class _Report:
    """What people and pipelines learn of all rows.

    Attributes:
        policy: an empty report that says which findings count.
        tools_asked: those that ``--for`` names.
    """

    policy: Report
    tools_asked: list[Tool]
    severities: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    failures: list[Row] = field(default_factory=list)
    size: int = 0
    exit_code: int = 0

    def read(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, as the tools meet them."""
        if not self.tools_asked:
            return rows
        from pyggcr.audit.findings import met_by

        return (met_by(row, *self.tools_asked) for row in rows)

    def add(self, row: Row) -> None:
        """Count one row."""
        from pyggcr.audit.findings import report_of

        self.severities[row.severity or "none"] += 1
        self.findings.update({f"{it.code} {it.name}" for it in row.findings})
        self.tools.update({f"{it.tool} ({it.versions})" for it in row.tools})
        self.size += row.size
        if row.error is not None and len(self.failures) < _SHOWN:
            self.failures.append(row)
        if row.findings or row.error is not None:
            self.exit_code = max(self.exit_code, report_of(row, self.policy).exit_code)

    def write(self, counts: Counts) -> None:
        """Print what there is to say, for people."""
        rows = [("images", f"{counts.rows:,}"), ("not readable", f"{counts.failed:,}")]
        if counts.known:
            rows.append(("not changed", f"{counts.known:,} of {counts.references:,} references"))
        rows += [(f"worst is {it}", f"{count:,}") for it, count in self._by_severity()]
        write_table(Table(rows=rows))
        for title, found in (("finding", self.findings), ("fails", self.tools)):
            if found:
                lines = [(name, f"{count:,}") for name, count in _most_first(found)]
                write_table(Table(rows=lines, columns=(title, "images")))
        if self.failures:
            lines = [(it.reference, it.error.message) for it in self.failures if it.error]
            write_table(Table(rows=lines, columns=("not readable", "reason")))
        if counts.failed > len(self.failures):
            write_line(f"and {counts.failed - len(self.failures)} more")

    def _by_severity(self) -> Iterator[tuple[str, int]]:
        for name in ("error", "warning", "info"):
            if count := self.severities[name]:
                yield name, count

    def to_json(self, counts: Counts, resumed: bool, outputs: tuple[str, ...]) -> dict[str, Any]:
        """The same for programs."""
        return {
            "exit_code": self.exit_code,
            "images": counts.rows,
            "failed": counts.failed,
            "references": counts.references,
            "known": counts.known,
            "resumed": resumed,
            "size": self.size,
            "severities": dict(self._by_severity()),
            "findings": dict(_most_first(self.findings)),
            "tools": dict(_most_first(self.tools)),
            "failures": [it.to_json() for it in self.failures],
            "outputs": list(outputs),
        }


def _most_first(counter: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda it: (-it[1], it[0]))
