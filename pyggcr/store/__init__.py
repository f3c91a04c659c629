"""Images in any form: docker-save archives and OCI layouts, in folders or (compressed) tars.

Unlike ``tarball``, which behaves as Go does, this reads whatever can be read; docs/differences.md
lists each difference and its reason. ``files`` finds named files in any container,
``archive_listing`` lists the images, ``image`` and ``layers`` are what they are made of,
``transports`` parses the names of containers-transports(5). Modules are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyggcr.store.image import StoredImage
    from pyggcr.store.store import Store, open  # noqa: A004  (as gzip.open)

__all__ = ["Store", "StoredImage", "open"]

_HOMES = {"Store": "store", "StoredImage": "image", "open": "store"}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.store' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.store.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
