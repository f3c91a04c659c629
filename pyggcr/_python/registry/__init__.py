"""A registry in this process: pkg/registry, for tests and for moving images about.

``server`` speaks HTTP and has the threads, ``routes`` finds who answers, ``blobs`` and
``manifests`` answer as Go's handlers do, ``storage`` keeps blobs. What is pushed is checked
against its digest; there are no users.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyggcr._python.registry.routes import Registry
from pyggcr._python.registry.server import RegistryServer
from pyggcr._python.registry.storage import DiskBlobs, MemoryBlobs
from pyggcr._values.registry import BlobHandler, ServerCertificate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

__all__ = ["serve"]


def serve(
    address: str,
    *,
    referrers: bool,
    folder: str | None,
    blob_handler: BlobHandler | None,
    warnings: Mapping[float, str],
    logger: logging.Logger | None,
    tls: ServerCertificate | None,
) -> RegistryServer:
    """Serve a registry until it is closed (``registry.New``).

    Args:
        address: host and port; port 0 for any that is free.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where to keep blobs (``NewDiskBlobHandler``); ``None`` for in memory.
        blob_handler: what keeps blobs instead (``WithBlobHandler``).
        warnings: texts of ``Warning`` headers by their probability (``WithWarning``).
        logger: gets a line for each request (``Logger``).
        tls: the certificate to show; ``None`` for plain HTTP.

    Raises:
        TransportError: the address cannot be used.
    """
    handler = blob_handler or (MemoryBlobs() if folder is None else DiskBlobs(folder))

    def log(line: str) -> None:
        if logger is not None:
            logger.info("%s", line)

    registry = Registry(handler, referrers=referrers, warnings=warnings, log=log)
    return RegistryServer(address, registry.answer, tls)
