"""``layer``: one layer of files, reproducible to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._gostd.stream import IteratorStream
from pyggcr._layers import blob_layer
from pyggcr.build import archive
from pyggcr.build.clock import seconds_of
from pyggcr.types import MediaType

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterable

    from pyggcr import v1
    from pyggcr._layers.blob_layer import Compression
    from pyggcr.build.entry import Source

__all__ = ["layer"]

_TYPES = {
    "gzip": MediaType.OCI_LAYER,
    "none": MediaType.OCI_UNCOMPRESSED_LAYER,
    "zstd": MediaType.OCI_LAYER_ZSTD,
}


def layer(
    *sources: Source,
    deleted: Iterable[str | os.PathLike[str]] = (),
    opaque: Iterable[str | os.PathLike[str]] = (),
    created: int | dt.datetime | None = None,
    compression: Compression = "gzip",
    level: int | None = None,
    lowest: bool = False,
) -> v1.Layer:
    """Make a layer. Equal sources give an equal digest on every machine and engine.

    The folders above everything are in the layer, too, with mode 0755 (``/tmp`` and ``/var/tmp``
    1777, ``/root`` 0700) and the owner 0:0, if no source says otherwise; but not ``/bin``,
    ``/sbin`` and ``/lib``, ``/lib64`` and the like, which in most images are links to ``/usr``.

    Files are read now, once, and no later; the blob is kept in a temporary file until the layer is
    closed or nobody uses it any more. It takes little memory, whatever the size.

    Args:
        sources: a mapping of paths to bytes, texts or entries; an ``Entry``; or what
            ``from_path`` and ``wheel`` give. Folders that several sources have are one, with the
            mode of the last; everything else may be written once only.
        deleted: paths that the image below has and this layer deletes.
        opaque: folders of which nothing comes from below.
        created: the time of everything in the layer, in seconds since 1970 or as a ``datetime``
            with a time zone; ``None`` for that of ``SOURCE_DATE_EPOCH``, or else 1970 itself.
        compression: ``gzip``, ``zstd`` or ``none``.
        level: of gzip from 1 to 9, or -2, -1 or 0 as in ``tarball``; of zstd from 1 to 22, of which
            1, 3, 6 and 10 and what follows each are four speeds. ``None`` is 1.
        lowest: there is no image below, so ``/bin`` and the like are folders as all others.

    Returns:
        A layer with an OCI media type; ``image`` gives it Docker's where the image is Docker's.
        Close it, or use ``with``, to remove the temporary file early.

    Raises:
        BuildError: a path leads out of the image, is written twice, or written and deleted.
        SourceChangedError: a file or a folder changed while it was read.
        FileAccessError: a file cannot be read, or there is no room for the blob in ``TMPDIR``.
        UnsupportedOptionError: there is no such compression or level.

    >>> from pyggcr import build
    >>> motd = build.layer({"/etc/motd": "hello"})
    >>> str(motd.digest())[:19]
    'sha256:ec0d1c95728a'
    """
    blob_layer.check_compression(compression, level)
    seconds = seconds_of(created)
    entries = archive.arranged(sources, deleted, opaque, lowest=lowest)
    with IteratorStream(archive.pieces(entries, seconds)) as content:
        return blob_layer.made(
            content,
            compression=compression,
            level=level,
            media_type=_TYPES[compression],
            shown="a layer",
        )
