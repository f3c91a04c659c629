"""What ``inspect`` shows of artifacts, and of what is attested of an image beside it."""

from __future__ import annotations

from pyggcr.cli.table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr import v1

__all__ = ["artifact_facts", "attestation_facts", "files_of", "files_table"]

_COLUMNS = ("title", "digest", "size", "media_type")


def artifact_facts(manifest: v1.Manifest) -> dict[str, Any]:
    """What a manifest is besides an image, as far as it says so."""
    from pyggcr.artifact import facts

    found: dict[str, Any] = {}
    if kind := facts.artifact_type(manifest):
        found["artifact_type"] = kind
    if manifest.subject is not None:
        found["subject"] = str(manifest.subject.digest)
    if kinds := facts.predicate_types(manifest):
        found["predicate_types"] = list(kinds)
    if manifest.annotations and kind:
        found["annotations"] = dict(manifest.annotations)
    return found


def attestation_facts(index: v1.ImageIndex, image: v1.Hash) -> dict[str, Any]:
    """What an index attests of an image, by digest; nothing if it attests nothing."""
    from pyggcr.artifact import facts

    found = facts.attestations(index, image)
    if not found:
        return {}
    return {
        "attestations": [
            {"digest": str(it.digest), "predicate_types": list(it.predicate_types)} for it in found
        ]
    }


def files_of(manifest: v1.Manifest) -> list[dict[str, Any]]:
    """The files of an artifact, by column; other layers have no title."""
    from pyggcr.artifact.listing import files_in

    return [
        {
            "title": file.title,
            "digest": str(file.descriptor.digest),
            "size": file.descriptor.size,
            "media_type": str(file.descriptor.media_type),
        }
        for file in files_in(manifest)
    ]


def files_table(files: list[dict[str, Any]]) -> Table:
    """The files as a table, a file a row."""
    rows = [[str(file[column]) or "-" for column in _COLUMNS] for file in files]
    return Table(rows=rows, columns=_COLUMNS)
