"""``layout gc``: blobs of an OCI layout that nothing refers to, deleted as crane does."""

from __future__ import annotations

import os

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.progress import item_progress, paused
from pyggcr.store.transports import locate, resembles_reference

__all__ = ["layout"]


@reader.group()
def layout() -> None:
    """Maintain OCI layouts."""


@layout.command()
@reader.argument("folder", metavar="FOLDER")
@reader.option("--dry-run", is_flag=True, help="Print what would be deleted, but delete nothing")
@as_json
def gc(folder: str, dry_run: bool, as_json: bool) -> None:
    """Delete the blobs of the OCI layout in FOLDER that nothing refers to, and print them."""
    from pyggcr.crane.collecting import collect_garbage

    deleted: list[str] = []
    path, doing = _folder(folder), "searching" if dry_run else "cleaning"
    with item_progress(f"{doing} {folder}", None) as advance:
        for digest in collect_garbage(path, dry_run=dry_run):
            deleted.append(str(digest))
            advance(len(deleted), "blobs")
            if not as_json:
                with paused():
                    write_line(str(digest))
    if as_json:
        write_json({"layout": folder, "dry_run": dry_run, "deleted": deleted})


def _folder(text: str) -> str:
    """The folder of a layout that a text names."""
    location = locate(text, bare="path")
    if (
        location.transport not in ("path", "oci")
        or location.reference
        or (location.transport == "path" and resembles_reference(text))
    ):
        raise reader.UsageError(f"{text}: this works on OCI layouts in folders alone.")
    if os.path.isfile(location.name):  # noqa: PTH113
        raise reader.UsageError(
            f"{text} is a file; this works on OCI layouts in folders alone, and pyggcr copy {text} "
            "oci:FOLDER makes one."
        )
    return location.name
