"""``append``: tar files as new layers of an image, as ``crane append`` adds them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from pyggcr.cli import reader
from pyggcr.cli.options import as_json, layer_cache_option
from pyggcr.cli.pairs import listed
from pyggcr.cli.progress import byte_progress, file_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import STANDARD, Source, source_options
from pyggcr.cli.targets import Target, output_option, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["append", "check_standard_input", "checked_layers"]


@reader.command()
@layer_cache_option
@reader.option(
    "--base",
    "-b",
    metavar="IMAGE",
    help="Image to add to: an archive, a layout or a reference (default: an empty image)",
)
@reader.option(
    "--new_layer",
    "-f",
    "layers",
    metavar="TARBALL|-",
    multiple=True,
    required=True,
    convert=listed,
    help="Tar for the next layer, plain or compressed by gzip or zstd; - is standard input; "
    "repeatable, or several paths with commas between them",
)
@reader.option(
    "--new_tag",
    "--tag",
    "-t",
    "tag",
    metavar="REFERENCE",
    help="Name of the result; it is pushed there unless --output is given",
)
@output_option
@reader.option(
    "--set-base-image-annotations",
    "annotate",
    is_flag=True,
    help="Record the digest and the name of the base in annotations",
)
@reader.option(
    "--oci-empty-base",
    is_flag=True,
    help="Use OCI media types for the empty image (default: Docker's)",
)
@source_options
@registry_choice
@as_json
def append(
    base: str | None,
    layers: tuple[str, ...],
    tag: str | None,
    output: str | None,
    annotate: bool,
    oci_empty_base: bool,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Add layers to an image; push the result, or write it to a file.

    Prints what was pushed.
    """
    from pyggcr import crane
    from pyggcr.crane.faithful import keep_subject

    if base is not None and oci_empty_base:
        raise reader.UsageError("--oci-empty-base is for an empty image, not together with --base.")
    if annotate and base is None:
        raise reader.UsageError("--set-base-image-annotations needs --base.")
    check_standard_input([*layers, base])
    source = None if base is None else Source(base, choice, source_tag, gzip_profile)
    with _base(source, oci_empty_base, choice) as image:
        target = target_of(source, image, choice=choice, tag=tag, output=output)
        with checked_layers(layers, target) as paths:
            with byte_progress(f"reading {base or 'layers'}"):
                made = crane.append(image, *paths, engine=choice.engine)
                if annotate and source is not None:
                    made = _annotated(made, image, source)
                made = keep_subject(made, image.manifest().subject)
            target.write(made, as_json=as_json)


@contextlib.contextmanager
def _base(
    source: Source | None, oci_empty_base: bool, choice: RegistryChoice
) -> Iterator[v1.Image]:
    from pyggcr import empty, mutate
    from pyggcr.types import MediaType

    if source is not None:
        with source.image() as image:
            yield image
        return
    image = empty.image(engine=choice.engine)
    if oci_empty_base:
        image = mutate.media_type(image, MediaType.OCI_MANIFEST_SCHEMA1)
        image = mutate.config_media_type(image, MediaType.OCI_CONFIG_JSON)
    yield image


def _annotated(made: v1.Image, base: v1.Image, source: Source) -> v1.Image:
    from pyggcr import mutate
    from pyggcr._layers.annotation_names import BASE_DIGEST
    from pyggcr.crane.appending import base_annotations

    if source.is_local:
        return mutate.annotations(made, {BASE_DIGEST: str(base.digest())})
    return mutate.annotations(made, base_annotations(base, source.reference))


def check_standard_input(paths: Sequence[str | None]) -> None:
    """Refuse to read standard input twice."""
    if list(paths).count(STANDARD) > 1:
        raise reader.UsageError("standard input can be read only once.")


@contextlib.contextmanager
def checked_layers(paths: Sequence[str], target: Target) -> Iterator[list[str]]:
    """The paths of layers, each of which is a tar whose entries stay inside the image.

    Standard input can be read once. It is streamed to a registry, and goes into a temporary file
    where its digest must be known first.

    Raises:
        ArchiveError: a file is no tar, or an entry of it would leave the image.
    """
    from pyggcr.cli.layer_checks import check_layer

    with contextlib.ExitStack() as stack:
        found = []
        for path in paths:
            if path == STANDARD and not target.is_registry:
                path = stack.enter_context(_stored_input())
            with byte_progress(f"checking {path}", file_total(path)):
                check_layer(path)
            found.append(path)
        yield found


@contextlib.contextmanager
def _stored_input() -> Iterator[str]:
    from pyggcr._layers.unnamed_file import UnnamedFile
    from pyggcr.store.locations import input_pieces

    with byte_progress("reading standard input"):
        stored = UnnamedFile(input_pieces(), STANDARD)
    with contextlib.closing(stored) as file:
        yield file.path
