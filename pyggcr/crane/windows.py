"""Make layers for Windows containers, whose files are below ``Files/``: internal/windows."""

from __future__ import annotations

import io

from pyggcr import tarball
from pyggcr._gostd import path
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header, Reader
from pyggcr._gostd.tar.header import Format
from pyggcr._gostd.tar.writer import Writer
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["converted"]

# Owner and group BUILTIN\Users as a security descriptor: it lets a container run the file.
_SECURITY = "AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA=="
_FOLDER_MODE = 0o555


def converted(layer: v1.Layer, *, engine: str | None) -> v1.Layer:
    """Move the files of a layer to where Windows looks for them (``windows.Windows``).

    Args:
        layer: the layer.
        engine: the engine of the new layer.

    Returns:
        A layer of Docker's media type, held in memory, as in Go.

    Raises:
        ArchiveError: the layer is not a tar, or is for Windows already.
        Error: the layer cannot be read; the subclass says why.
    """
    content = io.BytesIO()
    writer = Writer(content)
    for folder in ("Files", "Hives"):
        with wrapped(f"writing {folder} directory"):
            writer.write_header(Header(folder, typeflag="5", mode=_FOLDER_MODE, format=Format.PAX))
    with layer.uncompressed() as stream:
        _move_below_files(Reader(stream), writer)
    writer.close()
    tar = content.getvalue()
    return tarball.layer_from_opener(lambda: io.BytesIO(tar), engine=engine)


def _move_below_files(reader: Reader, writer: Writer) -> None:
    while True:
        with wrapped("reading layer"):
            header = reader.next()
        if header is None:
            return
        if header.name.startswith("Files/"):
            raise ArchiveError(f"file path {quote(header.name)} already suitable for Windows")
        header.name = path.join("Files", header.name)
        header.format = Format.PAX
        header.pax_records = {**(header.pax_records or {}), "MSWINDOWS.rawsd": _SECURITY}
        with wrapped("writing tar header"):
            writer.write_header(header)
        if header.typeflag == "0":
            with wrapped("writing layer file"):
                writer.copy_from(reader)
