"""pkg/v1/daemon: images of the Docker daemon."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr._values.daemon import DaemonOptions
    from pyggcr.name import Reference, Tag
else:
    from pyggcr._typing import Protocol

__all__ = ["DaemonEngine"]


class DaemonEngine(Protocol):
    """What an engine does with the images of a Docker daemon."""

    def image(self, *, reference: Reference, options: DaemonOptions, gzip_profile: str) -> v1.Image:
        """Return the image with this name (``daemon.Image``); profiles as for archives."""

    def write(self, *, tag: Tag, image: v1.Image, options: DaemonOptions) -> str:
        """Load an image into the daemon under a tag (``daemon.Write``).

        Returns:
            The daemon's answer; empty if the daemon had the image and at most tagged it.
        """

    def tag(self, *, source: Tag, target: Tag, options: DaemonOptions) -> None:
        """Tag an image of the daemon (``daemon.Tag``)."""
