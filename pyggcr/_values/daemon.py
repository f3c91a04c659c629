"""The values of pkg/v1/daemon: ``DaemonOptions`` and ``DaemonInfo``; no I/O in here.

What the door hands to an engine and what an engine hands back. Where the Docker engine listens is
settled before (``pyggcr.daemon.endpoint``), so that both engines of this package ask the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal, get_args

from pyggcr.errors import UnsupportedOptionError

__all__ = ["Buffer", "DaemonInfo", "DaemonOptions", "Endpoint"]

Buffer = Literal["file", "memory", "none"]
_BUFFERS: tuple[str, ...] = get_args(Buffer)


@dataclass(frozen=True)
class Endpoint:
    """Where a Docker engine listens, and how it wants to be talked to.

    Attributes:
        host: ``unix:///…``, ``tcp://…``, ``http://…`` or ``https://…``.
        tls: talk TLS; ``https://`` does so anyway.
        verify: check the engine's certificate and its name.
        ca_file: certificates to trust in place of the system's (PEM).
        client_certificate: the certificate to show to the engine (PEM).
        client_key: the key of that certificate (PEM).
        api_version: the version to speak, as ``1.41``; ``None`` to agree on one with the engine.
    """

    host: str
    tls: bool = False
    verify: bool = True
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    api_version: str | None = None


@dataclass(frozen=True)
class DaemonOptions(Endpoint):
    """Which Docker engine to talk to, and how to keep what it sends (the options of pkg/v1/daemon).

    Attributes:
        buffer: what becomes of the archive that the engine sends: kept in a ``file`` that has no
            name (``WithFileBufferedOpener``), kept in ``memory`` (``WithBufferedOpener``), or not
            kept and asked for again at each access, ``none`` (``WithUnbufferedOpener``).
        folder: where the file is made; ``None`` for the system's folder for temporary files.
        opener: opens the archive in place of asking the engine for it; called for each access.

    Raises:
        UnsupportedOptionError: options contradict each other, or make no sense.
    """

    buffer: Buffer = "file"
    folder: str | None = None
    opener: Callable[[], BinaryIO] | None = None

    def __post_init__(self) -> None:
        if self.buffer not in _BUFFERS:
            raise UnsupportedOptionError(
                f'buffer is "file", "memory" or "none", not "{self.buffer}"'
            )
        if (self.client_key is None) != (self.client_certificate is None):
            raise UnsupportedOptionError("client_certificate and client_key belong together")


@dataclass(frozen=True, slots=True)
class DaemonInfo:
    """What a Docker engine says of itself (``GET /version`` and ``GET /info``).

    Attributes:
        engine_version: such as ``25.0.2``.
        api_version: the newest version of its API, such as ``1.44``.
        storage_driver: such as ``overlay2``; of the containerd store, its snapshotter.
        containerd_store: whether images are in containerd's store.
        operating_system: such as ``linux``.
        architecture: such as ``amd64``, in Go's names.
    """

    engine_version: str
    api_version: str
    storage_driver: str
    containerd_store: bool
    operating_system: str
    architecture: str
