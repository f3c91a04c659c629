"""PYG026 and PYG027: archives that are whole, in a form that go-containerregistry does not read."""

from __future__ import annotations

from pyggcr._gostd.tar.header import BLOCK_SIZE, parse_header
from pyggcr._layers.file_names import MANIFEST_JSON
from pyggcr.doctor import failures
from pyggcr.doctor.report import Finding, Place, finding
from pyggcr.errors import ArchiveError
from pyggcr.store.files import TarFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr.doctor.contents import Contents
    from pyggcr.store.files import Files

__all__ = ["check_form"]


def check_form(file: str, files: Files, contents: Contents) -> Iterator[Finding]:
    """What is to be said of a tar, whatever images are in it."""
    if not isinstance(files, TarFiles):
        return
    if files.compression is not None and not _is_header(files.beginning):
        yield finding(
            "PYG026",
            Place(file),
            f"The whole archive is compressed with {files.compression}.",
            failures.compressed_archive(len(files.beginning)),
        )
    if contents.oci and not contents.has_manifest:
        yield finding(
            "PYG027",
            Place(file),
            f"The archive has no {MANIFEST_JSON}.",
            failures.missing_target(MANIFEST_JSON),
        )


def _is_header(block: bytes) -> bool:
    """Whether the first bytes of a compressed file can be read as the header of a tar."""
    try:
        return len(block) == BLOCK_SIZE and bool(parse_header(block))
    except ArchiveError:
        return False
