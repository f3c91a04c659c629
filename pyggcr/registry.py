"""A registry in this process, for tests and for moving images about: pkg/registry.

For both engines. It keeps everything in memory, or blobs in a folder or in a ``BlobHandler`` of
yours, and lets everybody do everything: there are no users.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from pyggcr._os.closeable import Closeable
from pyggcr._values.registry import (
    BlobDeleteHandler,
    BlobHandler,
    BlobPutHandler,
    BlobStatHandler,
    ServerCertificate,
)
from pyggcr.engine import select, supplement
from pyggcr.errors import BlobNotFoundError, RedirectError, UnsupportedOptionError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from pyggcr._contract.registry import ServedRegistry

__all__ = [
    "BlobDeleteHandler",
    "BlobHandler",
    "BlobNotFoundError",
    "BlobPutHandler",
    "BlobStatHandler",
    "RedirectError",
    "RegistryServer",
    "ServerCertificate",
    "serve",
]


class RegistryServer(Closeable):
    """A registry that is served until it is closed; a context manager, which closes it.

    Attributes:
        engine: which engine serves it.
        host: host and port, as they stand in references.
        certificate: the one that it shows, as PEM, for who has to trust it; ``None`` without TLS.
    """

    def __init__(
        self, engine: str, server: ServedRegistry, certificate: bytes | None = None
    ) -> None:
        self.engine = engine
        self.host: str = server.address
        self.certificate = certificate
        self._close = weakref.finalize(self, server.close)

    @property
    def url(self) -> str:
        """Where it speaks HTTP."""
        return f"http{'' if self.certificate is None else 's'}://{self.host}"

    def close(self) -> None:
        """Stop it and cut all connections. Idempotent."""
        self._close()

    def __repr__(self) -> str:
        return f"<RegistryServer {self.host} by {self.engine}>"


def serve(
    address: str = "127.0.0.1:0",
    *,
    referrers: bool = False,
    folder: str | os.PathLike[str] | None = None,
    blob_handler: BlobHandler | None = None,
    warnings: Mapping[float, str] | None = None,
    logger: logging.Logger | None = None,
    tls: str | ServerCertificate | None = None,
    conforming: bool = False,
    engine: str | None = None,
) -> RegistryServer:
    """Serve a registry, beside whatever the process does (``registry.New``).

    >>> with serve(engine="python") as registry:
    ...     registry.host.startswith("127.0.0.1:")
    True

    Args:
        address: host and port to listen on; port 0 for any that is free. Nobody is asked for a
            password: think before you choose another host than loopback.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where to keep blobs (``NewDiskBlobHandler``); must exist, for as in Go it is not
            made. ``None`` for in memory.
        blob_handler: what keeps blobs instead (``WithBlobHandler``).
        warnings: texts to send in ``Warning`` headers, by their probability from 0 to 1
            (``WithWarning``).
        logger: gets a line for each request, with the level INFO (``Logger``); none by default.
        tls: the certificate to show, or a domain, for which one is made that is valid for an hour,
            for loopback too (``TLS``); ``None`` for plain HTTP.
        conforming: keep to the OCI distribution specification instead of doing as Go does. It
            has the referrers API always, keeps manifests in the folder too, and makes the folder;
            without one it uses a temporary folder. It takes no handler and no warnings.
        engine: ``go`` or ``python``; ``None`` for the engine in force. What is conforming is
            always Python.

    Raises:
        TransportError: the address cannot be used, or the certificate.
        FileAccessError: the folder cannot be made, if it is to be conforming.
        UnsupportedOptionError: there are options that exclude each other.
    """
    if folder is not None and blob_handler is not None:
        raise UnsupportedOptionError("a folder or a blob_handler, not both")
    shown = supplement().server_certificate(domain=tls) if isinstance(tls, str) else tls
    place = None if folder is None else os.fspath(folder)
    if conforming:
        if blob_handler is not None or warnings or engine == "go":
            raise UnsupportedOptionError(
                "a conforming registry takes no blob_handler and no warnings, and is not Go's"
            )
        served = supplement().serve_registry(
            address=address, folder=place, logger=logger, tls=shown
        )
        return RegistryServer("python", served, None if shown is None else shown.certificate)
    chosen = select(engine)
    server = chosen.registry.serve(
        address=address,
        referrers=referrers,
        folder=place,
        blob_handler=blob_handler,
        warnings=warnings or {},
        logger=logger,
        tls=shown,
    )
    return RegistryServer(chosen.name, server, None if shown is None else shown.certificate)
