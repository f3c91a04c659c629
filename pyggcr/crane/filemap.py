"""Make layers and images from contents by path: pkg/crane/filemap.go."""

from __future__ import annotations

import io

from pyggcr import empty, mutate, tarball, v1
from pyggcr._gostd.tar import Header
from pyggcr._gostd.tar.writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["image", "layer"]


def layer(filemap: Mapping[str, bytes], *, engine: str | None = None) -> v1.Layer:
    """Make a layer of files (``crane.Layer``).

    Equal files give an equal layer. As in Go, each file has mode 0, so that only root can read it;
    use ``pyggcr.build`` for files that are to be used.

    Args:
        filemap: contents by path; the tar has them in the order of the paths' bytes. A path that
            ends with a slash is a folder, and has no content.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        A layer of Docker's media type, which holds a copy of the contents in memory.

    Raises:
        ArchiveError: a folder has content, or a tar cannot hold a path.
        TypeError: a path or a content has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> made = layer({"etc/motd": b"Welcome"}, engine="python")
        >>> str(made.diff_id())
        'sha256:507a86d78a3a3c4c3f0a815c3232c713e9426765acc52bf3e245adcfc9555534'
    """
    archive = io.BytesIO()
    writer = Writer(archive)
    for path in sorted(filemap, key=_go_bytes):
        content = filemap[path]
        if not isinstance(content, (bytes, bytearray, memoryview)):
            raise TypeError(f"the content of {path} is no bytes, but {type(content).__name__}")
        writer.write_header(Header(path, size=len(content)))
        writer.write(content)
    writer.close()
    tar = archive.getvalue()
    return tarball.layer_from_opener(lambda: io.BytesIO(tar), engine=engine)


def image(filemap: Mapping[str, bytes], *, engine: str | None = None) -> v1.Image:
    """Make an image with one layer of files, and nothing else (``crane.Image``).

    Args:
        filemap: contents by path; the tar has them in the order of the paths' bytes. A path that
            ends with a slash is a folder, and has no content.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        An image of Docker's media types, without a platform.

    Raises:
        ArchiveError: a folder has content, or a tar cannot hold a path.
        TypeError: a path or a content has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> len(image({"etc/motd": b"Welcome"}).layers())
        1
    """
    return mutate.append_layers(
        empty.image(engine=engine), layer(filemap, engine=engine), engine=engine
    )


def _go_bytes(path: str) -> bytes:
    if not isinstance(path, str):
        raise TypeError(f"a path is a text, not {type(path).__name__}")
    return path.encode("utf-8", "surrogateescape")
