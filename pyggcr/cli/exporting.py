"""``export``: the files of an image as one tar, as ``crane export`` writes it."""

from __future__ import annotations

import sys

from pyggcr.cli import reader
from pyggcr.cli.options import reading_options
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.sources import STANDARD, reading
from pyggcr.cli.targets import check_path

__all__ = ["export"]


@reader.command()
@reader.argument("image", metavar="IMAGE")
@reader.argument("target", metavar="[TARBALL|-]", default=STANDARD)
@reading_options
@registry_choice
def export(
    image: str,
    target: str,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    choice: RegistryChoice,
) -> None:
    """Write the file system of an image as a tar; - is standard input or output."""
    from pyggcr import crane

    check_path(target, "export writes a tar of files, which is no image")
    source = reading(image, choice, tag=tag, gzip_profile=gzip_profile, daemon=daemon)
    with (
        source.image() as found,
        byte_progress(f"exporting {image}", reading_total(source, found), piped=target == STANDARD),
    ):
        if target == STANDARD:
            crane.export(found, sys.stdout.buffer)
        else:
            with exit_on_signals():
                crane.export(found, target)
