"""``referrers``: what refers to an image, as its registry lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json
from pyggcr.cli.progress import byte_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.registry_platforms import naming_platforms
from pyggcr.cli.table import Table, write_table
from pyggcr.store.transports import without_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.artifact import Attached

__all__ = ["document", "referrers", "write_rows"]


@reader.command()
@reader.argument("reference", metavar="REFERENCE")
@reader.option("--artifact-type", metavar="TYPE", default="", help="List only those of this type")
@reader.option(
    "--recursive",
    is_flag=True,
    help="Also list what refers to the images of an index, and to referrers",
)
@registry_choice
@as_json
def referrers(
    reference: str, artifact_type: str, recursive: bool, as_json: bool, choice: RegistryChoice
) -> None:
    """List what refers to an image, an index or an artifact: signatures, attestations and others.

    Where the registry keeps no list, that of the fallback tag is read.
    """
    from pyggcr import artifact

    wanted = without_transport(reference)
    with naming_platforms(wanted, choice), byte_progress(f"listing {reference}"):
        found = artifact.attached(
            wanted, artifact_type=artifact_type, recursive=recursive, **choice.options()
        )
    listed = [document(it) for it in found]
    if as_json:
        write_json({"reference": reference, "referrers": listed})
    else:
        columns = (
            ("artifact_type", "digest", "subject") if recursive else ("artifact_type", "digest")
        )
        write_rows(listed, columns)


def document(attached: Attached) -> dict[str, Any]:
    """What is attached, as JSON."""
    descriptor = attached.descriptor
    return {
        "artifact_type": descriptor.artifact_type,
        "digest": str(descriptor.digest),
        "media_type": str(descriptor.media_type),
        "size": descriptor.size,
        "subject": str(attached.subject),
        "tag": attached.tag,
        "annotations": dict(descriptor.annotations or {}),
    }


def write_rows(listed: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write them as a table; nothing if there are none."""
    rows = [[_text(it[column]) for column in columns] for it in listed]
    if rows:
        names = tuple(column.upper().replace("_", " ") for column in columns)
        write_table(Table(rows=rows, columns=names))


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value) or "-"
