"""``inspect``: what an image is, from its config, its manifest and its tags in the archive."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from pyggcr.cli.artifact_facts import (
    artifact_facts,
    attestation_facts,
    files_of,
    files_table,
)
from pyggcr.cli.layers import describe_layers, layers_table
from pyggcr.cli.options import OF_REGISTRY, ImageChoice, as_json, image_choice, located, opened
from pyggcr.cli.output import write_json
from pyggcr.cli.table import Table, write_table
from pyggcr.errors import ArchiveError, MissingFileError

if TYPE_CHECKING:
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.image import Image

__all__ = ["inspect"]


@click.command()
@image_choice
@as_json
def inspect(choice: ImageChoice, as_json: bool) -> None:
    """Describe the image and its layers, or the artifact and its files."""
    from pyggcr.artifact import facts

    with located(choice) as found, _opened(found) as image:
        manifest = image.manifest()
        is_artifact = bool(facts.artifact_type(manifest))
        described = {**_identity(image), **artifact_facts(manifest)}
        if is_artifact:
            listed = {"files": files_of(manifest)}
        else:
            described |= {"tags": _tags(image, found), **_config(image.config_file())}
            described |= _attestations(found, image)
            listed = {"layers": describe_layers(image)}
    if as_json:
        write_json({**choice.to_json(), **described, **listed})
        return
    ((kind, rows),) = listed.items()
    described[kind] = len(rows)
    shown = [(key, _say(value)) for key, value in described.items() if value]
    write_table(Table(rows=shown))
    write_table(files_table(rows) if is_artifact else layers_table(rows))


@contextlib.contextmanager
def _opened(choice: ImageChoice) -> Iterator[Image]:
    """The image, or the artifact of a registry, which ``pyggcr.open`` takes for no image."""
    with contextlib.ExitStack() as stack:
        try:
            image = stack.enter_context(opened(choice))
        except ArchiveError:
            if not choice.path.startswith(OF_REGISTRY):
                raise
            from pyggcr import crane
            from pyggcr.artifact import facts

            pulled = crane.pull(choice.path.removeprefix(OF_REGISTRY), engine=choice.engine)
            image = stack.enter_context(pulled)
            if not facts.artifact_type(image.manifest()):
                raise
        yield image


def _attestations(choice: ImageChoice, image: Image) -> dict[str, Any]:
    """What is attested of the image in the index that it comes from."""
    import pyggcr

    if choice.path.startswith(OF_REGISTRY):
        from pyggcr import crane

        found = crane.get(choice.path.removeprefix(OF_REGISTRY), engine=choice.engine)
        if not found.descriptor.media_type.is_index():
            return {}
        with found.image_index() as index:
            return attestation_facts(index, image.digest())
    try:
        with pyggcr.open(choice.path) as store, store.index() as index:
            return attestation_facts(index, image.digest())
    except MissingFileError:
        return {}


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
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = [" ".join([it["digest"], *it["predicate_types"]]) for it in value]
        return ", ".join(value)
    if isinstance(value, dict):
        value = [f"{key}={each}" for key, each in value.items()]
    return " ".join(map(_quote, value)) if isinstance(value, list) else str(value)


def _quote(word: str) -> str:
    return word if word and not any(char.isspace() for char in word) else repr(word)
