"""Images wherever they lie: docker-save archives and OCI layouts, in a folder or a tar, compressed
or not.

Unlike ``tarball``, which behaves as Go does, this reads whatever can be read; each difference and
its reason is in docs/differences.md. ``files`` finds named files, whatever holds them; ``catalog``
knows which images there are, ``image`` and ``layers`` what they are made of.
"""

from __future__ import annotations

from pyggcr.store.image import StoredImage
from pyggcr.store.store import Store, open  # noqa: A004  (as gzip.open)

__all__ = ["Store", "StoredImage", "open"]
