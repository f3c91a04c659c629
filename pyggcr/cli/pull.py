"""``pull``: images of registries into an archive or an OCI layout, as ``crane pull`` does."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from pyggcr.cli.output import write_line
from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer
from pyggcr.cli.signals import exit_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyggcr import v1

__all__ = ["pull"]


@click.command()
@click.argument("images", metavar="IMAGE...", nargs=-1)
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
@click.option(
    "--to-daemon",
    is_flag=True,
    help="Load the images into the Docker engine; there is no PATH then.",
)
@registry_choice
def pull(
    images: tuple[str, ...],
    path: str,
    format_: str,
    annotate_ref: bool,
    cache_path: str | None,
    to_daemon: bool,
    choice: RegistryChoice,
) -> None:
    """Pull images from a registry and store them in PATH."""
    from pyggcr import crane, v1

    if to_daemon:
        if format_ != "tarball" or annotate_ref:
            raise click.UsageError("--format and --annotate-ref are not for --to-daemon.")
        _load_into_daemon((*images, path), cache_path, choice)
        return
    if not images:
        raise click.UsageError("Missing argument 'PATH'.")
    with contextlib.ExitStack() as held:
        keeps_indexes = format_ == "oci" and choice.platform is None
        found: dict[str, v1.Image | v1.ImageIndex] = {}
        for image in images:
            found[image] = _open(image, keeps_indexes, cache_path, choice)
            held.enter_context(found[image])
        pulled = {image: it for image, it in found.items() if isinstance(it, v1.Image)}
        total = _size(pulled.values()) if format_ != "legacy" and pulled == found else None
        with transfer("pulling", total), exit_on_signals():
            if format_ == "oci":
                crane.save_oci(found, path, annotate=annotate_ref)
            elif format_ == "legacy":
                crane.save_legacy(pulled, path)
            else:
                crane.save(pulled, path)


def _open(
    image: str, keeps_indexes: bool, cache_path: str | None, choice: RegistryChoice
) -> v1.Image | v1.ImageIndex:
    from pyggcr import crane

    described = crane.get(image, **choice.options())
    if keeps_indexes and described.descriptor.media_type.is_index():
        return described.image_index()
    return _cached(described.image(), cache_path)


def _load_into_daemon(
    images: tuple[str, ...], cache_path: str | None, choice: RegistryChoice
) -> None:
    """Write images into the Docker engine, one after the other; print what each is called there."""
    from pyggcr import daemon, v1
    from pyggcr.crane.saving import tag_for

    for image in images:
        tag = tag_for(image)
        with _open(image, False, cache_path, choice) as found:
            assert isinstance(found, v1.Image)
            with transfer(f"loading {image}", _size([found])):
                daemon.loaded_images(daemon.write(tag, found, engine=choice.engine))
        write_line(str(tag))


def _size(images: Iterable[v1.Image]) -> int:
    """Bytes in all layers, each of which is fetched once."""
    layers = [layer for image in images for layer in image.manifest().layers or ()]
    return sum({layer.digest: layer.size for layer in layers}.values())


def _cached(image: v1.Image, folder: str | None) -> v1.Image:
    if folder is None:
        return image
    from pyggcr.cache import CachedImage, FilesystemCache

    return CachedImage(image, FilesystemCache(folder))
