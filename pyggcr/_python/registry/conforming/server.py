"""The conforming registry on an address, in a folder or in a temporary one."""

from __future__ import annotations

import contextlib
import tempfile

from pyggcr._os.file import path_error
from pyggcr._python.registry.conforming.routes import ConformingRegistry
from pyggcr._python.registry.server import RegistryServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from pyggcr._values.registry import ServerCertificate

__all__ = ["ConformingServer"]


class ConformingServer:
    """A registry that is served; ``address`` is its host and port."""

    def __init__(
        self,
        address: str,
        folder: str | None,
        logger: logging.Logger | None,
        tls: ServerCertificate | None,
    ) -> None:
        """Begin to serve.

        Raises:
            TransportError: the address cannot be used.
            FileAccessError: the folder cannot be made.
        """
        with contextlib.ExitStack() as stack:
            if folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pyggcr-registry-"))
            try:
                registry = ConformingRegistry(folder, logger)
            except (OSError, ValueError) as error:
                raise path_error("mkdir", folder, error) from None
            self._server = RegistryServer(address, registry.answer, tls, strict=True)
            stack.callback(self._server.close)
            self.address = self._server.address
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Stop listening, cut all connections and wait for their threads. Idempotent."""
        self._stack.close()
