"""``layers``: the layers of an image, base layer first."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.options import as_json, layer_cache_option
from pyggcr.cli.output import write_json
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.sources import Source, source_argument
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.v1.image import Image

__all__ = ["describe_layers", "layers", "layers_table"]

_COLUMNS = ("index", "digest", "size", "diff_id", "media_type")


@reader.command()
@layer_cache_option
@source_argument
@as_json
def layers(source: Source, as_json: bool) -> None:
    """List the layers, base layer first.

    Digest and size (in bytes) are those of the compressed layer.
    """
    with (
        source.image() as image,
        byte_progress(f"reading {source.text}", reading_total(source, image)),
    ):
        described = describe_layers(image)
    if as_json:
        write_json({**source.to_json(), "layers": described})
    else:
        write_table(layers_table(described))


def describe_layers(image: Image) -> list[dict[str, Any]]:
    """What is shown of each layer, by column."""
    return [
        {
            "index": index,
            "digest": str(layer.digest()),
            "size": layer.size(),
            "diff_id": str(layer.diff_id()),
            "media_type": str(layer.media_type()),
        }
        for index, layer in enumerate(image.layers())
    ]


def layers_table(described: list[dict[str, Any]]) -> Table:
    """The layers as a table, a layer a row."""
    rows = [[str(layer[column]) for column in _COLUMNS] for layer in described]
    return Table(rows=rows, columns=_COLUMNS)
