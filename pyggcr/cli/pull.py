"""``pull``: images of registries into an archive or an OCI layout, as ``crane pull`` does."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer

if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["pull"]


@click.command()
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@click.argument("path", metavar="PATH")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["tarball", "legacy", "oci"]),
    default="tarball",
    show_default=True,
    help="What to write: a docker-save archive, one as old as Docker itself, or an OCI layout.",
)
@click.option(
    "--annotate-ref",
    is_flag=True,
    help="Keep the image's reference as an annotation, with --format=oci.",
)
@click.option(
    "--cache_path",
    "-c",
    metavar="FOLDER",
    help="Keep the layers of images in this folder, and take those that are there.",
)
@registry_choice
def pull(
    images: tuple[str, ...],
    path: str,
    format_: str,
    annotate_ref: bool,
    cache_path: str | None,
    choice: RegistryChoice,
) -> None:
    """Pull images from a registry and store them in PATH."""
    from pyggcr import crane

    options = choice.options()
    with contextlib.ExitStack() as held, transfer("pulling"):
        found: dict[str, v1.Image | v1.ImageIndex] = {}
        pulled: dict[str, v1.Image] = {}
        for image in images:
            described = crane.get(image, **options)
            is_index = described.descriptor.media_type.is_index()
            if format_ == "oci" and is_index and choice.platform is None:
                found[image] = held.enter_context(described.image_index())
            else:
                opened = _cached(described.image(), cache_path)
                found[image] = pulled[image] = held.enter_context(opened)
        if format_ == "oci":
            crane.save_oci(found, path, annotate=annotate_ref)
        elif format_ == "legacy":
            crane.save_legacy(pulled, path)
        else:
            crane.save(pulled, path)


def _cached(image: v1.Image, folder: str | None) -> v1.Image:
    if folder is None:
        return image
    from pyggcr.cache import CachedImage, FilesystemCache

    return CachedImage(image, FilesystemCache(folder))
