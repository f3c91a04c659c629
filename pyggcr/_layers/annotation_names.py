"""Names of annotations of descriptors and manifests, and what BuildKit writes in them.

Nothing is imported here, so that whoever needs a name loads nothing for it.
"""

from __future__ import annotations

__all__ = [
    "ATTESTATION",
    "BASE_DIGEST",
    "BASE_NAME",
    "CONTAINERD_NAME",
    "REFERENCE_DIGEST",
    "REFERENCE_NAME",
    "REFERENCE_TYPE",
]

# Of the OCI image specification, annotations.md, "Pre-Defined Annotation Keys".
REFERENCE_NAME = "org.opencontainers.image.ref.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"
BASE_NAME = "org.opencontainers.image.base.name"

# The whole name of an image; Docker puts the tag alone into REFERENCE_NAME.
CONTAINERD_NAME = "io.containerd.image.name"

# How BuildKit marks what is beside an image in an index, and which image it is about.
REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
ATTESTATION = "attestation-manifest"
