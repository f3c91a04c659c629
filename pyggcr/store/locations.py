"""The files at a location that ``transports`` parsed: on disk, in a daemon, in a registry.

What a daemon saves goes into a temporary file that has no name, so that nothing stays behind.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyggcr._layers.unnamed_file import UnnamedFile
from pyggcr.store.files import Files, TarFiles, open_files

if TYPE_CHECKING:
    from pyggcr.store.transports import Location

__all__ = ["open_location", "saved_by_daemon"]

_READ_SIZE = 1 << 20
_ID = "sha256:"


def open_location(location: Location, shown: str) -> Files:
    """The files at a location.

    Args:
        location: where.
        shown: what errors call it.
    """
    if location.transport == "docker-daemon":
        return TarFiles(saved_by_daemon(location.name, shown))
    if location.transport == "docker":
        from pyggcr.store.registry_files import RegistryFiles

        return RegistryFiles(location.name)
    return open_files(location.name)


def saved_by_daemon(image: str, shown: str) -> UnnamedFile:
    """The archive that the Docker daemon saves an image in.

    Args:
        image: its name, without a tag that of ``latest``; or its ID, ``sha256:…``.
        shown: what errors call the archive.

    Raises:
        DaemonError: there is no daemon, or it does not save the image.
        FileAccessError: the folder for temporary files (``TMPDIR``) has no room, say.
    """
    from pyggcr import daemon, name

    # For a name without a tag the daemon would save all tags that there are.
    wanted = image if image.startswith(_ID) else name.parse_reference(image).name()
    with daemon.save([wanted]) as stream:
        return UnnamedFile(_pieces(stream), shown)


def _pieces(stream: io.RawIOBase) -> Iterator[bytes]:
    while piece := stream.read(_READ_SIZE):
        yield piece
