"""``diff``: what differs between two images, as text, JSON or a page of HTML."""

from __future__ import annotations

import contextlib

from pyggcr.cli import reader
from pyggcr.cli.diff_cells import file_cells, setting_cells
from pyggcr.cli.files import describe_file
from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line, write_words
from pyggcr.cli.progress import byte_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.sources import STANDARD, Source
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pyggcr.rootfs import ComparedLayer, Comparison

__all__ = ["diff"]


@reader.command()
@reader.argument("first", metavar="IMAGE")
@reader.argument("second", metavar="IMAGE")
@reader.option(
    "--first-tag", metavar="TAG", help="Image to use if the first archive or layout has several"
)
@reader.option(
    "--second-tag", metavar="TAG", help="Image to use if the second archive or layout has several"
)
@reader.option("--every-layer", is_flag=True, help="Also read layers that both images share")
@reader.option("--times", is_flag=True, help="Also compare the times of files and of the images")
@reader.option("--no-files", is_flag=True, help="Compare only the configs and the lists of layers")
@reader.option(
    "--html",
    type=reader.Path(folders=False),
    metavar="FILE",
    help="Also write a page of HTML to this file",
)
@registry_choice
@as_json
def diff(
    first: str,
    second: str,
    first_tag: str | None,
    second_tag: str | None,
    every_layer: bool,
    times: bool,
    no_files: bool,
    html: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> int:
    """Compare two images: their configs, layers and files.

    IMAGE is an archive, an OCI layout, a reference to a registry, or - for standard input.

    Layers that both have are not read, so a file of theirs that one image replaces is shown as
    added or removed; --every-layer tells. Exit code 1 when the images differ. To compare the
    engines on one image, use pyggcr differential.
    """
    from pyggcr import rootfs

    if first == second == STANDARD:
        raise reader.UsageError("Only one image can come from standard input.")
    sources = [Source(first, choice, first_tag), Source(second, choice, second_tag)]
    with exit_on_signals(), contextlib.ExitStack() as stack:
        images = [stack.enter_context(source.image()) for source in sources]
        with byte_progress(f"comparing {first} with {second}"):
            result = rootfs.compare(
                images[0], images[1], every_layer=every_layer, times=times, files=not no_files
            )
    if html is not None:
        from pyggcr.cli.diff_page import write_page

        write_page(html, first, second, result)
    if as_json:
        write_json({"first": first, "second": second, **_to_json(result)})
    else:
        _write_text(result)
    return 0 if result.equal else CHECK_FAILED


def _to_json(result: Comparison) -> dict[str, Any]:
    return {
        "equal": result.equal,
        "config": [
            {"name": it.name, "first": it.first, "second": it.second} for it in result.settings
        ],
        "layers": [
            {"diff_id": it.diff_id, "first": it.first, "second": it.second, "size": it.size}
            for it in result.layers
        ],
        "files": [
            {
                "path": it.path,
                "kind": it.kind,
                "fields": list(it.fields),
                "first": describe_file(it.first) if it.first is not None else None,
                "second": describe_file(it.second) if it.second is not None else None,
            }
            for it in result.files
        ],
        "unread_layers": result.unread,
    }


def _write_text(result: Comparison) -> None:
    if result.equal:
        write_line("The images do not differ.")
        return
    if result.settings:
        rows = [setting_cells(it) for it in result.settings]
        write_table(Table(rows=rows, columns=("config", "first", "second")))
    layers = [it for it in result.layers if it.first is None or it.second is None]
    if layers:
        write_table(Table(rows=[_layer(it) for it in layers], columns=("layer", "size", "in")))
    if result.files:
        rows = [file_cells(it) for it in result.files]
        write_table(Table(rows=rows, columns=("file", "change", "bytes")))
    for line in _summary(result):
        write_words(line)


def _layer(layer: ComparedLayer) -> tuple[str, str, str]:
    where = f"first, {layer.first}" if layer.second is None else f"second, {layer.second}"
    return layer.diff_id, "-" if layer.size is None else str(layer.size), where


def _summary(result: Comparison) -> Iterator[str]:
    counts = {"added": 0, "removed": 0, "changed": 0}
    for change in result.files:
        counts[change.kind] += 1
    growth = sum(change.growth for change in result.files)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    yield f"{told}; {growth:+} bytes"
    if result.unread:
        layers = "1 layer" if result.unread == 1 else f"{result.unread} layers"
        yield f"not read: {layers} that both images have (--every-layer reads them)"
