"""Docker's image format from before images had manifests: pkg/legacy.

``tarball`` writes archives in that format; ``config`` is what they say of a layer.
"""

from __future__ import annotations

from pyggcr.legacy.config import LayerConfigFile

__all__ = ["LayerConfigFile"]
