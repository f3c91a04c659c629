"""Images of Docker daemons: pkg/v1/daemon through native/daemon.go.

Each image and each call has a client of its own in Go, which asks the daemon for an archive when
something of it is needed, and keeps it as the options say for as long as the image is in use.
"""

from __future__ import annotations

import tempfile

from pyggcr._dataclasses import fields
from pyggcr._go import proxies
from pyggcr._go.arguments import Docker
from pyggcr._go.opener import Opener
from pyggcr._go.options import check
from pyggcr._go.table import function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._values.daemon import DaemonOptions
    from pyggcr.name import Reference, Tag

__all__ = ["image", "tag", "write"]


def image(*, reference: Reference, options: DaemonOptions, gzip_profile: str) -> v1.Image:
    """The image that the daemon has under this name (``daemon.Image``)."""
    check(gzip_profile)
    opener = None if options.opener is None else Opener(options.opener)
    found: v1.Image = function("daemon.Image")(_docker(options, opener), reference)
    return found


def write(*, tag: Tag, image: v1.Image, options: DaemonOptions) -> str:
    """Load an image into the daemon under this tag (``daemon.Write``).

    Returns:
        What the daemon says, or nothing when it had the image and got a new tag at most.
    """
    said: str = function("daemon.Write")(_docker(options), tag, image)
    return said


def tag(*, source: Tag, target: Tag, options: DaemonOptions) -> None:
    """Give an image of the daemon one more tag (``daemon.Tag``)."""
    function("daemon.Tag")(_docker(options), source, target)


def _docker(options: DaemonOptions, opener: Opener | None = None) -> Docker:
    """The options as native/docker.go knows them: each by the name of its field."""
    known = {
        field.name: getattr(options, field.name)
        for field in fields(options)
        if field.name not in _OTHERWISE
    }
    known["insecure"] = not options.verify
    if options.folder is None:
        # Go would look at the environment as it was when the library was loaded.
        known["folder"] = tempfile.gettempdir()
    return Docker({**known, **proxies.environment()}, opener)


# The opener crosses by itself, and Go's word for the other is ``insecure``.
_OTHERWISE = ("opener", "verify")
