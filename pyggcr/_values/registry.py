"""Values of ``pyggcr.registry``: the storage of blobs, and the certificate to present."""

from __future__ import annotations

import abc
import os
from pathlib import Path

from pyggcr._dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

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
    """The storage of a registry's blobs (``registry.BlobHandler``).

    Beside ``get`` a handler may have the methods ``stat``, ``put`` and ``delete``, whether or not
    it derives from the classes that declare them. Without ``put`` nothing can be pushed; without
    ``stat`` a request for the size reads the blob. Several threads call a handler at once.

    Examples:
        >>> class Greetings(BlobHandler):
        ...     def get(self, repository, digest):
        ...         return io.BytesIO(b"hello")
    """

    @abc.abstractmethod
    def get(self, repository: str, digest: Hash) -> BinaryIO:
        """Open a blob (``BlobHandler.Get``).

        Args:
            repository: the repository that was asked.
            digest: the digest of the blob.

        Returns:
            A binary stream, which the registry closes.

        Raises:
            BlobNotFoundError: there is no such blob.
            RedirectError: the blob is at another address.
            Exception: any other is answered with status 500 and its text.
        """


class BlobStatHandler(abc.ABC):
    """A blob handler that knows the sizes of blobs (``registry.BlobStatHandler``)."""

    @abc.abstractmethod
    def stat(self, repository: str, digest: Hash) -> int:
        """Return the size of a blob (``BlobStatHandler.Stat``).

        Args:
            repository: the repository that was asked.
            digest: the digest of the blob.

        Returns:
            Bytes.

        Raises:
            BlobNotFoundError: there is no such blob.
            RedirectError: the blob is at another address.
        """


class BlobPutHandler(abc.ABC):
    """A blob handler that accepts blobs (``registry.BlobPutHandler``)."""

    @abc.abstractmethod
    def put(self, repository: str, digest: Hash, content: BinaryIO) -> None:
        """Store a blob (``BlobPutHandler.Put``).

        Args:
            repository: the repository that the blob is pushed to. As in Go, the name ends in
                ``/blobs`` if the upload was finished by PUT.
            digest: the digest that the client announced.
            content: the bytes. Reading them to the end raises ``ValidationError`` if they have
                another digest. Do not catch it, or raise another exception ``from`` it, so that the
                client is told.

        Raises:
            Exception: any is answered with status 500 and its text.
        """


class BlobDeleteHandler(abc.ABC):
    """A blob handler that deletes blobs (``registry.BlobDeleteHandler``)."""

    @abc.abstractmethod
    def delete(self, repository: str, digest: Hash) -> None:
        """Delete a blob (``BlobDeleteHandler.Delete``).

        Args:
            repository: the repository that was asked.
            digest: the digest of the blob.

        Raises:
            Exception: any, even ``BlobNotFoundError``, is answered with status 500, as in Go.
        """


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A server's certificate with its key.

    Attributes:
        certificate: the certificate and the intermediate ones, as PEM.
        key: the key, as PEM.
    """

    certificate: bytes
    key: bytes = field(repr=False)

    @classmethod
    def from_files(
        cls, certificate: str | os.PathLike[str], key: str | os.PathLike[str]
    ) -> ServerCertificate:
        """Read a certificate and its key from files.

        Args:
            certificate: path of the certificate, as PEM.
            key: path of its key, as PEM.

        Returns:
            The certificate with its key.

        Raises:
            OSError: a file cannot be read.
        """
        return cls(Path(certificate).read_bytes(), Path(key).read_bytes())


def cause(error: BaseException, *kinds: type[BaseException]) -> BaseException | None:
    """The error itself, or the one that it was raised from, if it is of one of these kinds."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kinds):
        found = found.__cause__
    return found
