"""``inspect``: what an image is, from its config, its manifest and its tags in the archive."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.artifact_facts import (
    artifact_facts,
    attestation_facts,
    files_of,
    files_table,
)
from pyggcr.cli.layers import describe_layers, layers_table
from pyggcr.cli.options import as_json, layer_cache_option
from pyggcr.cli.output import write_json
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.sources import Source, source_argument
from pyggcr.cli.table import Table, write_table
from pyggcr.errors import MissingFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.store import Store
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.image import Image

__all__ = ["inspect"]


@reader.command()
@layer_cache_option
@source_argument
@as_json
def inspect(source: Source, as_json: bool) -> None:
    """Show an image and its layers, or an artifact and its files."""
    from pyggcr.artifact import facts

    with (
        source.named_image() as (image, tags, store),
        byte_progress(f"reading {source.text}", reading_total(source, image)),
    ):
        manifest = image.manifest()
        is_artifact = bool(facts.artifact_type(manifest))
        described = {**_identity(image), **artifact_facts(manifest)}
        if is_artifact:
            listed = {"files": files_of(manifest)}
        else:
            described |= {"tags": tags, **_config(image.config_file())}
            described |= _attestations(source, image, store)
            listed = {"layers": describe_layers(image)}
    if as_json:
        write_json({**source.to_json(), **described, **listed})
        return
    ((kind, rows),) = listed.items()
    described[kind] = len(rows)
    shown = [(key, _say(value)) for key, value in described.items() if value]
    write_table(Table(rows=shown))
    write_table(files_table(rows) if is_artifact else layers_table(rows))


def _attestations(source: Source, image: Image, store: Store | None) -> dict[str, Any]:
    """What is attested of the image in the index that it comes from."""
    if store is None:
        from pyggcr import crane

        found = crane.get(source.reference, **source.choice.options())
        if not found.descriptor.media_type.is_index():
            return {}
        with found.image_index() as index:
            return attestation_facts(index, image.digest())
    try:
        with store.index() as index:
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
