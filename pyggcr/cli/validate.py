"""``validate``: whether an image keeps its promises, as ``crane validate`` checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import OF_REGISTRY, ImageChoice, as_json, in_daemon, opened, reading_options
from pyggcr.cli.output import printable, write_json, write_line
from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer
from pyggcr.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyggcr.v1.image import Image, ImageIndex

__all__ = ["validate"]

_TAB_WIDTH = 4
_NO_BREAK_SPACE = "\u00a0"


@click.command()
@click.argument("archive", metavar="[ARCHIVE]", required=False)
@click.option("--tarball", metavar="PATH", help="The archive, as crane has it.")
@click.option("--remote", metavar="IMAGE", help="An image in a registry.")
@reading_options
@click.option("--fast", is_flag=True, help="Only check that the layers exist.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long.",
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
    """Check that the image is what it says.

    Hashes every layer; exit code 1 when something is wrong. An image in a registry is checked
    after an archive that is good.
    """
    from pyggcr import limits

    path = tarball if archive is None else archive
    if path is not None and path.startswith(OF_REGISTRY) and remote is None:
        remote, path = path.removeprefix(OF_REGISTRY), None
    if path is None and remote is None:
        raise click.UsageError("Missing argument 'ARCHIVE', or --remote.")
    if daemon:
        if archive is None:
            raise click.UsageError("--daemon needs the name of an image as its argument.")
        path = in_daemon(archive)
    code = 0
    with limits.limit(timeout=timeout):
        if path is not None:
            image = ImageChoice(path, tag, choice.engine, gzip_profile)
            code = _report(path, image.to_json(), _check_archive(image, fast), as_json)
        if remote is not None and code == 0:
            finding = _check_remote(remote, fast, choice)
            code = _report(remote, {"image": remote}, finding, as_json)
    return code


def _report(
    what: str,
    asked: Mapping[str, str | None],
    finding: ValidationError | None,
    as_json: bool,
) -> int:
    problems = finding.problems if finding else ()
    if as_json:
        write_json({**asked, "valid": finding is None, "problems": list(problems)})
    elif finding is None:
        write_line(f"PASS: {what}")
    else:
        _write_finding(what, finding)
    return CHECK_FAILED if finding else 0


def _check_archive(choice: ImageChoice, fast: bool) -> ValidationError | None:
    with opened(choice) as image:
        return _check(image, fast)


def _check_remote(reference: str, fast: bool, choice: RegistryChoice) -> ValidationError | None:
    from pyggcr import crane

    found = crane.get(reference, **choice.options())
    with transfer(f"reading {reference}"):
        if found.descriptor.media_type.is_index() and choice.platform is None:
            with found.image_index() as index:
                return _check_index(index, fast)
        with found.image() as image:
            return _check(image, fast)


def _check_index(index: ImageIndex, fast: bool) -> ValidationError | None:
    from pyggcr import validate

    try:
        validate.index(index, fast=fast)
    except ValidationError as finding:
        return finding
    return None


def _check(image: Image, fast: bool) -> ValidationError | None:
    from pyggcr import validate

    try:
        validate.image(image, fast=fast)
    except ValidationError as finding:
        return finding
    return None


def _write_finding(path: str, finding: ValidationError) -> None:
    first, *rest = finding.message.split("\n")
    write_line(f"FAIL: {path}: {first}")
    for line in rest:
        # The report of a mismatched config is indented with tabs and no-break spaces.
        write_line(printable(line.expandtabs(_TAB_WIDTH).replace(_NO_BREAK_SPACE, " ")))
