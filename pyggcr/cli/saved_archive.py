"""The tar of docker save that ``differential`` compares the engines on, whatever names it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from pyggcr.cli import reader
from pyggcr.store.transports import locate

__all__ = ["saved_archive"]


@contextlib.contextmanager
def saved_archive(text: str) -> Iterator[tuple[str, str | None]]:
    """The path of a tar of docker save, and the tag that the text names, if it does.

    Raises:
        reader.UsageError: the text names something else.
    """
    from pyggcr.cli.sources import opening
    from pyggcr.store.files import TarFiles
    from pyggcr.store.locations import open_location

    location = locate(text)
    if location.transport in ("oci", "oci-archive", "dir", "docker") or location.position:
        raise reader.UsageError(
            f"{text}: only archives of docker save are compared; pyggcr copy {text} "
            "docker-archive:PATH makes one."
        )
    if location.transport in ("path", "docker-archive") and not _is_compressed(location.name):
        yield location.name, location.reference or None
        return
    with opening(location, text):
        files = open_location(location, text)
    with files:
        if not isinstance(files, TarFiles):
            raise reader.UsageError(f"{text}: only archives of docker save are compared.")
        yield files.path, location.reference or None


def _is_compressed(path: str) -> bool:
    from pyggcr.store.unpacking import compression_of

    if not os.path.isfile(path):  # noqa: PTH113
        return False
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return compression_of(file.read(8)) is not None
