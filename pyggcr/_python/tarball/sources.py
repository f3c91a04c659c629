"""The image in an archive that is not a file of the user's, such as one that a daemon sent."""

from __future__ import annotations

from pyggcr._python.tarball import _PATCHED, _image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name, v1
    from pyggcr._layers.source import Source

__all__ = ["image_from_source"]


def image_from_source(source: Source, tag: name.Tag | None, *, gzip_profile: str) -> v1.Image:
    """The image with this tag in an archive of any source, as ``tarball.image`` opens it."""
    return _image(source, tag, gzip_profile, _PATCHED)
