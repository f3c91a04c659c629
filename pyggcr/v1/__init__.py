"""The values and interfaces of pkg/v1: hashes, manifests, configs, platforms and images.

Nothing here does I/O, except that ``sha256`` reads the stream it is given.
"""

from __future__ import annotations

from pyggcr.v1.config import (
    Config,
    ConfigFile,
    HealthConfig,
    History,
    RootFS,
    parse_config_file,
)
from pyggcr.v1.hash import Hash, hasher, new_hash, sha256, to_hash
from pyggcr.v1.image import Image, ImageIndex, Layer
from pyggcr.v1.manifest import (
    Descriptor,
    IndexManifest,
    Manifest,
    parse_index_manifest,
    parse_manifest,
)
from pyggcr.v1.platform import Platform, parse_platform
from pyggcr.v1.time import Time, to_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.v1.progress import Update

__all__ = [
    "Config",
    "ConfigFile",
    "Descriptor",
    "Hash",
    "HealthConfig",
    "History",
    "Image",
    "ImageIndex",
    "IndexManifest",
    "Layer",
    "Manifest",
    "Platform",
    "RootFS",
    "Time",
    "Update",
    "hasher",
    "new_hash",
    "parse_config_file",
    "parse_index_manifest",
    "parse_manifest",
    "parse_platform",
    "sha256",
    "to_hash",
    "to_time",
]


def __getattr__(name: str) -> object:
    # Most commands report no progress.
    if name == "Update":
        from pyggcr.v1.progress import Update

        return Update
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
