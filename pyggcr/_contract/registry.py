"""pkg/registry: a registry in this process."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Protocol

    from pyggcr._values.registry import BlobHandler, ServerCertificate
else:
    from pyggcr._typing import Protocol

__all__ = ["RegistryEngine", "ServedRegistry"]


class ServedRegistry(Protocol):
    """A registry that is served until it is closed.

    Attributes:
        address: host and port.
    """

    address: str

    def close(self) -> None:
        """Stop serving and cut all connections. Idempotent."""


class RegistryEngine(Protocol):
    """The registry of an engine."""

    def serve(
        self,
        *,
        address: str,
        referrers: bool,
        folder: str | None,
        blob_handler: BlobHandler | None,
        warnings: Mapping[float, str],
        logger: logging.Logger | None,
        tls: ServerCertificate | None,
    ) -> ServedRegistry:
        """Serve a registry (``registry.New``).

        Args:
            address: host and port; port 0 for any free one.
            referrers: enable the referrers API (``WithReferrersSupport``).
            folder: where blobs are kept (``NewDiskBlobHandler``); ``None`` for in memory.
            blob_handler: what keeps blobs instead (``WithBlobHandler``).
            warnings: texts of ``Warning`` headers by their probability (``WithWarning``).
            logger: gets a line for each request (``Logger``).
            tls: the certificate to show; ``None`` for plain HTTP.
        """
