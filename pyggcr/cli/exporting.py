"""``export``: the files of an image as one tar, as ``crane export`` writes it."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING

import click

from pyggcr.cli.options import OF_REGISTRY, ImageChoice, opened
from pyggcr.cli.registry_options import RegistryChoice, is_archive, registry_choice, transfer
from pyggcr.cli.signals import exit_on_signals

if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["export"]

_STANDARD = "-"


@click.command()
@click.argument("image", metavar="ARCHIVE|IMAGE|-")
@click.argument("target", metavar="[TARBALL|-]", default=_STANDARD)
@registry_choice
def export(image: str, target: str, choice: RegistryChoice) -> None:
    """Write the files of an image, of all its layers, as one tar; - is standard input or output."""
    from pyggcr import crane

    with _opened(image, choice) as found:
        if target == _STANDARD:
            crane.export(found, sys.stdout.buffer)
        else:
            with transfer(f"exporting {image}"), exit_on_signals():
                crane.export(found, target)


def _opened(image: str, choice: RegistryChoice) -> contextlib.AbstractContextManager[v1.Image]:
    from pyggcr import crane, tarball

    if image == _STANDARD:
        content = sys.stdin.buffer.read()
        return tarball.image(lambda: io.BytesIO(content), engine=choice.engine)
    if is_archive(image):
        return opened(ImageChoice(image, None, choice.engine, None))
    return crane.pull(image.removeprefix(OF_REGISTRY), **choice.options())
