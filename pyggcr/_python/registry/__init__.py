"""A registry in this process: pkg/registry, for tests and for moving images about.

``server`` speaks HTTP and has the threads, ``routes`` finds who answers, ``blobs`` and
``manifests`` answer as Go's handlers do, ``storage`` keeps blobs. What is pushed is checked
against its digest; there are no users and no TLS.
"""

from __future__ import annotations

from pyggcr._python.registry.server import RegistryServer
from pyggcr._python.registry.storage import DiskStorage, MemoryStorage

__all__ = ["serve"]


def serve(address: str, *, referrers: bool, folder: str | None) -> RegistryServer:
    """Serve a registry until it is closed (``registry.New``).

    Args:
        address: host and port; port 0 for any that is free.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where to keep blobs (``NewDiskBlobHandler``); ``None`` for in memory.

    Raises:
        TransportError: the address cannot be used.
        FileAccessError: the folder cannot be made.
    """
    storage = MemoryStorage() if folder is None else DiskStorage(folder)
    return RegistryServer(address, storage, referrers=referrers)
