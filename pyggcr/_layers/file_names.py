"""Names of files in docker-save archives, OCI layouts and layers, and what they say."""

from __future__ import annotations

import re

from pyggcr.errors import InvalidHashError
from pyggcr.v1.hash import new_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.v1.hash import Hash

__all__ = [
    "INDEX_JSON",
    "MANIFEST_JSON",
    "OCI_LAYOUT",
    "OPAQUE",
    "WHITEOUT",
    "blob_digest",
    "blob_name",
]

MANIFEST_JSON = "manifest.json"
INDEX_JSON = "index.json"
OCI_LAYOUT = "oci-layout"

# What stands before the name of a file that a layer deletes, and the name of the file that says
# that nothing of the folder it is in comes from below (OCI image specification, layer.md).
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"

_BLOB = re.compile(r"blobs/([a-z0-9]+)/([0-9a-f]+)", re.ASCII)


def blob_name(digest: Hash) -> str:
    """Where an OCI layout has the blob."""
    return f"blobs/{digest.algorithm}/{digest.hex}"


def blob_digest(name: str) -> Hash | None:
    """The digest that a name promises, if it is that of a blob."""
    found = _BLOB.fullmatch(name)
    try:
        return new_hash(f"{found[1]}:{found[2]}") if found else None
    except InvalidHashError:
        return None
