"""Names on their way to Go: the twin of native/target.go.

A name crosses as the text that it was parsed from, with what it was completed by, so that errors
name it as its user did.
"""

from __future__ import annotations

import json
from typing import Any

from pyggcr.name import Digest, Reference, Registry, Repository, Tag

__all__ = ["encode", "of"]


def of(resource: Reference | Registry | Repository) -> dict[str, Any]:
    """The members of a target that say what it is about."""
    if isinstance(resource, Registry):
        return {"kind": "registry", "name": resource.host, "insecure": resource.insecure}
    if isinstance(resource, Repository):
        return {
            "kind": "repository",
            "name": resource.name(),
            "insecure": resource.registry.insecure,
        }
    registry = resource.context().registry
    return {
        "kind": "digest" if isinstance(resource, Digest) else "tag",
        "name": str(resource),
        "default_registry": registry.host,
        "default_tag": resource.identifier() if isinstance(resource, Tag) else "",
        "insecure": registry.insecure,
    }


def encode(value: object) -> bytes:
    """JSON for Go."""
    return json.dumps(value).encode()
