"""Helps to test code that works with images: made-up archives, strategies, both engines.

Here are descriptions from which ``docker_save`` writes an archive. ``pyggcr.testing.strategies``
has hypothesis strategies for them (needs hypothesis), ``pyggcr.testing.plugin`` pytest fixtures
that run a test on both engines (needs pytest). Nothing else in the package imports the two.
"""

from __future__ import annotations

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

__all__ = [
    "DOCKER_FOREIGN",
    "DOCKER_UNCOMPRESSED",
    "OCI_UNCOMPRESSED",
    "ImageSpec",
    "LayerSpec",
    "docker_save",
    "layer_tar",
    "uncompressed_source",
]
