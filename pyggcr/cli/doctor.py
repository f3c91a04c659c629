"""``doctor``: what is wrong with archives, who stumbles over it, and what to do."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pyggcr._dataclasses import replace
from pyggcr.cli import reader, screen
from pyggcr.cli.options import as_json, in_daemon, tools_of, tools_option
from pyggcr.cli.output import write_bytes, write_json, write_line, write_warning
from pyggcr.cli.progress import byte_progress, file_total
from pyggcr.cli.signals import exit_on_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.doctor import Checkup, EngineCheck, Finding, Report
    from pyggcr.doctor.baseline import Baseline
    from pyggcr.tools import Tool

__all__ = ["SEVERITY_WIDTH", "doctor", "facts_of", "shown", "summary_of"]

# The names of pyggcr.doctor.SEVERITIES; repeated so that --help need not import the doctor.
_SEVERITIES = ("info", "warning", "error")
_FORMATS = ("text", "github")
_STANDARD_OUTPUT = "-"

SEVERITY_WIDTH = max(map(len, _SEVERITIES))
_LABEL_WIDTH = len("remedy")


@reader.command()
@reader.argument("targets", metavar="[TARGET]...", nargs=-1, type=reader.Path())
@reader.option("--daemon", is_flag=True, help="Treat targets as images of the Docker daemon")
@reader.option("--engine-check", is_flag=True, help="Check the running Docker daemon")
@reader.option(
    "--min-engine",
    metavar="VERSION",
    help="With --engine-check: lowest version of the Docker Engine to accept",
)
@reader.option(
    "--insecure", is_flag=True, help="Allow plain HTTP, and TLS without verified certificates"
)
@reader.option("--deep", is_flag=True, help="Also read and hash every blob and layer")
@reader.option(
    "--digests",
    is_flag=True,
    help="Compute the manifest digests, which depend on the Go release and the platform",
)
@reader.option(
    "--fail-on",
    multiple=True,
    metavar="WORD",
    help="What makes the exit code 1: findings from a severity on (info, warning, error), a code "
    "or name of a finding, or never; several with commas.  [default: warning]",
)
@reader.option(
    "--check-base", is_flag=True, help="Ask registries whether the bases of images have moved on"
)
@reader.option("--base", metavar="IMAGE", help="Compare with the layers of IMAGE, as --check-base")
@reader.option("--baseline", metavar="FILE", help="Ignore findings that FILE lists as known")
@reader.option("--write-baseline", metavar="FILE", help="Write all findings to FILE, as a baseline")
@reader.option(
    "--format",
    "output_format",
    type=reader.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Print text, or workflow commands that GitHub Actions shows as annotations",
)
@tools_option
@reader.option(
    "--timeout",
    type=reader.FloatRange(above=0),
    metavar="SECONDS",
    help="Abort after SECONDS, with exit code 2 (default: no limit)",
)
@reader.option("--sarif", metavar="FILE", help="Write SARIF 2.1.0 to FILE; - is standard output")
@reader.option("--junit", metavar="FILE", help="Write JUnit XML to FILE; - is standard output")
@as_json
def doctor(
    targets: tuple[str, ...],
    daemon: bool,
    engine_check: bool,
    min_engine: str | None,
    insecure: bool,
    deep: bool,
    digests: bool,
    fail_on: tuple[str, ...],
    check_base: bool,
    base: str | None,
    baseline: str | None,
    write_baseline: str | None,
    output_format: str,
    tools: tuple[str, ...],
    timeout: float | None,
    sarif: str | None,
    junit: str | None,
    as_json: bool,
) -> int:
    """Find what is wrong with images, or with the Docker daemon, and which tools fail on it.

    A TARGET is a docker-save archive or an OCI layout (a folder or a tar, which may be compressed),
    a folder of them, a reference to a registry, or a location such as docker-daemon:app:1. Of an
    image in a registry only manifests and configs are read, unless --deep is given. Exit codes: 0
    clean; 1 findings; 2 an archive cannot be read, or the daemon not be asked.
    """
    from pyggcr import limits

    readers = tools_of(tools)
    on_output = [sarif, junit].count(_STANDARD_OUTPUT) + as_json
    if on_output + (output_format != "text") > 1:
        raise reader.UsageError("only one document fits on standard output")
    judge = _judge(fail_on, readers, baseline)
    _check_usage(
        targets, engine_check, min_engine, of_images=daemon or deep or digests or check_base or base
    )
    with limits.limit(timeout=timeout):
        if engine_check:
            check = _check_engine(min_engine)
            report = judge(check.report)
            document = replace(check, report=report).to_json() if as_json else {}
        else:
            check = None
            if daemon:
                targets = tuple(map(in_daemon, targets))
            insecure = insecure or reader.of_program()["insecure"]
            of_bases = check_base or base is not None
            report = judge(_examine(targets, deep, digests, insecure, of_bases, base))
            document = report.to_json() if as_json else {}
    # First what cannot fail for a name of a file: the work may have taken long.
    if as_json:
        write_json(document)
    elif output_format == "github":
        _write_for_github(report, check)
    elif not on_output:
        _write_for_people(report, check)
    _write_documents(report, sarif, junit)
    if write_baseline is not None:
        return _write_baseline(report, write_baseline)
    return report.exit_code


def _examine(
    targets: tuple[str, ...],
    deep: bool,
    digests: bool,
    insecure: bool,
    of_bases: bool,
    base: str | None,
) -> Report:
    """What is wrong with the targets; what nobody reads in them is told at once."""
    from pyggcr.cli.second_archive import second_archive_at
    from pyggcr.doctor import diagnose_all

    what = targets[0] if len(targets) == 1 else f"{len(targets)} archives"
    with byte_progress(f"examining {what}", file_total(*targets) if deep else None):
        report = diagnose_all(targets, deep=deep, digests=digests, insecure=insecure)
        if of_bases:
            report = _with_bases(report, base, insecure)
    for checkup in report.checkups:
        unread = second_archive_at(checkup.path) if checkup.readable else None
        if unread is not None:
            write_warning(unread)
    return report


def _with_bases(report: Report, base: str | None, insecure: bool) -> Report:
    """The report with findings about bases."""
    from pyggcr.authn import DEFAULT_KEYCHAIN
    from pyggcr.cli.registry_options import user_agent
    from pyggcr.doctor.base_check import check_base

    checked = [
        check_base(
            checkup,
            base=base,
            keychain=DEFAULT_KEYCHAIN,
            user_agent=user_agent(),
            insecure=insecure,
        )
        for checkup in report.checkups
    ]
    return replace(report, checkups=tuple(checked))


def _check_usage(
    targets: tuple[str, ...],
    engine_check: bool,
    min_engine: str | None,
    *,
    of_images: bool | str | None,
) -> None:
    if engine_check and (targets or of_images):
        raise reader.UsageError("--engine-check takes no targets, nor options for them.")
    if not engine_check and not targets:
        raise reader.UsageError("Missing argument 'TARGET...', or --engine-check.")
    if min_engine is not None and not engine_check:
        raise reader.UsageError("--min-engine is for --engine-check.")


def _check_engine(min_engine: str | None) -> EngineCheck:
    from pyggcr.doctor import check_engine

    try:
        return check_engine(min_engine)
    except ValueError as error:
        raise reader.UsageError(f"--min-engine: {error}") from None


def _judge(
    fail_on: tuple[str, ...], readers: list[Tool], baseline: str | None
) -> Callable[[Report], Report]:
    """What makes of what was found a report that says what counts; refuses wrong options early."""
    from pyggcr.doctor import Report

    chosen = Report(())
    if fail_on:
        from pyggcr.doctor.policy import failing_on

        try:
            chosen = failing_on(chosen, fail_on)
        except ValueError as error:
            raise reader.UsageError(f"--fail-on: {error}") from None
    known = None if baseline is None else _read_baseline(baseline)

    def judge(report: Report) -> Report:
        report = replace(report, fail_on=chosen.fail_on, fail_codes=chosen.fail_codes)
        if known is not None:
            report, gone = known.applied(report)
            if gone:
                write_warning(
                    f"{_count(gone, 'known finding')} of {baseline} not found any more; "
                    f"--write-baseline {baseline} brings it up to date"
                )
        return report.met_by(*readers) if readers else report

    return judge


def _read_baseline(path: str) -> Baseline:
    from pyggcr._os.file import path_error
    from pyggcr.doctor.baseline import parse_baseline
    from pyggcr.errors import ConfigurationError

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise path_error("open", path, error) from None
    try:
        return parse_baseline(data)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _write_baseline(report: Report, path: str) -> int:
    """Write the file; the exit code, for which no finding counts: all are known now."""
    from pyggcr.doctor.baseline import serialized_baseline

    _write_document(path, serialized_baseline(report))
    return report.exit_code if report.status == "unreadable" else 0


def _write_documents(report: Report, sarif: str | None, junit: str | None) -> None:
    if sarif is not None:
        from pyggcr.doctor.sarif import to_sarif

        _write_document(sarif, (json.dumps(to_sarif(report), indent=2) + "\n").encode())
    if junit is not None:
        from pyggcr.doctor.junit import to_junit

        _write_document(junit, to_junit(report))


def _write_document(target: str, data: bytes) -> None:
    if target == _STANDARD_OUTPUT:
        write_bytes(data)
        return
    from pyggcr._os.atomic_write import writable
    from pyggcr.errors import FileAccessError

    try:
        with exit_on_signals(), writable(target) as file:
            file.write(data)
    except FileAccessError as error:
        reason = os.strerror(error.errno or errno.EIO)
        raise reader.CommandError(f"write {target}: {reason}") from error


def _write_for_people(report: Report, check: EngineCheck | None) -> None:
    if check is not None and check.info is not None:
        for label, text in _engine_facts(check):
            write_line(f"{label.ljust(_LABEL_WIDTH)}  {text}")
    for tool in report.tools:
        for label, text in _tool_facts(tool):
            write_line(f"{label.ljust(_LABEL_WIDTH)}  {text}")
    what = _what(check)
    if screen.draws(sys.stdout):
        from pyggcr.cli.doctor_terminal import draw_report

        draw_report(report, what=what)
        return
    for checkup in report.checkups:
        for line in _plain_lines(checkup):
            write_line(line)
    write_line(summary_of(report, what))


def _write_for_github(report: Report, check: EngineCheck | None) -> None:
    from pyggcr.doctor.github import to_github

    for line in to_github(report):
        write_line(line)
    write_line(summary_of(report, _what(check)))


def _what(check: EngineCheck | None) -> str:
    return "archive" if check is None else "engine"


def _tool_facts(tool: Tool) -> Iterator[tuple[str, str]]:
    """What people read of a tool that they ask for."""
    yield "for", f"{tool}, with {tool.embeds}"
    if tool.remark:
        yield "", tool.remark


def _engine_facts(check: EngineCheck) -> Iterator[tuple[str, str]]:
    """What people read of an engine, with a label for each line."""
    info = check.info
    assert info is not None
    yield (
        "engine",
        f"{info.product.removesuffix(' Engine')} {info.engine_version}, API {info.api_version}",
    )
    store = "containerd's store" if info.containerd_store else "graph driver"
    yield "images", f"{store}, {info.storage_driver}"
    yield "writes", check.writes


def _plain_lines(checkup: Checkup) -> Iterator[str]:
    yield checkup.path
    if not checkup.readable:
        yield f"  unreadable  {checkup.reason}"
    elif not checkup.findings:
        yield "  nothing found"
    for finding in shown(checkup):
        place = str(finding.place)
        title = f"  {finding.severity.ljust(SEVERITY_WIDTH)}  {finding.code} {finding.entry.name}"
        yield f"{title}  ({place})" if place else title
        for label, text in facts_of(finding):
            yield f"    {label.ljust(_LABEL_WIDTH)}  {text}"


def shown(checkup: Checkup) -> Iterator[Finding]:
    """The findings that people read: those that no baseline has."""
    return (finding for finding in checkup.findings if not finding.known)


def facts_of(finding: Finding) -> Iterator[tuple[str, str]]:
    """What people read of a finding below its title, with a label for each line."""
    yield "what", finding.message
    for text in finding.fails_in_words:
        yield "fails", text
    yield "remedy", finding.remedy


def summary_of(report: Report, what: str = "archive") -> str:
    """All in one line, such as ``2 archives: 1 error, 3 warnings, 1 info, 2 known``."""
    new = [finding for checkup in report.checkups for finding in shown(checkup)]
    counts = [
        _count(number, severity)
        for severity in reversed(_SEVERITIES)
        if (number := sum(finding.severity == severity for finding in new))
    ]
    if known := len(report.findings) - len(new):
        counts.append(f"{known} known")
    unreadable = sum(not checkup.readable for checkup in report.checkups)
    if unreadable:
        counts.insert(0, f"{unreadable} unreadable")
    return f"{_count(len(report.checkups), what)}: {', '.join(counts) or 'nothing found'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
