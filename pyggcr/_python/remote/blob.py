"""Blobs, verified while they are read, and read on where a connection broke: internal/verify.

Go's readers fail when a connection breaks. Here the rest is asked for by a range request; the hash
goes on over all bytes, so a registry that gives other bytes then is found out at the end.
"""

from __future__ import annotations

import re

from pyggcr import limits, v1
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.stream import BytesStream, PieceStream
from pyggcr._python.remote.error_parsing import wait_after
from pyggcr._python.remote.retry import Patience
from pyggcr.errors import ClosedError, TransportError, TruncatedError, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._python.remote.transport import Response
    from pyggcr._values.remote import Retry

__all__ = ["BlobStream", "DataStream", "known_size", "verify_data"]

_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]+/(?:[0-9]+|\*)")
_PARTIAL = 206
_OK = 200
_SKIP_SIZE = 1 << 18
_UNKNOWN = -1  # what a manifest can say of a size (verify.SizeUnknown)


class _VerifiedStream(PieceStream):
    """Bytes of which no more than the size are read; the hash is checked before the end is told."""

    def __init__(self, size: int | None, digest: v1.Hash) -> None:
        super().__init__()
        self._size = size
        self._digest = digest
        self._hasher = v1.hasher(digest.algorithm)
        self._got = 0
        self._ended = False

    def _read(self, size: int) -> bytes:
        """At most so many bytes, at least one unless there are no more."""
        raise NotImplementedError

    def _take(self, size: int) -> bytes:
        if self._ended:
            return b""
        if self._size is not None:
            size = max(0, min(size, self._size - self._got))
        data = self._read(size) if size else b""
        if data:
            self._hasher.update(data)
            limits.current().advance_at(str(self._digest), self._got, len(data))
            self._got += len(data)
            return data
        self._verify()
        self._ended = True
        return b""

    def _verify(self) -> None:
        if self._size is not None and self._got != self._size:
            raise self._wrong_size(self._size)
        got = v1.Hash(self._digest.algorithm, self._hasher.hexdigest())
        if got != self._digest:
            raise ValidationError(
                f"error verifying {self._digest.algorithm} checksum after reading {self._got} "
                f"bytes; got {quote(str(got))}, want {quote(str(self._digest))}"
            )

    def _wrong_size(self, wanted: int) -> ValidationError:
        return ValidationError(f"error verifying size; got {self._got}, want {wanted}")


class DataStream(_VerifiedStream):
    """The bytes in a descriptor of a blob, checked as those of a registry are."""

    def __init__(self, described: v1.Descriptor) -> None:
        """Read ``data`` of a descriptor."""
        super().__init__(known_size(described.size), described.digest)
        self._data = BytesStream(described.data or b"")

    def _read(self, size: int) -> bytes:
        return self._data.read(size)


class BlobStream(_VerifiedStream):
    """The bytes of a blob; what they are is checked before the end is told."""

    def __init__(
        self,
        response: Response,
        size: int | None,
        digest: v1.Hash,
        reopen: Callable[[int], Response],
        retry: Retry,
    ) -> None:
        """Read what the response brings.

        Args:
            response: the answer to the first request.
            size: how many bytes there are to be; ``None`` if nobody knows.
            digest: their hash.
            reopen: asks for the blob again, from this byte on.
            retry: how often to do so in a row without getting anything, and after how long.
        """
        super().__init__(size, digest)
        self._response: Response | None = response
        self._reopen = reopen
        self._patience = Patience(retry)
        self._given_up = False  # another thread may close the stream while one reads

    def _read(self, size: int) -> bytes:
        while True:
            try:
                if self._response is None:
                    self._response = self._resume()
                if self._given_up:
                    raise TruncatedError("unexpected EOF")
                data = self._response.read(size)
                if not data and self._size is not None:
                    raise self._wrong_size(self._size)
            except (TransportError, TruncatedError, ValidationError) as error:
                self._drop()
                if self._given_up:
                    raise ClosedError("stream already closed") from None
                least = wait_after(error) if isinstance(error, TransportError) else 0.0
                if least is None:
                    raise
                self._patience.wait(error, least)
            else:
                self._patience.renew()
                return data

    def _resume(self) -> Response:
        response = self._reopen(self._got)
        try:
            if response.status == _PARTIAL:
                match = _RANGE.match(response.header("Content-Range"))
                if match is None or int(match[1]) != self._got:
                    raise TruncatedError("unexpected EOF")
            else:
                _skip(response, self._got)
        except BaseException:
            response.close()
            raise
        return response

    def _drop(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def close(self) -> None:
        """Close the stream; a connection that is not read to its end is dropped. Idempotent."""
        if not self.closed:
            self._given_up = True
            self._drop()
        super().close()


def _skip(response: Response, size: int) -> None:
    """Read over what is there already: the registry knows no ranges."""
    while size > 0:
        data = response.read(min(size, _SKIP_SIZE))
        if not data:
            raise TruncatedError("unexpected EOF")
        limits.current().check()
        size -= len(data)


def known_size(size: int) -> int | None:
    """The size that a descriptor tells; ``None`` where it tells that nobody knows."""
    return None if size == _UNKNOWN else size


def verify_data(described: v1.Descriptor) -> bytes:
    """The data in a descriptor, if it is what the descriptor says (``verify.Descriptor``).

    Raises:
        ValidationError: it is not.
    """
    data = described.data
    if data is None:
        raise ValidationError("error verifying descriptor; Data == nil")
    hasher = v1.hasher(described.digest.algorithm)
    hasher.update(data)
    got = v1.Hash(described.digest.algorithm, hasher.hexdigest())
    if got != described.digest:
        raise ValidationError(
            f"error verifying Digest; got {quote(str(got))}, want {quote(str(described.digest))}"
        )
    if len(data) != described.size:
        raise ValidationError(f"error verifying Size; got {len(data)}, want {described.size}")
    return data
