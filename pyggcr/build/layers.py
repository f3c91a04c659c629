"""``layer``: one layer of files, reproducible to the byte."""

from __future__ import annotations

from pyggcr._gostd.stream import IteratorStream
from pyggcr._layers import blob_layer
from pyggcr.build import archive
from pyggcr.build.clock import seconds_of
from pyggcr.types import MediaType

TYPE_CHECKING = False
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
    """Make a layer of files with the same digest on every machine and engine.

    The folders above everything are in the layer too, with mode 0755 (``/tmp`` and ``/var/tmp``
    1777, ``/root`` 0700) and the owner 0:0, unless a source says otherwise; but not ``/bin``,
    ``/sbin``, ``/lib``, ``/lib64`` and the like, which are links to ``/usr`` in most images.

    Files are read once, at once; the blob is kept in a temporary file until the layer is closed or
    no longer used. That takes little memory, whatever the size.

    Args:
        sources: mappings of paths to bytes, texts or entries; an ``Entry``; or results of
            ``from_path`` and ``wheel``. A folder of several sources gets the mode of the last; any
            other path may be written only once.
        deleted: paths of the image below that this layer deletes; default none.
        opaque: folders whose content in the image below is hidden; default none.
        created: the time of everything in the layer, in seconds since 1970 or as a ``datetime``
            with a time zone; default: that of ``SOURCE_DATE_EPOCH``, or 1970.
        compression: ``gzip`` (default), ``zstd`` or ``none``.
        level: for gzip 1 to 9, or -2, -1 or 0 as in ``tarball``; for zstd 1 to 22, mapped to four
            speeds that begin at 1, 3, 6 and 10; default 1.
        lowest: whether there is no image below, so that ``/bin`` and the like are ordinary folders;
            default false.

    Returns:
        A layer with an OCI media type; ``image`` gives it Docker's in a Docker image. Close it, or
        use ``with``, to remove the temporary file early.

    Raises:
        BuildError: a path leads out of the image, is written twice, or is both written and deleted.
        SourceChangedError: a file or a folder changed while it was read.
        FileAccessError: a file cannot be read, or the blob cannot be written to ``TMPDIR``.
        UnsupportedOptionError: there is no such compression or level.
        TypeError: an argument has another type.

    Examples:
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
