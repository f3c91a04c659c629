"""Functions that go-containerregistry's packages lack and that one implementation offers for both.

``docker info``, ``save`` and ``load``, and tokens of a registry for other programs: there is no Go
function whose behaviour an engine could mirror, so there is nothing to choose. They are outside
the contract of the engines; ``pyggcr.engine.supplement`` returns their implementation.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from pyggcr import name
    from pyggcr._contract.registry import ServedRegistry
    from pyggcr._values.authn import AuthConfig, Resource
    from pyggcr._values.daemon import DaemonInfo, DaemonOptions
    from pyggcr._values.registry import ServerCertificate
    from pyggcr._values.remote import RemoteOptions
    from pyggcr._values.transport import Token
else:
    from pyggcr._typing import Protocol

__all__ = ["Supplement"]


class Supplement(Protocol):
    """What the Python engine does in place of both."""

    def daemon_info(self, *, options: DaemonOptions) -> DaemonInfo:
        """Ask the Docker daemon for its versions and storage driver."""

    def daemon_images(self, *, options: DaemonOptions) -> list[str]:
        """List the images of the Docker daemon: their names, or IDs where they have none."""

    def daemon_save(self, *, names: Sequence[str], options: DaemonOptions) -> io.RawIOBase:
        """Open the archive of some images, as the Docker daemon sends it."""

    def daemon_load(self, *, archive: BinaryIO | io.RawIOBase, options: DaemonOptions) -> str:
        """Load an archive into the Docker daemon and return the daemon's answer."""

    def registry_token(
        self, *, repository: name.Repository, scopes: Sequence[str], options: RemoteOptions
    ) -> Token:
        """Request a token for a repository from its registry (``transport.Exchange``)."""

    def serve_registry(
        self,
        *,
        address: str,
        folder: str | None,
        logger: logging.Logger | None,
        tls: ServerCertificate | None,
    ) -> ServedRegistry:
        """Serve a registry that keeps to the distribution specification, until it is closed."""

    def server_certificate(self, *, domain: str) -> ServerCertificate:
        """Make a certificate for a test server (``internal/httptest.NewTLSServer``)."""

    def resolve_by_namespace(self, *, resource: Resource) -> AuthConfig:
        """Look up credentials of the nearest namespace, as Podman does."""
