"""The JSON types of several documents: hashes, media types, lists and maps."""

from __future__ import annotations

from pyggcr._gostd.json import STRING, Field, Integer, Map, Slice, String, Struct, Unmarshaler
from pyggcr._gostd.json.scanner import Node, describe
from pyggcr._gostd.json.state import State
from pyggcr._gostd.json.text import quote, unquote
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, new_hash
from pyggcr.v1.platform import Platform

__all__ = ["HASH", "INT64", "MEDIA_TYPE", "PLATFORM", "STRINGS", "STRING_MAP"]


def _unmarshal_hash(node: Node, _current: Hash | None, state: State) -> Hash:
    """``Hash.UnmarshalJSON``: null is an empty string, which is no hash."""
    if node == b"null":
        return new_hash("")
    if isinstance(node, bytes) and node.startswith(b'"'):
        return new_hash(unquote(node))
    raise state.type_error(describe(node), STRING.name)


HASH: Unmarshaler[Hash] = Unmarshaler(
    "v1.Hash", Hash(), _unmarshal_hash, lambda value: quote(str(value))
)
INT64 = Integer("int64")
MEDIA_TYPE = String("types.MediaType", MediaType)
STRINGS = Slice(STRING)
STRING_MAP = Map(STRING, "map[string]string")

PLATFORM = Struct(
    "v1.Platform",
    Platform,
    Field("architecture", "architecture", STRING),
    Field("os", "os", STRING),
    Field("os_version", "os.version", STRING, omitempty=True),
    Field("os_features", "os.features", STRINGS, omitempty=True),
    Field("variant", "variant", STRING, omitempty=True),
    Field("features", "features", STRINGS, omitempty=True),
)
