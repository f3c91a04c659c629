"""``repair``: the same images in an archive that every tool reads."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.options import as_json, tag_option
from pyggcr.cli.output import write_json, write_warning, write_words
from pyggcr.cli.progress import byte_progress, file_total
from pyggcr.cli.signals import exit_on_signals
from pyggcr.store.transports import locate, resembles_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.doctor import Repaired, RepairedImage
    from pyggcr.doctor.repair_plan import Compression

__all__ = ["repair"]

# Those of pyggcr.doctor.repair.COMPRESSIONS; repeated so that --help need not import the doctor.
_COMPRESSIONS = ("keep", "gzip", "plain")


@reader.command()
@reader.argument("source", metavar="IN", type=reader.Path())
@reader.argument("target", metavar="OUT", type=reader.Path())
@reader.option(
    "--compression",
    type=reader.Choice(_COMPRESSIONS),
    default="keep",
    show_default=True,
    help="Compression of the layers; keep uses gzip for images with mixed compression or zstd",
)
@tag_option
@as_json
def repair(
    source: str, target: str, compression: Compression, tag: str | None, as_json: bool
) -> None:
    """Write the images of IN to an archive that every tool reads.

    IN is a docker-save archive or an OCI layout (a folder or a tar, which may be compressed); OUT
    is both an archive of docker save and an OCI layout. Configs and the contents of layers stay
    the same. OUT may be IN: it is replaced when all is written, and left alone if that fails.
    """
    from pyggcr import doctor
    from pyggcr.cli.second_archive import second_archive_at

    with exit_on_signals(), byte_progress(f"repairing {source}", file_total(source)):
        unread = second_archive_at(source)  # before OUT replaces it
        repaired = doctor.repair(source, _path(target), compression=compression, tag=tag)
    if unread is not None:
        write_warning(unread)
    if as_json:
        write_json(_to_json(source, repaired))
        return
    for image in repaired.images:
        write_words(_describe(image))
    count = len(repaired.images)
    write_words(f"{count} image{'s' if count != 1 else ''} written to {repaired.path}")


def _path(target: str) -> str:
    """The path of the archive to write."""
    from pyggcr.store.packing import compression_of_name

    location = locate(target, bare="path")
    if (
        location.transport not in ("path", "docker-archive", "oci-archive")
        or location.reference
        or location.name.endswith("/")
        or resembles_reference(target)
    ):
        raise reader.UsageError(
            f"{target}: repair writes one archive, whose images keep their names; pyggcr copy "
            "writes other forms of it."
        )
    if compression_of_name(location.name) is not None:
        raise reader.UsageError(
            f"{target}: not every tool reads a compressed archive; name it .tar, and compress it "
            "afterwards if you must."
        )
    return location.name


def _describe(image: RepairedImage) -> str:
    label = " ".join(image.tags) or "(no tag)"
    platform = f" {image.platform}" if image.platform is not None else ""
    count = len(image.layers)
    return f"{label}{platform}: {image.config}, {count} layer{'s' if count != 1 else ''}"


def _to_json(source: str, repaired: Repaired) -> dict[str, Any]:
    return {
        "archive": source,
        "written": repaired.path,
        "images": [
            {
                "tags": list(image.tags),
                "platform": str(image.platform) if image.platform is not None else None,
                "config_name": str(image.config),
                "oci_digest": str(image.digest),
                "diff_ids": [str(diff_id) for diff_id in image.layers],
            }
            for image in repaired.images
        ],
    }
