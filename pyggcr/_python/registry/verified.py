"""A pushed blob as a stream that ends with an error if it is not what was promised.

As internal/verify of go-containerregistry has it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from pyggcr._gostd.strconv import quote
from pyggcr.errors import ValidationError
from pyggcr.v1.hash import Hash, hasher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["MismatchError", "VerifiedContent"]

SIZE_UNKNOWN = -1


class MismatchError(ValidationError):
    """The bytes have another digest (``verify.Error``)."""


class VerifiedContent(io.RawIOBase):
    """Bytes that are compared with a size and a digest at their end (``verify.ReadCloser``)."""

    def __init__(self, pieces: Iterator[bytes], size: int, digest: Hash) -> None:
        """Begin.

        Args:
            pieces: the bytes; no more are taken than the size.
            size: in bytes, or ``SIZE_UNKNOWN``.
            digest: what they should have.

        Raises:
            InvalidHashError: there is no such algorithm.
        """
        super().__init__()
        self._pieces = pieces
        self._size = size
        self._digest = digest
        self._hasher = hasher(digest.algorithm)
        self._read = 0
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer as far as the next piece goes; 0 at the end.

        Raises:
            MismatchError: at the end: the digest is another one.
            ValidationError: at the end: the size is another one.
        """
        target = memoryview(buffer).cast("B")
        left = len(target) if self._size < 0 else min(len(target), self._size - self._read)
        while left and not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                left = 0
            else:
                self._piece = memoryview(piece)
        count = min(left, len(self._piece))
        if not count:
            if len(target):
                self._check()
            return 0
        target[:count] = self._piece[:count]
        self._hasher.update(self._piece[:count])
        self._piece = self._piece[count:]
        self._read += count
        return count

    def _check(self) -> None:
        if self._size not in (SIZE_UNKNOWN, self._read):
            raise ValidationError(f"error verifying size; got {self._read}, want {self._size}")
        found = self._hasher.hexdigest()
        if found != self._digest.hex:
            algorithm = self._digest.algorithm
            raise MismatchError(
                f"error verifying {algorithm} checksum after reading {self._read} bytes; "
                f"got {quote(f'{algorithm}:{found}')}, want {quote(str(self._digest))}"
            )
