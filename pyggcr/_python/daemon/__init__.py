"""Docker daemons without Go: pkg/v1/daemon, and the moby client below it.

From the outside in: the functions of the engine, ``image`` and ``config`` (what an image of the
daemon is), ``archive_buffer`` (where its archive is kept), ``client`` (requests, in the agreed
version of the API), ``transport`` and ``answer`` (one request) over the sockets of ``remote``.
``errors`` has the moby client's texts. What Go's package lacks is in ``_python.supplement``.
"""

from __future__ import annotations

import contextlib

from pyggcr._gostd.gzip_options import check_profile
from pyggcr._layers.docker_archive import pieces
from pyggcr._python.daemon.client import Client, greeted
from pyggcr._python.daemon.errors import reworded
from pyggcr._python.daemon.image import DaemonImage
from pyggcr.errors import CancelledError, DaemonError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name, v1
    from pyggcr._values.daemon import DaemonOptions

__all__ = ["image", "tag", "write"]


def image(reference: name.Reference, options: DaemonOptions, *, gzip_profile: str) -> v1.Image:
    """The image that the daemon has under this name (``daemon.Image``).

    Raises:
        DaemonImageNotFoundError: it has none.
        DaemonError: it does not say, or cannot be reached.
    """
    check_profile(gzip_profile)
    return DaemonImage(reference, greeted(options), options, gzip_profile)


def write(tag: name.Tag, image: v1.Image, options: DaemonOptions) -> str:
    """Load an image under this tag (``daemon.Write``); one that is there only gets the tag.

    Returns:
        What the daemon says; nothing if nothing was loaded.

    Raises:
        DaemonError: the daemon refuses, or cannot be reached.
        Error: what the image raises, with Go's words around it.
    """
    client = greeted(options)
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
        return answer.read_text()
    except DaemonError as error:
        raise reworded(error, f"error reading load response body: {error}") from error


def tag(source: name.Tag, target: name.Tag, options: DaemonOptions) -> None:
    """Give an image one more tag (``daemon.Tag``).

    Raises:
        DaemonImageNotFoundError: the daemon has no such image.
        DaemonError: it refuses, or cannot be reached.
    """
    greeted(options).tag(str(source), str(target))
