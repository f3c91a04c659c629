"""The files of an image as one tar: pkg/v1/mutate's Extract.

Decides which entries of the layers remain, from the last layer down, less what whiteouts delete.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterable, Iterator

from pyggcr import limits, v1
from pyggcr._gostd import path
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header, Reader
from pyggcr._gostd.tar.blocks import encode_header
from pyggcr._gostd.tar.header import END, Format
from pyggcr._layers.file_names import OPAQUE, WHITEOUT
from pyggcr._layers.layer_entries import read_entries
from pyggcr.errors import ArchiveError, Error

__all__ = ["pieces"]

_CHUNK = 1 << 20

_DIRECTORY = "5"
_LINKS = ("1", "2")
_DRIVE = re.compile("[A-Za-z]:")


def pieces(image: v1.Image) -> Generator[bytes, None, None]:
    """The tar, piece by piece; links that lead out of it are left out.

    Raises:
        ArchiveError: a layer is no tar, or an entry would lead out of the tar.
        Error: what the image and its layers raise.
    """
    try:
        layers = image.layers()
    except Error as error:
        raise type(error)(f"retrieving image layers: {error}") from error
    flattening = _Flattening()
    with contextlib.suppress(_ExtractEndsError):
        for layer in reversed(layers):
            yield from flattening.added(layer)
    yield END


class _ExtractEndsError(Exception):
    """An entry has a size, but is of a type that has no content.

    Go misses the content, and the pipe that ``Extract`` writes to takes the error, a bare
    ``io.EOF``, for the regular end: the rest of the image is left out without an error.
    """


class _Flattening:
    def __init__(self) -> None:
        # Whether what is below the name is gone with it: by a whiteout, or as no folder is there.
        self._seen: dict[str, bool] = {}
        self._opaque: set[str] = set()

    def added(self, layer: v1.Layer) -> Iterator[bytes]:
        """What a layer adds to those above it, which were added before."""
        opaque: set[str] = set()
        with contextlib.closing(read_entries(layer)) as entries:
            for header, reader in entries:
                if self._remains(header, opaque):
                    yield from _written(reader, header)
        self._opaque |= opaque

    def _remains(self, header: Header, opaque: set[str]) -> bool:
        """Whether an entry is a part of the result; cleans its name.

        Args:
            header: the entry.
            opaque: takes the folders of which the layer hides what layers below have in them.
        """
        header.name = name = path.clean(header.name)
        if _leads_out(name):
            raise ArchiveError(f"unsafe tar path {quote(name)}")
        if header.typeflag in _LINKS and _links_out(name, header.linkname):
            return False
        folder, _, base = name.rpartition("/")
        folder = folder or ("/" if name.startswith("/") else ".")
        if base == OPAQUE:
            opaque.add(folder)
            return False
        is_whiteout = base.startswith(WHITEOUT)
        if header.typeflag != _DIRECTORY:
            name = path.join(folder, base.removeprefix(WHITEOUT))
        if name in self._seen and not is_whiteout:
            return False
        if any(self._seen.get(it) or it in self._opaque for it in _folders_of(name)):
            return False
        self._seen[name] = is_whiteout or header.typeflag != _DIRECTORY
        return not is_whiteout


def _written(reader: Reader, header: Header) -> Iterator[bytes]:
    header.format = Format.PAX
    encoded = encode_header(header)
    yield encoded.blocks
    if header.size > encoded.size:
        raise _ExtractEndsError
    left = encoded.size
    while left > 0 and (piece := reader.read(min(left, _CHUNK))):
        limits.current().check()
        yield piece
        left -= len(piece)
    if encoded.padding:
        yield bytes(encoded.padding)


def _folders_of(name: str) -> Iterable[str]:
    while (folder := _folder(name)) != name:
        yield folder
        name = folder


def _folder(name: str) -> str:
    head, slash, _ = name.rpartition("/")
    return head or ("/" if slash else ".")


def _leads_out(name: str) -> bool:
    clean = _slashed(name)
    return (
        clean == ".."
        or clean.startswith("../")
        or name.startswith("\\")
        or _DRIVE.match(clean) is not None
    )


def _links_out(name: str, target: str) -> bool:
    clean = _slashed(target)
    if clean.startswith("/"):
        return False
    if _DRIVE.match(clean):
        return True
    return path.join(_folder(name), clean).startswith("..")


def _slashed(name: str) -> str:
    return path.clean(name.replace("\\", "/"))
