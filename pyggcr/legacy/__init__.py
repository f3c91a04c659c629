"""Docker's image format from the time before manifests: pkg/legacy.

``tarball`` writes archives in that format; ``config`` has the description of a layer in them.
"""

from __future__ import annotations

from pyggcr.legacy.config import LayerConfigFile

__all__ = ["LayerConfigFile"]
