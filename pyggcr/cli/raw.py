"""``digest``, ``manifest`` and ``config``: byte for byte what crane's commands print.

Of an archive, or of an image in a registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from pyggcr.cli.options import OF_REGISTRY, ImageChoice, as_json, in_daemon, opened, reading_options
from pyggcr.cli.output import write_bytes, write_json, write_line
from pyggcr.cli.registry_options import RegistryChoice, is_archive, registry_choice

if TYPE_CHECKING:
    from pyggcr.v1.image import Image

__all__ = ["config", "digest", "manifest"]

_image = click.argument("image", metavar="ARCHIVE|IMAGE")


@click.command()
@click.argument("image", metavar="[ARCHIVE|IMAGE]", required=False)
@click.option("--tarball", metavar="PATH", help="The archive; then IMAGE is a tag in it.")
@click.option("--full-ref", is_flag=True, help="Print the whole reference, by digest.")
@reading_options
@registry_choice
@as_json
def digest(
    image: str | None,
    tarball: str | None,
    full_ref: bool,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Print the digest of the manifest."""
    if tarball is not None:
        image, tag = tarball, image or tag
    if image is None:
        raise click.UsageError("image reference required without --tarball")
    if tarball is not None and daemon:
        raise click.UsageError("--tarball and --daemon contradict each other")
    image = _location(image, daemon)
    if tarball is not None or is_archive(image):
        if full_ref:
            raise click.UsageError("cannot specify --full-ref with --tarball")
        archive = ImageChoice(image, tag, choice.engine, gzip_profile)
        with opened(archive) as found:
            text = str(found.digest())
        asked = archive.to_json()
    else:
        text, asked = _remote_digest(image, full_ref, choice), {"image": image}
    if as_json:
        write_json({**asked, "digest": text})
    else:
        write_line(text)


def _location(image: str, daemon: bool) -> str:
    """What an argument means: an image of the Docker engine, a registry's, or what it says."""
    return in_daemon(image) if daemon else image.removeprefix(OF_REGISTRY)


def _remote_digest(image: str, full_ref: bool, choice: RegistryChoice) -> str:
    from pyggcr import crane, name

    found = crane.digest(image, **choice.options())
    return str(name.parse_reference(image).context().digest(found)) if full_ref else found


@click.command()
@_image
@reading_options
@registry_choice
@as_json
def manifest(
    image: str,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Print the manifest, byte for byte."""
    found = ImageChoice(_location(image, daemon), tag, choice.engine, gzip_profile)
    _print_document("manifest", lambda it: it.raw_manifest(), found, choice, as_json)


@click.command()
@_image
@reading_options
@registry_choice
@as_json
def config(
    image: str,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Print the config file, byte for byte."""
    found = ImageChoice(_location(image, daemon), tag, choice.engine, gzip_profile)
    _print_document("config", lambda it: it.raw_config_file(), found, choice, as_json)


def _print_document(
    key: str,
    read: Callable[[Image], bytes],
    image: ImageChoice,
    choice: RegistryChoice,
    as_json: bool,
) -> None:
    """Print a document: ``read`` finds it in an archive, the function of that name of ``crane`` in
    a registry.
    """
    asked: Mapping[str, str | None]
    if is_archive(image.path):
        with opened(image) as found:
            data = read(found)
        asked = image.to_json()
    else:
        from pyggcr import crane

        data = getattr(crane, key)(image.path, **choice.options())
        asked = {"image": image.path}
    if as_json:
        write_json({**asked, key: data.decode("utf-8", "surrogateescape")})
    else:
        write_bytes(data)
