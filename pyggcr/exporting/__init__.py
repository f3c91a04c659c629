"""The files of an image as one tar, as ``crane export`` makes it (pkg/v1/mutate's Extract).

``flattening`` decides which entries of which layer remain, ``headers`` writes them as Go does:
the tar is byte for byte crane's.
"""

from __future__ import annotations

from pyggcr.exporting.flattening import export

__all__ = ["export"]
