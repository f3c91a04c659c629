"""``push``: an image or an index in any form into a registry, as ``crane push`` does."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.options import as_json, in_daemon, layer_cache_option, reading_options
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.progress import reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source
from pyggcr.cli.targets import Target
from pyggcr.store.transports import without_transport

__all__ = ["push"]

_REFERENCE_MODE = 0o600  # as crane has it


@reader.command()
@layer_cache_option
@reader.argument("path", metavar="PATH")
@reader.argument("image", metavar="IMAGE")
@reader.option("--index", is_flag=True, help="Push all images of a layout as one index")
@reader.option(
    "--image-refs",
    metavar="FILE",
    help="Write the reference of the pushed image to this file",
)
@reading_options
@registry_choice
@as_json
def push(
    path: str,
    image: str,
    index: bool,
    image_refs: str | None,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Push an image or an index from an archive or an OCI layout, and print its reference.

    PATH may name an image in any other form too. With --daemon, it is one of the Docker engine.
    """
    source = Source(
        in_daemon(path) if daemon else path,
        choice,
        tag,
        gzip_profile,
        tag_option="--tag",
        as_crane=True,
        has_index_option=True,
    )
    target = Target(choice, (without_transport(image),), None)
    with source.index() if index else source.content() as content:
        pushed = target.push(content, quiet=True, total=reading_total(source, content))
    if image_refs is not None:
        _write_reference(image_refs, pushed)
    if as_json:
        digest = pushed.partition("@")[2]
        write_json({"path": path, "image": image, "digest": digest, "reference": pushed})
    else:
        write_line(pushed)


def _write_reference(path: str, reference: str) -> None:
    from pyggcr._os.atomic_write import writable

    with writable(path, mode=_REFERENCE_MODE) as file:
        file.write(reference.encode())
