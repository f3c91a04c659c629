"""``validate``: whether an image keeps its promises, as ``crane validate --tarball`` checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import ImageChoice, as_json, image_choice, opened
from pyggcr.cli.output import printable, write_json, write_line
from pyggcr.errors import ValidationError

if TYPE_CHECKING:
    from pyggcr.v1.image import Image

__all__ = ["validate"]

_TAB_WIDTH = 4
_NO_BREAK_SPACE = "\u00a0"


@click.command()
@image_choice
@click.option("--fast", is_flag=True, help="Only check that the layers exist.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long.",
)
@as_json
def validate(choice: ImageChoice, fast: bool, timeout: float | None, as_json: bool) -> int:
    """Check that the image is what it says.

    Hashes every layer; exit code 1 when something is wrong.
    """
    from pyggcr import calls

    with calls.limit(timeout=timeout), opened(choice) as image:
        finding = _check(image, fast)
    problems = finding.problems if finding else ()
    if as_json:
        write_json({**choice.to_json(), "valid": finding is None, "problems": list(problems)})
    elif finding is None:
        write_line(f"PASS: {choice.path}")
    else:
        _write_finding(choice.path, finding)
    return CHECK_FAILED if finding else 0


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
