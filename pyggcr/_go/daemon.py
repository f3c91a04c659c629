"""Images of Docker engines: pkg/v1/daemon through native/daemon.go.

Each image and each call has a client of its own in Go, which asks the engine for an archive when
something of it is needed, and keeps it as the options say for as long as the image is in use.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from pyggcr._go import call, proxies, targets, values
from pyggcr._go.image import GoImage
from pyggcr._go.opener import Opener
from pyggcr._go.options import check

if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._values.daemon import DaemonOptions
    from pyggcr.name import Reference, Tag

__all__ = ["image", "tag", "write"]

_NO_OPENER = 0


def image(reference: Reference, options: DaemonOptions, *, gzip_profile: str) -> v1.Image:
    """The image that the engine has under this name (``daemon.Image``)."""
    check(gzip_profile)
    source = None if options.opener is None else Opener(options.opener)
    number = call.ask(
        call.handle,
        "daemon_image",
        *_encoded(_options(options)),
        *_encoded(targets.of(reference)),
        _NO_OPENER if source is None else source.number,
        opener=source,
    )
    return GoImage(number, source)


def write(tag: Tag, image: v1.Image, options: DaemonOptions) -> str:
    """Load an image into the engine under this tag (``daemon.Write``).

    Returns:
        What the engine says, or nothing when it had the image and got a new tag at most.
    """
    with values.held(image) as (handle, files):
        return call.ask(
            call.text,
            "daemon_write",
            *_encoded(_options(options)),
            *_encoded(targets.of(tag)),
            handle.number,
            opener=files,
        )


def tag(source: Tag, target: Tag, options: DaemonOptions) -> None:
    """Give an image of the engine one more tag (``daemon.Tag``)."""
    call.ask(
        call.nothing,
        "daemon_tag",
        *_encoded(_options(options)),
        *_encoded(targets.of(source)),
        *_encoded(targets.of(target)),
    )


def _options(options: DaemonOptions) -> dict[str, Any]:
    """The options as native/docker.go knows them."""
    return {
        "host": options.host,
        "tls": options.tls,
        "insecure": not options.verify,
        "ca_file": options.ca_file,
        "client_certificate": options.client_certificate,
        "client_key": options.client_key,
        "api_version": options.api_version,
        "buffer": options.buffer,
        # Go would look at the environment as it was when the library was loaded.
        "folder": tempfile.gettempdir() if options.folder is None else options.folder,
        **proxies.environment(),
    }


def _encoded(request: dict[str, Any]) -> tuple[bytes, int]:
    encoded = targets.encode(request)
    return encoded, len(encoded)
