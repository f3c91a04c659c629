"""Docker engines without Go: pkg/v1/daemon, and the moby client below it.

From the outside in: the doors here, ``image`` and ``config`` (what an engine's image is), ``kept``
(where its archive is kept), ``client`` (which questions there are, in which version of the API),
``transport`` and ``answer`` (one request) over the sockets of ``remote``; ``faults`` has the words.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pyggcr import limits
from pyggcr._gostd.gzip_options import check_profile
from pyggcr._layers.docker_archive import pieces
from pyggcr._python.daemon.client import Client
from pyggcr._python.daemon.faults import reworded
from pyggcr._python.daemon.image import DaemonImage
from pyggcr.errors import CancelledError, DaemonError, Error

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from pyggcr import name, v1
    from pyggcr._python.daemon.answer import Answer
    from pyggcr._values.daemon import DaemonInfo, DaemonOptions

__all__ = ["image", "info", "load", "save", "tag", "write"]

_READ_SIZE = 1 << 20


def image(reference: name.Reference, options: DaemonOptions, *, gzip_profile: str) -> v1.Image:
    """The image that the engine has under this name (``daemon.Image``).

    Raises:
        DaemonImageNotFoundError: it has none.
        DaemonError: it does not say, or cannot be reached.
    """
    check_profile(gzip_profile)
    return DaemonImage(reference, _greeted(options), options, gzip_profile)


def write(tag: name.Tag, image: v1.Image, options: DaemonOptions) -> str:
    """Load an image under this tag (``daemon.Write``); one that is there only gets the tag.

    Returns:
        What the engine says; nothing if nothing was loaded.

    Raises:
        DaemonError: the engine refuses, or cannot be reached.
        Error: what the image raises, with Go's words around it.
    """
    client = _greeted(options)
    try:
        wanted = str(image.config_name())
    except CancelledError:
        raise
    except Error as error:
        raise reworded(error, f"computing image ID: {error}") from error
    tags: list[str] | None = None
    with contextlib.suppress(DaemonError):
        tags = client.inspect(wanted).repo_tags or []
    if tags is None:
        return _load(client, tag, image)
    if str(tag) not in tags:
        client.tag(wanted, str(tag))
    return ""


def _load(client: Client, tag: name.Tag, image: v1.Image) -> str:
    try:
        answer = client.load(pieces(tag, image))
    except CancelledError:
        raise
    except Error as error:
        raise reworded(error, f"error loading image: {error}") from error
    try:
        return _said(answer)
    except DaemonError as error:
        raise reworded(error, f"error reading load response body: {error}") from error


def tag(source: name.Tag, target: name.Tag, options: DaemonOptions) -> None:
    """Give an image one more tag (``daemon.Tag``).

    Raises:
        DaemonImageNotFoundError: the engine has no such image.
        DaemonError: it refuses, or cannot be reached.
    """
    _greeted(options).tag(str(source), str(target))


def info(options: DaemonOptions) -> DaemonInfo:
    """What the engine says of itself; raises ``DaemonError`` if it does not."""
    return _greeted(options).info()


def save(names: Sequence[str], options: DaemonOptions) -> io.RawIOBase:
    """The archive of images, as the engine sends it (``Client.ImageSave``).

    Raises:
        DaemonImageNotFoundError: the engine lacks one.
        DaemonError: it refuses, or cannot be reached; in reads, the archive broke off.
    """
    return _greeted(options).save(names)


def load(stream: BinaryIO | io.RawIOBase, options: DaemonOptions) -> str:
    """Load the images of an archive (``Client.ImageLoad``).

    Returns:
        What the engine says.

    Raises:
        DaemonError: the engine refuses, or cannot be reached.
        Exception: what reading the stream raises.
    """
    return _said(_greeted(options).load(_read(stream)))


def _greeted(options: DaemonOptions) -> Client:
    """A client that knows which version to speak, if the engine tells (``makeOptions``)."""
    client = Client(options)
    with contextlib.suppress(DaemonError):  # as in Go: the next request fails as well
        client.ping()
    return client


def _said(answer: Answer) -> str:
    return answer.read_document().decode("utf-8", "surrogateescape")


def _read(stream: BinaryIO | io.RawIOBase) -> Iterator[bytes]:
    in_force = limits.current()
    while piece := stream.read(_READ_SIZE):
        in_force.advance(len(piece))
        yield piece
