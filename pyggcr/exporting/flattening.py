"""Which entries of an image's layers remain: from the last one down, less what is whited out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import BinaryIO, TypeAlias

from pyggcr import limits, v1
from pyggcr._gostd import path
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header, Reader
from pyggcr._os.atomic_write import Writable, writable
from pyggcr.errors import ArchiveError
from pyggcr.exporting import headers

__all__ = ["export"]

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_CHUNK = 1 << 20
_BLOCK = 512
_END = bytes(2 * _BLOCK)

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_DIRECTORY = "5"
_LINKS = ("1", "2")
_DRIVE = re.compile("[A-Za-z]:")


def export(image: v1.Image, target: Target) -> None:
    """Write the files of an image as a tar (``crane.Export``).

    A single layer that is no tar is written as it is. Links that lead out of the tar are left out.

    Args:
        image: any image.
        target: a path, or a stream that need not seek.

    Raises:
        ArchiveError: a layer is no tar, or an entry would lead out of the tar.
        FileAccessError: the file cannot be written.
    """
    if isinstance(target, (str, os.PathLike)):
        with writable(target) as stream:
            _export(image, stream)
    else:
        _export(image, target)


def _export(image: v1.Image, stream: Writable) -> None:
    layers = image.layers()
    if len(layers) == 1 and not layers[0].media_type().is_layer():
        with layers[0].uncompressed() as content:
            while piece := content.read(_CHUNK):
                stream.write(piece)
        return
    flattening = _Flattening(stream)
    for layer in reversed(layers):
        flattening.add(layer)
    stream.write(_END)


class _Flattening:
    def __init__(self, stream: Writable) -> None:
        self._stream = stream
        # Whether what is below the name is gone with it: by a whiteout, or as no folder is there.
        self._seen: dict[str, bool] = {}
        self._opaque: set[str] = set()

    def add(self, layer: v1.Layer) -> None:
        """Write what is new in a layer; those above it were added before."""
        opaque: set[str] = set()
        with layer.uncompressed() as content:
            reader = Reader(content)
            while (header := _next(reader)) is not None:
                self._take(reader, header, opaque)
            self._opaque |= opaque
            # To the very end, where the layer is compared with its digest.
            while content.read(_CHUNK):
                limits.current().check()

    def _take(self, reader: Reader, header: Header, opaque: set[str]) -> None:
        header.name = name = path.clean(header.name)
        if _leads_out(name):
            raise ArchiveError(f"unsafe tar path {quote(name)}")
        if header.typeflag in _LINKS and _links_out(name, header.linkname):
            return
        folder, _, base = name.rpartition("/")
        folder = folder or ("/" if name.startswith("/") else ".")
        if base == _OPAQUE:
            opaque.add(folder)
            return
        is_whiteout = base.startswith(_WHITEOUT)
        if header.typeflag != _DIRECTORY:
            name = path.join(folder, base.removeprefix(_WHITEOUT))
        if name in self._seen and not is_whiteout:
            return
        if any(self._seen.get(it) or it in self._opaque for it in _folders_of(name)):
            return
        self._seen[name] = is_whiteout or header.typeflag != _DIRECTORY
        if not is_whiteout:
            self._write(reader, header)

    def _write(self, reader: Reader, header: Header) -> None:
        self._stream.write(headers.encode(header))
        left = header.size
        while left > 0 and (piece := reader.read(min(left, _CHUNK))):
            limits.current().check()
            self._stream.write(piece)
            left -= len(piece)
        self._stream.write(bytes(-header.size % _BLOCK))


def _next(reader: Reader) -> Header | None:
    try:
        return reader.next()
    except ArchiveError as error:
        raise type(error)(f"reading tar: {error}") from error


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
