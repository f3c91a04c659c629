"""OCI layouts in folders, read and written as Go does: pkg/v1/layout.

``image_index_from_path`` gives the index that a layout is, with images and indexes in it, all of
which read their blobs when they are asked; ``write`` makes a layout, ``Path`` adds images to one.
What finds images in anything is ``pyggcr.open``.
"""

from __future__ import annotations

from pyggcr.layout.reading import LayoutIndex, image_index_from_path
from pyggcr.layout.writing import Path, from_path, write

__all__ = ["LayoutIndex", "Path", "from_path", "image_index_from_path", "write"]
