"""The files of images: list, read, extract and compare them, without running anything.

Go has no such package; ``mutate.extract`` makes a tar of the files of an image.
"""

from __future__ import annotations

from pyggcr.rootfs.comparison import Change, ComparedLayer, Comparison, Setting, compare
from pyggcr.rootfs.extraction import Extraction, Skipped
from pyggcr.rootfs.file_system import FileSystem
from pyggcr.rootfs.tree import File

__all__ = [
    "Change",
    "ComparedLayer",
    "Comparison",
    "Extraction",
    "File",
    "FileSystem",
    "Setting",
    "Skipped",
    "compare",
]
