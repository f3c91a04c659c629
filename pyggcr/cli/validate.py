"""``validate``: whether an image keeps its promises, as ``crane validate`` checks it."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import as_json, reading_options
from pyggcr.cli.output import printable, write_json, write_line, write_words
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source, reading
from pyggcr.errors import ValidationError

__all__ = ["validate"]

_OF_REGISTRY = "docker://"
_TAB_WIDTH = 4
_NO_BREAK_SPACE = "\u00a0"


@reader.command()
@reader.argument("archive", metavar="[IMAGE]", required=False)
@reader.option("--tarball", metavar="PATH", help="Archive to check, as for crane")
@reader.option("--remote", metavar="IMAGE", help="Image in a registry to check")
@reading_options
@reader.option("--fast", is_flag=True, help="Only check that the layers exist")
@reader.option(
    "--timeout",
    type=reader.FloatRange(above=0),
    metavar="SECONDS",
    help="Abort after SECONDS (default: no limit)",
)
@registry_choice
@as_json
def validate(
    archive: str | None,
    tarball: str | None,
    remote: str | None,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    fast: bool,
    timeout: float | None,
    as_json: bool,
    choice: RegistryChoice,
) -> int:
    """Check that an image, or an index with all its images, is complete and unchanged.

    Hashes every layer; exit code 1 when something is wrong. What --remote names is checked after
    an IMAGE that is good.
    """
    from pyggcr import limits

    if (archive is None) == (tarball is None) and (archive is not None or remote is None):
        raise reader.UsageError(
            "Missing argument 'IMAGE', or --remote."
            if archive is None
            else "IMAGE and --tarball contradict each other."
        )
    if daemon and archive is None:
        raise reader.UsageError("--daemon needs the name of an image as its argument.")
    code = 0
    with limits.limit(timeout=timeout):
        path = tarball if archive is None else archive
        if path is not None:
            source = reading(path, choice, tag=tag, gzip_profile=gzip_profile, daemon=daemon)
            code = _report(source, _check(source, fast), as_json)
        elif tag is not None or gzip_profile is not None:
            raise reader.UsageError("--tag and --gzip-profile are for archives and layouts.")
        if remote is not None and code == 0:
            source = Source(f"{_OF_REGISTRY}{remote.removeprefix(_OF_REGISTRY)}", choice)
            code = _report(source, _check(source, fast), as_json)
    return code


def _report(source: Source, finding: ValidationError | None, as_json: bool) -> int:
    problems = finding.problems if finding else ()
    what = source.text if source.is_local else source.reference
    if as_json:
        asked = source.to_json() if source.is_local else {"image": what}
        write_json({**asked, "valid": finding is None, "problems": list(problems)})
    elif finding is None:
        write_words(f"PASS: {what}")
    else:
        _write_finding(what, finding)
    return CHECK_FAILED if finding else 0


def _check(source: Source, fast: bool) -> ValidationError | None:
    from pyggcr import v1, validate

    what = source.text if source.is_local else source.reference
    with (
        source.content() as content,
        byte_progress(f"validating {what}", reading_total(source, content)),
    ):
        try:
            if isinstance(content, v1.ImageIndex):
                validate.index(content, fast=fast)
            else:
                validate.image(content, fast=fast)
        except ValidationError as finding:
            return finding
    return None


def _write_finding(path: str, finding: ValidationError) -> None:
    first, *rest = finding.message.split("\n")
    write_line(f"FAIL: {path}: {first}")
    for line in rest:
        # The report of a mismatched config is indented with tabs and no-break spaces.
        write_line(printable(line.expandtabs(_TAB_WIDTH).replace(_NO_BREAK_SPACE, " ")))
