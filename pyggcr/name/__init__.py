"""References to images, such as ``registry.example.com/team/app:1.0``: pkg/name.

Unless ``strict`` is set, missing parts of a name are filled in as Docker does: the registry
``index.docker.io``, the namespace ``library`` and the tag ``latest``. Names are only parsed; no
registry is contacted.

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
