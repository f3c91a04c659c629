"""Values of ``pyggcr.registry``: where it keeps blobs, and the certificate that it shows."""

from __future__ import annotations

import abc
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pyggcr._dataclasses import dataclass, field

if TYPE_CHECKING:
    from pyggcr.v1.hash import Hash

__all__ = [
    "BlobDeleteHandler",
    "BlobHandler",
    "BlobPutHandler",
    "BlobStatHandler",
    "ServerCertificate",
    "cause",
]


class BlobHandler(abc.ABC):
    """Where a registry finds its blobs (``registry.BlobHandler``).

    What a handler can do beside ``get`` is told by its methods ``stat``, ``put`` and ``delete``,
    whether or not it has the base classes that state them. Without ``put`` nothing can be pushed,
    without ``stat`` a request for the size reads the blob. Several threads call a handler at once.

    >>> class Greetings(BlobHandler):
    ...     def get(self, repository, digest):
    ...         return io.BytesIO(b"hello")
    """

    @abc.abstractmethod
    def get(self, repository: str, digest: Hash) -> BinaryIO:
        """Open a blob (``BlobHandler.Get``); the registry closes it.

        Args:
            repository: that it is asked of.
            digest: of the blob.

        Raises:
            BlobNotFoundError: there is no such blob.
            RedirectError: it is elsewhere.
            Exception: any other is answered with the status 500 and its text.
        """


class BlobStatHandler(abc.ABC):
    """A blob handler that knows how large blobs are (``registry.BlobStatHandler``)."""

    @abc.abstractmethod
    def stat(self, repository: str, digest: Hash) -> int:
        """The size of a blob in bytes (``BlobStatHandler.Stat``).

        Args:
            repository: that it is asked of.
            digest: of the blob.

        Raises:
            BlobNotFoundError: there is no such blob.
            RedirectError: it is elsewhere.
        """


class BlobPutHandler(abc.ABC):
    """A blob handler that takes blobs (``registry.BlobPutHandler``)."""

    @abc.abstractmethod
    def put(self, repository: str, digest: Hash, content: BinaryIO) -> None:
        """Keep a blob (``BlobPutHandler.Put``).

        Args:
            repository: that it is pushed to. As in Go, an upload that is finished by PUT has
                ``/blobs`` after its name.
            digest: that was promised.
            content: the bytes. Reading to the end raises ``ValidationError`` if they have another
                digest: let it pass, or raise another one ``from`` it, and the client is told so.
        """


class BlobDeleteHandler(abc.ABC):
    """A blob handler that deletes blobs (``registry.BlobDeleteHandler``)."""

    @abc.abstractmethod
    def delete(self, repository: str, digest: Hash) -> None:
        """Delete a blob (``BlobDeleteHandler.Delete``).

        Args:
            repository: that it is deleted from.
            digest: of the blob.

        Raises:
            Exception: any, also ``BlobNotFoundError``, is answered with the status 500, as in Go.
        """


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate of a server, with its key.

    Attributes:
        certificate: it, and those that lead to a known one, as PEM.
        key: its key, as PEM.
    """

    certificate: bytes
    key: bytes = field(repr=False)

    @classmethod
    def from_files(
        cls, certificate: str | os.PathLike[str], key: str | os.PathLike[str]
    ) -> ServerCertificate:
        """Read a certificate and its key.

        Args:
            certificate: path of the certificate, as PEM.
            key: path of its key, as PEM.

        Raises:
            OSError: one of them cannot be read.
        """
        return cls(Path(certificate).read_bytes(), Path(key).read_bytes())


def cause(error: BaseException, *kinds: type[BaseException]) -> BaseException | None:
    """The error itself, or the one that it was raised from, if it is of one of these kinds."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kinds):
        found = found.__cause__
    return found
