"""References to images, such as ``registry.example.com/team/app:1.0``: pkg/name.

What is missing in a name is filled in as Docker does it, unless ``strict`` is set: the registry
``index.docker.io``, the namespace ``library``, the tag ``latest``. No name is ever looked up.

>>> reference = parse_reference("ubuntu")
>>> reference.name(), str(reference)
('index.docker.io/library/ubuntu:latest', 'ubuntu')
"""

from __future__ import annotations

from pyggcr.name.parsing import (
    DEFAULT_REGISTRY,
    DEFAULT_TAG,
    new_digest,
    new_insecure_registry,
    new_registry,
    new_repository,
    new_tag,
    parse_reference,
)
from pyggcr.name.values import Digest, Reference, Registry, Repository, Tag

__all__ = [
    "DEFAULT_REGISTRY",
    "DEFAULT_TAG",
    "Digest",
    "Reference",
    "Registry",
    "Repository",
    "Tag",
    "new_digest",
    "new_insecure_registry",
    "new_registry",
    "new_repository",
    "new_tag",
    "parse_reference",
]
