"""Documents of pkg/v1 read and written again: the observation that tests compare with Go's."""

from __future__ import annotations

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr.errors import Error
from pyggcr.v1.tarball_manifest import parse_tarball_manifest

PARSERS = {
    "manifest": v1.parse_manifest,
    "index_manifest": v1.parse_index_manifest,
    "config_file": v1.parse_config_file,
    "tarball_manifest": parse_tarball_manifest,
}


def written(kind: str, data: bytes) -> bytes:
    """The document parsed and written again."""
    document = PARSERS[kind](data)
    if kind != "tarball_manifest":
        return json.marshal(document)
    if document is None:
        return b"null"
    return b"[" + b",".join(json.marshal(entry) for entry in document) + b"]"


def rewritten(kind: str, data: bytes) -> bytes | tuple[str, str]:
    """The same, or the class and text of what is wrong with it."""
    try:
        return written(kind, data)
    except Error as error:
        return type(error).__name__, str(error)
