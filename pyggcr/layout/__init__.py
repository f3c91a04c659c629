"""OCI layouts in folders, read and written as Go does: pkg/v1/layout.

``image_index_from_path`` opens the index of a layout, whose images and indexes read their blobs
when they are asked for them. ``write`` creates a layout, and ``Path`` adds images to one. To find
images in any form use ``pyggcr.open``.
"""

from __future__ import annotations

from pyggcr.layout.reading import LayoutIndex, image_index_from_path
from pyggcr.layout.writing import Path, from_path, write

__all__ = ["LayoutIndex", "Path", "from_path", "image_index_from_path", "write"]
