"""``blob``: the bytes of a blob on standard output, as ``crane blob`` writes them."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.output import write_bytes
from pyggcr.cli.progress import byte_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice_without_platform
from pyggcr.store.transports import without_transport

__all__ = ["blob"]

_CHUNK = 1 << 20


@reader.command()
@reader.argument("blob", metavar="REPO@DIGEST")
@registry_choice_without_platform
def blob(blob: str, choice: RegistryChoice) -> None:
    """Print a blob of a registry, such as a layer, byte for byte."""
    from pyggcr import crane

    with (
        crane.pull_layer(without_transport(blob), **choice.options()) as layer,
        byte_progress(f"reading {blob}", piped=True),
        layer.compressed() as stream,
    ):
        while piece := stream.read(_CHUNK):
            write_bytes(piece)
