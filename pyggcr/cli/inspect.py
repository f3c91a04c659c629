"""``inspect``: what an image is, from its config, its manifest and its tags in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pyggcr.cli.layers import describe_layers, layers_table
from pyggcr.cli.options import ImageChoice, as_json, image_choice, located, opened
from pyggcr.cli.output import write_json
from pyggcr.cli.table import Table, write_table

if TYPE_CHECKING:
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.image import Image

__all__ = ["inspect"]


@click.command()
@image_choice
@as_json
def inspect(choice: ImageChoice, as_json: bool) -> None:
    """Describe the image and its layers."""
    with located(choice) as found, opened(found) as image:
        facts = {**_identity(image), "tags": _tags(image, found), **_config(image.config_file())}
        layers = describe_layers(image)
    if as_json:
        write_json({**choice.to_json(), **facts, "layers": layers})
    else:
        facts["layers"] = len(layers)
        write_table(Table(rows=[(key, _say(value)) for key, value in facts.items() if value]))
        write_table(layers_table(layers))


def _identity(image: Image) -> dict[str, Any]:
    return {
        "digest": str(image.digest()),
        "media_type": str(image.media_type()),
        "size": image.size(),
        "config_name": str(image.config_name()),
    }


def _tags(image: Image, choice: ImageChoice) -> list[str]:
    """The tags of the image that was chosen, as ``manifest.json`` has them."""
    if isinstance(own := getattr(image, "tags", None), tuple):
        return list(own)  # of an image that is in no archive
    from pyggcr.differential import images_of

    images = images_of(choice.path, engine=choice.engine)
    if choice.tag is None:
        return list(images[0].tags)
    wanted = _resolve(choice.tag)
    return next(list(each.tags) for each in images if wanted in map(_resolve, each.tags))


def _resolve(tag: str) -> str:
    from pyggcr import name

    return str(name.new_tag(tag).name())


def _config(config: ConfigFile) -> dict[str, Any]:
    runs = config.config
    platform = "/".join(part for part in (config.os, config.architecture, config.variant) if part)
    return {
        "platform": platform,
        "created": str(config.created),
        "author": config.author,
        "entrypoint": list(runs.entrypoint or ()),
        "cmd": list(runs.cmd or ()),
        "user": runs.user,
        "working_dir": runs.working_dir,
        "env": list(runs.env or ()),
        "exposed_ports": sorted(runs.exposed_ports or ()),
        "volumes": sorted(runs.volumes or ()),
        "labels": dict(runs.labels or {}),
    }


def _say(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{key}={each}" for key, each in value.items()]
    return " ".join(map(_quote, value)) if isinstance(value, list) else str(value)


def _quote(word: str) -> str:
    return word if word and not any(char.isspace() for char in word) else repr(word)
