"""``digest``, ``manifest`` and ``config``: byte for byte what crane's commands print."""

from __future__ import annotations

import click

from pyggcr.cli.options import ImageChoice, as_json, image_choice, opened
from pyggcr.cli.output import write_bytes, write_json, write_line

__all__ = ["config", "digest", "manifest"]


@click.command()
@image_choice
@as_json
def digest(choice: ImageChoice, as_json: bool) -> None:
    """Print the digest of the manifest."""
    with opened(choice) as image:
        text = str(image.digest())
    if as_json:
        write_json({**choice.to_json(), "digest": text})
    else:
        write_line(text)


@click.command()
@image_choice
@as_json
def manifest(choice: ImageChoice, as_json: bool) -> None:
    """Print the manifest, byte for byte."""
    with opened(choice) as image:
        data = image.raw_manifest()
    _write_document(choice, "manifest", data, as_json)


@click.command()
@image_choice
@as_json
def config(choice: ImageChoice, as_json: bool) -> None:
    """Print the config file, byte for byte."""
    with opened(choice) as image:
        data = image.raw_config_file()
    _write_document(choice, "config", data, as_json)


def _write_document(choice: ImageChoice, key: str, data: bytes, as_json: bool) -> None:
    if as_json:
        write_json({**choice.to_json(), key: data.decode("utf-8", "surrogateescape")})
    else:
        write_bytes(data)
