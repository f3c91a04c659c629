"""Media types and annotations of artifacts (OCI image-spec 1.1, and oras).

Nothing is imported here, so that a name can be used without loading anything.
"""

from __future__ import annotations

__all__ = [
    "CONTENT_DIGEST",
    "DEFAULT_CONFIG_TYPE",
    "DEFAULT_TYPE",
    "EMPTY_TYPE",
    "FILE_TYPE",
    "FOLDER_TYPE",
    "TITLE",
    "UNPACK",
]

# OCI image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor".
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"

TITLE = "org.opencontainers.image.title"

# What oras writes where its user names no type (oras-go v2.5: pack.go, content/file/file.go).
DEFAULT_TYPE = "application/vnd.unknown.artifact.v1"
DEFAULT_CONFIG_TYPE = "application/vnd.unknown.config.v1+json"
FILE_TYPE = "application/vnd.oci.image.layer.v1.tar"
FOLDER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"

# How oras marks a folder that it packed: the digest of the tar, and that it is to be unpacked.
CONTENT_DIGEST = "io.deis.oras.content.digest"
UNPACK = "io.deis.oras.content.unpack"
