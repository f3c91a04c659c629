"""What a daemon answers: its status, and its body as a document or as a stream."""

from __future__ import annotations

from pyggcr import limits
from pyggcr._gostd.stream import PieceStream
from pyggcr._python.daemon import errors
from pyggcr._python.remote.http1 import HTTPError
from pyggcr.errors import CancelledError, ClosedError, DaemonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._python.daemon.endpoint import Endpoint
    from pyggcr._python.remote.connections import Answer as RawAnswer

__all__ = ["Answer", "AnswerStream"]

_OK = 200
_BAD_REQUEST = 400

_READ_SIZE = 1 << 18
_LONGEST = 64 << 20  # bytes of a document; nothing that is longer is held in memory


class Answer:
    """An answer whose body is not read yet; ``close`` ends the connection."""

    def __init__(self, raw: RawAnswer, endpoint: Endpoint, url: str) -> None:
        self._raw = raw
        self._closed = False
        self._endpoint = endpoint
        self.url = url
        self.status = raw.status

    def header(self, name: str) -> str:
        """The first value of a header, empty if there is none."""
        values = self._raw.values(name)
        return values[0] if values else ""

    def read(self, size: int) -> bytes:
        """At most so many bytes of the body, none at its end.

        Raises:
            DaemonError: the answer breaks off.
            ClosedError: another thread closed it.
            CancelledError: the limits of the call say so.
        """
        try:
            return self._raw.read(size)
        except (HTTPError, OSError) as failure:
            limits.current().check()
            if self._closed:
                raise ClosedError("stream already closed") from None
            raise DaemonError(errors.in_the_answer(self._endpoint, failure)) from failure

    def read_document(self) -> bytes:
        """The whole body, which must not be longer than anything daemons say; closes the answer."""
        body = self.read_at_most(_LONGEST + 1)
        if len(body) > _LONGEST:
            raise DaemonError(f"body exceeds {_LONGEST} byte limit")
        return body

    def read_text(self) -> str:
        """The whole body as text; bytes that are not UTF-8 are kept as surrogates."""
        return self.read_document().decode("utf-8", "surrogateescape")

    def read_at_most(self, size: int) -> bytes:
        """So many bytes of the body, or all if there are fewer; closes the answer."""
        pieces = []
        try:
            while size and (piece := self.read(min(size, _READ_SIZE))):
                pieces.append(piece)
                size -= len(piece)
        finally:
            self.close()
        return b"".join(pieces)

    def check(self) -> None:
        """Raise what the daemon says is wrong (``checkResponseErr``); closes the answer then."""
        if _OK <= self.status < _BAD_REQUEST:
            return
        body: bytes | DaemonError
        try:
            body = self.read_at_most(errors.MAX_REFUSAL)
        except DaemonError as error:
            body = error
        raise errors.refusal(
            self.url, self.status, self._raw.reason or "", self.header("Content-Type"), body
        )

    def close(self) -> None:
        """End the connection, and a read that waits in another thread. Idempotent."""
        self._closed = True
        self._raw.close()


class AnswerStream(PieceStream):
    """The body of an answer as a stream; closing it ends the connection.

    Nobody knows what a read that was cancelled has lost, so it is the last one.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    def _take(self, size: int) -> bytes:
        try:
            data = self._answer.read(size)
        except CancelledError:
            self._interrupted = True
            raise
        limits.current().advance(len(data))
        return data

    def close(self) -> None:
        """End the connection. Idempotent."""
        if not self.closed:
            self._answer.close()
        super().close()
