"""Write the files of an image as a tar: pkg/crane/export.go."""

from __future__ import annotations

import os

from pyggcr import mutate, v1
from pyggcr._os.atomic_write import Writable, writable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._layers.archive_writer import Target

__all__ = ["export"]

_READ_SIZE = 1 << 20


def export(image: v1.Image, target: Target) -> None:
    """Write the files of an image as a tar, as ``mutate.extract`` does (``crane.Export``).

    A single layer that is not a tar is written as it is.

    Args:
        image: any image.
        target: a path, or a stream, which need not be seekable.

    Raises:
        ArchiveError: a layer is not a tar, or an entry would lead out of the tar.
        FileAccessError: the file cannot be written; a file that was there before is unchanged.
        Error: an image cannot be read; the subclass says why.
    """
    if isinstance(target, (str, os.PathLike)):
        with writable(target) as stream:
            _export(image, stream)
    else:
        _export(image, target)


def _export(image: v1.Image, stream: Writable) -> None:
    layers = image.layers()
    is_content = len(layers) == 1 and not layers[0].media_type().is_layer()
    with layers[0].uncompressed() if is_content else mutate.extract(image) as content:
        while piece := content.read(_READ_SIZE):
            stream.write(piece)
