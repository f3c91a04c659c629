"""JSON as Go's encoding/json (version 1) reads and writes it, errors included.

``scanner`` knows the grammar, ``text`` strings, ``kinds`` and ``structs`` how a value becomes
one of Go's types and back. What types there are is for others to declare: see ``pyggcr.v1``.
"""

from __future__ import annotations

from pyggcr._gostd.json.codec import decode, decode_strictly, marshal, salvage, unmarshal
from pyggcr._gostd.json.kinds import (
    ANY,
    BOOL,
    BYTES,
    STRING,
    Integer,
    Kind,
    Map,
    Pointer,
    Set,
    Slice,
    String,
    Unmarshaler,
)
from pyggcr._gostd.json.structs import Field, Struct

__all__ = [
    "ANY",
    "BOOL",
    "BYTES",
    "STRING",
    "Field",
    "Integer",
    "Kind",
    "Map",
    "Pointer",
    "Set",
    "Slice",
    "String",
    "Struct",
    "Unmarshaler",
    "decode",
    "decode_strictly",
    "marshal",
    "salvage",
    "unmarshal",
]
