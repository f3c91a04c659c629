"""Helpers to test code that works with images: archives, pytest fixtures, hypothesis strategies.

``docker_archive`` writes the archives of each Docker Engine, ``docker_save`` any archive that a
description asks for. ``pyggcr.testing.plugin`` has fixtures, which pytest finds by itself;
``pyggcr.testing.strategies`` has strategies (needs hypothesis).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.differential.generate.archives import (
        DOCKER_FOREIGN,
        DOCKER_UNCOMPRESSED,
        OCI_UNCOMPRESSED,
        ImageSpec,
        LayerSpec,
        docker_save,
        layer_tar,
        uncompressed_source,
    )
    from pyggcr.testing.docker_archives import docker_archive

__all__ = [
    "DOCKER_FOREIGN",
    "DOCKER_UNCOMPRESSED",
    "OCI_UNCOMPRESSED",
    "ImageSpec",
    "LayerSpec",
    "docker_archive",
    "docker_save",
    "layer_tar",
    "uncompressed_source",
]


def __getattr__(name: str) -> object:
    # pytest imports this package in every project that has pyggcr installed.
    if name == "docker_archive":
        from pyggcr.testing.docker_archives import docker_archive

        return docker_archive
    if name in __all__:
        from pyggcr.differential.generate import archives

        return getattr(archives, name)
    raise AttributeError(f"module 'pyggcr.testing' has no attribute {name!r}")
