"""Images in any form: docker-save archives and OCI layouts, in folders or (compressed) tars.

``open`` returns a ``Store``, which lists the images (``StoredImage``) and selects one by tag,
digest or platform. Unlike ``tarball``, which behaves as Go does, it reads everything that can be
read; docs/differences.md lists each difference and its reason. ``pyggcr.store.transports`` parses
the names of containers-transports(5). There is no Go counterpart.
"""

# Internal modules: files finds named files in any container, archive_listing lists the images,
# image and layers are what they are made of. All are loaded when first used.

from __future__ import annotations

TYPE_CHECKING = False
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
