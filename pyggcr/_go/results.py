"""Answers of Go on their way to Python: the twin of native/result.go.

``decoder(kind)`` gives the function that makes a Python value of an answer of a kind that the
library's table reports. Everything is copied out of the answer.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from pyggcr._go import models
from pyggcr._go.handle import Handle
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from pyggcr._go.opener import Source

__all__ = ["decoder", "lasts"]

# Takes cffi's ffi, the pyggcr_result, and the sources of the call's arguments.
_Decoder: TypeAlias = "Callable[[Any, Any, tuple[Source, ...]], Any]"

# Takes a handle and the sources.
_Maker: TypeAlias = "Callable[[int, tuple[Source, ...]], Any]"

_OBJECTS = frozenset({"image", "index", "layer", "descriptor", "stream"})

# By the numbers that native/result.go has for what an object is.
_FORMS = ("image", "index", "layer", "described")
_MIXED = ("list described", "manifest")
_HANDLES = ("client", "pages", "server")


def lasts(kind: str) -> bool:
    """Whether what is answered goes on using the arguments of the call."""
    return kind in _MIXED or kind.removeprefix("list ") in _OBJECTS


def decoder(kind: str) -> _Decoder:
    """The function that decodes answers of this kind."""
    if kind in _MIXED:
        return _describables if kind == "list described" else _manifest
    word, _, rest = kind.partition(" ")
    if word == "json":
        return _document_decoder(_DOCUMENTS.get(rest, json.loads))
    if word == "list":
        return _list_decoder(_class_of(rest))
    if kind in _OBJECTS:
        return _object_decoder(_class_of(kind))
    if kind in _HANDLES:
        return lambda _ffi, result, _sources: Handle(result.handle, kind)
    return _DECODERS[kind]


def _class_of(kind: str) -> _Maker:
    """The class of an object that lives in Go; its methods are functions of the table."""
    if kind == "descriptor":
        from pyggcr._go.remote import GoDescriptor

        return GoDescriptor
    from pyggcr._go import objects

    return objects.CLASSES[kind]


def data(ffi: Any, result: Any) -> bytes:
    """The bytes of an answer."""
    value: bytes = ffi.unpack(result.data, result.size)
    return value


def _text(ffi: Any, result: Any) -> str:
    return data(ffi, result).decode("utf-8", "surrogateescape")


def _texts(ffi: Any, result: Any) -> list[str]:
    packed = data(ffi, result)
    found = []
    position = 0
    while position < len(packed):
        begin = position + 8
        position = begin + int.from_bytes(packed[position:begin], "little")
        found.append(packed[begin:position].decode("utf-8", "surrogateescape"))
    return found


def _object_decoder(make: _Maker) -> _Decoder:
    return lambda _ffi, result, sources: make(result.handle, sources)


def _list_decoder(make: _Maker) -> _Decoder:
    def decode(ffi: Any, result: Any, sources: tuple[Source, ...]) -> list[Any]:
        return [make(number, sources) for (number,) in struct.iter_unpack("<Q", data(ffi, result))]

    return decode


def _describables(ffi: Any, result: Any, sources: tuple[Source, ...]) -> list[Any]:
    """Objects of several forms: a handle each, then a byte each that says what it is."""
    packed = data(ffi, result)
    count = len(packed) // 9
    handles = struct.unpack_from(f"<{count}Q", packed)
    return [
        _class_of(_FORMS[form])(handle, sources)
        for handle, form in zip(handles, packed[8 * count :], strict=True)
    ]


def _manifest(ffi: Any, result: Any, sources: tuple[Source, ...]) -> Any:
    """An image or an index, or the bytes of a manifest that is neither."""
    if not result.handle:
        return data(ffi, result)
    return _class_of(_FORMS[result.number])(result.handle, sources)


def _document_decoder(parse: Callable[[bytes], Any]) -> _Decoder:
    return lambda ffi, result, _sources: parse(data(ffi, result))


_DOCUMENTS: dict[str, Callable[[bytes], Any]] = {
    "v1.ConfigFile": models.config_file,
    "v1.Manifest": models.manifest,
    "v1.IndexManifest": models.index_manifest,
    "v1.Descriptor": models.descriptor,
    "[]v1.Descriptor": models.descriptors,
    "tarball.Manifest": models.tarball_manifest,
    "main.googleTags": models.google_tags,
}

_DECODERS: dict[str, _Decoder] = {
    "nothing": lambda _ffi, _result, _sources: None,
    "integer": lambda _ffi, result, _sources: result.number,
    "boolean": lambda _ffi, result, _sources: bool(result.number),
    "bytes": lambda ffi, result, _sources: data(ffi, result),
    "text": lambda ffi, result, _sources: _text(ffi, result),
    "texts": lambda ffi, result, _sources: _texts(ffi, result),
    "media type": lambda ffi, result, _sources: MediaType(_text(ffi, result)),
    "hash": lambda ffi, result, _sources: models.hash_of(_text(ffi, result)),
    "hashes": lambda ffi, result, _sources: list(map(models.hash_of, _texts(ffi, result))),
}
