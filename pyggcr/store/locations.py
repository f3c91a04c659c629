"""The files of a place that ``transports`` understood: on disk, in a Docker engine, in a registry.

What an engine saves goes into a temporary file that has no name, so that nothing stays behind.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyggcr.store.files import Files, TarFiles, open_files
from pyggcr.store.media import UnnamedFile

if TYPE_CHECKING:
    from pyggcr.store.transports import Place

__all__ = ["open_place", "saved_by_engine"]

_READ_SIZE = 1 << 20
_ID = "sha256:"


def open_place(place: Place, shown: str) -> Files:
    """The files at a place.

    Args:
        place: where.
        shown: what errors call it.
    """
    if place.transport == "docker-daemon":
        return TarFiles(saved_by_engine(place.name, shown))
    if place.transport == "docker":
        from pyggcr.store.registry_files import RegistryFiles

        return RegistryFiles(place.name)
    return open_files(place.name)


def saved_by_engine(image: str, shown: str) -> UnnamedFile:
    """The archive that the Docker engine saves an image in.

    Args:
        image: its name, without a tag that of ``latest``; or its ID, ``sha256:…``.
        shown: what errors call the archive.

    Raises:
        DaemonError: there is no engine, or it does not save the image.
        FileAccessError: the folder for temporary files (``TMPDIR``) has no room, say.
    """
    from pyggcr import daemon, name

    # For a name without a tag the engine would save all tags that there are.
    wanted = image if image.startswith(_ID) else name.parse_reference(image).name()
    with daemon.save([wanted]) as stream:
        return UnnamedFile(_pieces(stream), shown)


def _pieces(stream: io.RawIOBase) -> Iterator[bytes]:
    while piece := stream.read(_READ_SIZE):
        yield piece
