"""A registry in this process, for tests and for moving images about: pkg/registry.

For both engines. It keeps everything in memory, or blobs in a folder, lets everybody do
everything, and is for loopback: there are no users and no TLS.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from pyggcr._os.closeable import Closeable
from pyggcr.engine import select

if TYPE_CHECKING:
    from pyggcr._contract.registry import ServedRegistry

__all__ = ["RegistryServer", "serve"]


class RegistryServer(Closeable):
    """A registry that is served until it is closed; a context manager, which closes it.

    Attributes:
        engine: which engine serves it.
        host: host and port, as they stand in references.
    """

    def __init__(self, engine: str, server: ServedRegistry) -> None:
        self.engine = engine
        self.host = server.address
        self._close = weakref.finalize(self, server.close)

    @property
    def url(self) -> str:
        """Where it speaks HTTP."""
        return f"http://{self.host}"

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
        folder: where to keep blobs (``NewDiskBlobHandler``); ``None`` for in memory.
        engine: ``go`` or ``python``; ``None`` for the engine in force.

    Raises:
        TransportError: the address cannot be used.
        FileAccessError: the folder cannot be made, on the Python engine.
    """
    chosen = select(engine)
    place = None if folder is None else os.fspath(folder)
    server = chosen.registry.serve(address=address, referrers=referrers, folder=place)
    return RegistryServer(chosen.name, server)
