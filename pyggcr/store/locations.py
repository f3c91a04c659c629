"""The files at a location that ``transports`` parsed: on disk, in a daemon, in a registry.

What a daemon saves, and standard input, go into a temporary file that has no name, so that nothing
stays behind.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

from pyggcr import limits
from pyggcr._layers.unnamed_file import UnnamedFile
from pyggcr.errors import ArchiveError, MissingPathError
from pyggcr.store.files import Files, TarFiles, open_files, tar_files
from pyggcr.store.transports import known_transports, resembles_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pyggcr.store.transports import Location

__all__ = ["open_location", "standard_input"]

_READ_SIZE = 1 << 20
_ID = "sha256:"


def open_location(location: Location, shown: str, *, insecure: bool = False) -> Files:
    """The files at a location.

    Args:
        location: where.
        shown: what errors call it.
        insecure: whether a registry may be asked without TLS.

    Raises:
        ArchiveError: what is there is no archive.
        FileAccessError: it cannot be read.
        DaemonError, TransportError: a Docker daemon or a registry does not give the image.
        InvalidReferenceError: the image's name is none.
    """
    if location.transport == "docker-daemon":
        return TarFiles(_saved_by_daemon(location.name, shown))
    if location.transport == "docker":
        from pyggcr.store.registry_files import RegistryFiles

        return RegistryFiles(location.name, insecure=insecure)
    if location.transport == "standard":
        return tar_files(standard_input(), "standard input")
    if location.transport == "dir" or _is_dir(location.name):
        from pyggcr.store.dir_files import DirFiles

        return DirFiles(location.name)
    try:
        return open_files(location.name)
    except MissingPathError as error:
        if location.transport != "path" or not resembles_transport(location.name):
            raise
        raise MissingPathError(
            f"{error.message}; nor does it begin with a transport: those are {known_transports()}",
            error.errno,
        ) from None


def _is_dir(path: str) -> bool:
    if not os.path.exists(f"{path}/version"):  # noqa: PTH110
        return False
    from pyggcr.store.dir_files import is_dir_folder

    return is_dir_folder(path)


def standard_input() -> UnnamedFile:
    """Standard input as a file that can be read again.

    Raises:
        ArchiveError: it is a terminal, or nothing was given.
    """
    if sys.stdin.isatty():
        raise ArchiveError(
            "standard input is a terminal, not an archive; docker save IMAGE | pyggcr … - gives one"
        )
    return UnnamedFile(input_pieces(), "standard input")


def input_pieces() -> Iterator[bytes]:
    """The bytes of standard input, which the limits in force know of."""
    for piece in _pieces(sys.stdin.buffer):
        limits.current().advance(len(piece))
        yield piece


def _saved_by_daemon(image: str, shown: str) -> UnnamedFile:
    """The archive that the Docker daemon saves an image in.

    Args:
        image: its name, without a tag that of ``latest``; or its ID, ``sha256:…``.
        shown: what errors call the archive.
    """
    from pyggcr import daemon, name

    # For a name without a tag the daemon would save all tags that there are.
    wanted = image if image.startswith(_ID) else name.parse_reference(image).name()
    with contextlib.closing(daemon.save([wanted])) as stream:
        return UnnamedFile(_pieces(stream), shown)


def _pieces(stream: io.RawIOBase | BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_READ_SIZE):
        yield piece
