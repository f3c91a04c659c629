"""Rows made of a manifest and a config, wherever they come from. Nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyggcr import v1
from pyggcr._dataclasses import replace
from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
from pyggcr.audit.rows import Base, Row, RowFailure, RowFinding, RowLayer
from pyggcr.doctor.layer_forms import compression_of
from pyggcr.doctor.report import Finding
from pyggcr.v1.time import ZERO_TIME

__all__ = ["base_of", "config_facts", "row_finding", "row_layers"]


def row_layers(
    layers: Sequence[v1.Descriptor], diff_ids: Sequence[v1.Hash], compressions: Sequence[str] = ()
) -> tuple[RowLayer, ...]:
    """The layers of a manifest.

    Args:
        layers: as the manifest has them.
        diff_ids: as the config has them.
        compressions: by the first bytes, where those were read.
    """
    found = []
    for number, layer in enumerate(layers):
        by_bytes = compressions[number] if number < len(compressions) else ""
        found.append(
            RowLayer(
                digest=str(layer.digest),
                diff_id=str(diff_ids[number]) if number < len(diff_ids) else "",
                media_type=str(layer.media_type),
                size=max(layer.size, 0),
                compression=by_bytes or compression_of(str(layer.media_type)),
            )
        )
    return tuple(found)


def config_facts(row: Row, config: v1.ConfigFile, platform: v1.Platform | None = None) -> Row:
    """The row with what the config says.

    Args:
        row: what is known without it.
        config: of the image.
        platform: what an index says, where the config names none.
    """
    named = config.platform() or platform
    return replace(
        row,
        created="" if config.created == ZERO_TIME else str(config.created),
        platform=str(named) if named is not None else "",
        base=row.base or base_of(config.config.labels or {}),
    )


def base_of(*annotations: Mapping[str, str]) -> Base | None:
    """The base image that annotations or labels name; the first that do count."""
    for each in annotations:
        name, digest = each.get(BASE_NAME, ""), each.get(BASE_DIGEST, "")
        if name or digest:
            return Base("annotations", name, digest)
    return None


def row_finding(found: Finding) -> RowFinding:
    """A finding of the doctor as rows have it: the row says which image it is about."""
    return RowFinding(
        code=found.code,
        severity=found.severity,
        message=found.message,
        entry=found.place.entry,
        layers=found.place.layers,
        fails=tuple(
            RowFailure(it.tool, str(it.versions), it.text, it.effect) for it in found.fails
        ),
        advice=found.advice,
    )
