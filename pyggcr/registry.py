"""Serve a registry from this process, for tests and to move images around: pkg/registry.

Both engines can. The registry keeps everything in memory, or blobs in a folder or in your own
``BlobHandler``. Everybody may do everything: there are no users.
"""

from __future__ import annotations

import os
import weakref

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

TYPE_CHECKING = False
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
    """A running registry; a context manager that stops it at the end.

    Attributes:
        engine: the engine that serves it.
        host: host and port, as in references.
        certificate: the certificate that it presents, as PEM, for clients to trust; ``None``
            without TLS.
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
        """The URL of the registry, with ``http`` or ``https``."""
        return f"http{'' if self.certificate is None else 's'}://{self.host}"

    def close(self) -> None:
        """Stop the registry and cut all connections.

        Closing it again has no effect.
        """
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
    """Serve a registry in the background (``registry.New``).

    Args:
        address: host and port to listen on; port 0 for any free one; default ``127.0.0.1:0``. There
            are no passwords: think twice before you choose another host than loopback.
        referrers: whether the registry has the referrers API; default false
            (``WithReferrersSupport``).
        folder: where to keep blobs (``NewDiskBlobHandler``); as in Go, it must exist. Default
            ``None``: in memory.
        blob_handler: what keeps blobs instead (``WithBlobHandler``); default none.
        warnings: texts to send in ``Warning`` headers, by their probability from 0 to 1; default
            none (``WithWarning``).
        logger: gets a line of level INFO for each request; default none (``Logger``).
        tls: the certificate to present; or a domain, for which one is made that is valid for an
            hour and for loopback too (``TLS``). Default ``None``: plain HTTP.
        conforming: keep to the OCI distribution specification instead of Go's behaviour; default
            false. Such a registry always has the referrers API, keeps manifests in the folder too,
            and creates the folder; without one it uses a temporary folder. It takes no handler and
            no warnings.
        engine: ``go`` or ``python``; default: the engine in force. A conforming registry is always
            Python.

    Returns:
        The running registry.

    Raises:
        TransportError: the address or the certificate cannot be used.
        FileAccessError: the folder of a conforming registry cannot be created.
        UnsupportedOptionError: options contradict each other.

    Examples:
        >>> with serve(engine="python") as registry:
        ...     registry.host.startswith("127.0.0.1:")
        True
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
