"""What this engine does for both: Docker's info, save and load; tokens, certificates of servers.

go-containerregistry's packages have no function for these (its authors' ``crane`` has ``auth
token``), so they are outside the contract that both engines keep: ``pyggcr._contract.supplement``
states them, and ``pyggcr.engine.supplement`` gives access.
"""

from __future__ import annotations

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    import logging
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from pyggcr import name
    from pyggcr._contract.registry import ServedRegistry
    from pyggcr._values.authn import AuthConfig, Resource
    from pyggcr._values.daemon import DaemonInfo, DaemonOptions
    from pyggcr._values.registry import ServerCertificate
    from pyggcr._values.remote import RemoteOptions
    from pyggcr._values.transport import Token

__all__ = [
    "daemon_images",
    "daemon_info",
    "daemon_load",
    "daemon_save",
    "registry_token",
    "resolve_by_namespace",
    "serve_registry",
    "server_certificate",
]

_READ_SIZE = 1 << 20
_NO_NAME = "<none>:<none>"  # as daemons before 25 call an image without one


def daemon_info(*, options: DaemonOptions) -> DaemonInfo:
    """Ask the Docker daemon for its versions and storage driver (``Client.Info``).

    Raises:
        DaemonError: it cannot be reached, or does not answer.
    """
    from pyggcr._python.daemon.client import greeted

    return greeted(options).info()


def daemon_images(*, options: DaemonOptions) -> list[str]:
    """List the images of the Docker daemon (``Client.ImageList``).

    Returns:
        The names of each; the ID of one without a name.

    Raises:
        DaemonError: it cannot be reached, or does not answer.
    """
    from pyggcr._python.daemon.client import greeted

    listed = greeted(options).images()
    named = ([tag for tag in it.repo_tags or () if tag != _NO_NAME] or [it.id] for it in listed)
    return [name for names in named for name in names]


def daemon_save(*, names: Sequence[str], options: DaemonOptions) -> io.RawIOBase:
    """Open the archive of some images, as the Docker daemon sends it (``Client.ImageSave``).

    Raises:
        DaemonImageNotFoundError: the daemon lacks one of them.
        DaemonError: it refuses, or cannot be reached; in reads, the archive broke off.
    """
    from pyggcr._python.daemon.client import greeted

    return greeted(options).save(names)


def daemon_load(*, archive: BinaryIO | io.RawIOBase, options: DaemonOptions) -> str:
    """Load an archive into the Docker daemon and return its answer (``Client.ImageLoad``).

    Raises:
        DaemonError: the daemon refuses, or cannot be reached.
        Exception: what reading the archive raises.
    """
    from pyggcr._python.daemon.client import greeted

    return greeted(options).load(_pieces(archive)).read_text()


def registry_token(
    *, repository: name.Repository, scopes: Sequence[str], options: RemoteOptions
) -> Token:
    """Request a token for a repository from its registry (``transport.Exchange``).

    Raises:
        Error: the registry has no tokens.
        TransportError: it cannot be reached, or refuses.
    """
    from pyggcr._python.remote.client import Client

    with Client(options) as client:
        return client.token(repository, scopes, client.ping(repository.registry))


def resolve_by_namespace(*, resource: Resource) -> AuthConfig:
    """Look up credentials of the nearest namespace, as Podman does.

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
        Error: a credential helper failed.
    """
    from pyggcr._python.authn import namespaces

    return namespaces.resolve_by_namespace(resource)


def serve_registry(
    *,
    address: str,
    folder: str | None,
    logger: logging.Logger | None,
    tls: ServerCertificate | None,
) -> ServedRegistry:
    """Serve a registry that keeps to the distribution specification, until it is closed.

    Raises:
        TransportError: the address cannot be used.
        FileAccessError: the folder cannot be made.
    """
    from pyggcr._python.registry.conforming.server import ConformingServer

    return ConformingServer(address, folder, logger, tls)


def server_certificate(*, domain: str) -> ServerCertificate:
    """Make a certificate for a test server (``internal/httptest.NewTLSServer``)."""
    from pyggcr._python.registry import certificate

    return certificate.server_certificate(domain)


def _pieces(archive: BinaryIO | io.RawIOBase) -> Iterator[bytes]:
    in_force = limits.current()
    while piece := archive.read(_READ_SIZE):
        in_force.check()
        in_force.count(0, sent=len(piece))
        yield piece
