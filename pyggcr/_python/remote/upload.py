"""One blob on its way into a repository: streamBlob and commitBlob of pkg/v1/remote/write.go.

The first request is Go's: one PATCH with all of it. When that breaks, Go begins anew; here the
registry is asked how much it has, and the rest follows with a ``Content-Range``. What was
compressed on the way is compressed again for that, which gives the same bytes. The digest at the
end is that of one pass over all of them, so a registry cannot take what does not belong together.
"""

from __future__ import annotations

import contextlib
import functools
import re

from pyggcr import limits
from pyggcr._gostd.strconv import quote
from pyggcr._layers import one_pass
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._os.logs import Log
from pyggcr._python.remote.addresses import is_private_or_link_local
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.transport import Body, Request
from pyggcr._python.remote.urls import hostname, query_of, resolve, with_query
from pyggcr.errors import CancelledError, Error, StreamNotComputedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Generator, Iterator

    from pyggcr import v1
    from pyggcr._layers.worker_pool import WorkerPool
    from pyggcr._python.remote.session import Session
    from pyggcr._python.remote.transport import Response

__all__ = ["Upload", "is_unread_stream", "next_location"]

# "0-499" says that there are 500 bytes; some registries put the unit before it.
_RANGE = re.compile(r"(?:bytes[= ])?0-([0-9]{1,18})")
_BINARY = "application/octet-stream"

_log = Log(__name__)


class Upload:
    """The upload of a layer to a place that the registry has named; for one thread."""

    def __init__(self, session: Session, location: str, layer: v1.Layer, pool: WorkerPool) -> None:
        self._session = session
        self._location = location
        self._layer = layer
        self._pool = pool
        self._once = is_unread_stream(layer)
        self._given = 0  # bytes that were given to the connection so far
        self._held = 0  # bytes that the registry has

    @property
    def resumed(self) -> bool:
        """Whether it goes on in the middle."""
        return self._held > 0

    def finish(self) -> v1.Hash:
        """Send what the registry does not have yet, and say what it is; its digest.

        Raises:
            TransportError: the registry refuses, or the connection broke.
            Error: what the layer raises.
        """
        if not self._held or self._held < self._layer.size():
            self._stream()
        digest = self._layer.digest()
        self._commit(digest)
        return digest

    def look(self) -> int:
        """Ask the registry how much it has, for the next ``finish``.

        Returns:
            How many bytes more than it was known to have; negative if the upload is lost.

        Raises:
            CancelledError: the limits of the call say so.
        """
        if self._once:
            return -1
        try:
            held = self._ask()
        except CancelledError:
            raise
        except Error as error:
            _log.debug("the upload cannot be gone on with: %s", error.message)
            return -1
        if not 0 < held <= self._given:
            return -1
        if isinstance(self._layer, UncompressedLayer):
            self._layer.compress(self._pool)  # the rest is sent with its length
        gained, self._held = held - self._held, held
        return gained

    def give_up(self) -> None:
        """What was sent is lost, and does not count."""
        limits.current().count(0, sent=-self._given)

    def _ask(self) -> int:
        response = self._session.do(Request("GET", self._location))
        check_status(response, 204)
        response.drain()
        if response.header("Location"):
            self._location = next_location(response)
        found = _RANGE.fullmatch(response.header("Range"))
        # Of nothing, registries say "0-0" too.
        return 0 if found is None or found[1] == "0" else int(found[1]) + 1

    def _stream(self) -> None:
        """Send the bytes (``streamBlob``)."""
        length = None
        if isinstance(self._layer, UncompressedLayer):
            known = self._layer.is_compressed()
        else:
            known = not self._once
        if known:
            length = self._layer.size() - self._held
        with contextlib.ExitStack() as opened:
            # At once, as Go does: what this raises is no failure of the request.
            blobs = []
            if not hasattr(self._layer, "compressed_pieces"):
                blobs.append(opened.enter_context(self._layer.compressed()))
            body = Body(functools.partial(self._pieces, self._held, blobs), length)
            request = Request("PATCH", self._location, {"Content-Type": _BINARY}, body, once=True)
            if self.resumed:
                request.headers["Content-Range"] = f"{self._held}-{self._layer.size() - 1}"
            response = self._session.do(request)
            check_status(response, 204, 202, 201)
            response.drain()
        self._location = next_location(response)

    def _pieces(self, begin: int, opened: list[io.RawIOBase]) -> Iterator[bytes]:
        """The bytes of the blob from there on; of the first stream that is open already."""
        at = 0
        with contextlib.closing(self._all_pieces(opened)) as pieces:
            for piece in pieces:
                at += len(piece)
                if at > begin:
                    more, self._given = max(0, at - self._given), max(self._given, at)
                    limits.current().count(0, sent=more)
                    yield piece[begin - at :] if at - begin < len(piece) else piece

    def _all_pieces(self, opened: list[io.RawIOBase]) -> Generator[bytes, None, None]:
        if not opened:
            yield from one_pass.layer_pieces(self._layer, self._pool)
            return
        with opened.pop() as stream:
            yield from one_pass.pieces_of(stream)

    def _commit(self, digest: v1.Hash) -> None:
        """Say what was sent (``commitBlob``)."""
        query = [pair for pair in query_of(self._location) if pair[0] != "digest"]
        url = with_query(self._location, [*query, ("digest", str(digest))])
        response = self._session.do(Request("PUT", url, {"Content-Type": _BINARY}, once=True))
        check_status(response, 201)
        response.drain()


def is_unread_stream(layer: v1.Layer) -> bool:
    """Whether the layer comes from a stream that can be read once, and was not yet."""
    if isinstance(layer, UncompressedLayer):
        return False
    try:
        layer.digest()
    except StreamNotComputedError:
        return True
    return False


def next_location(response: Response) -> str:
    """Where an upload goes on (``nextLocation``).

    Raises:
        Error: the registry does not say, or sends the client into a private network.
    """
    location = response.header("Location")
    if not location:
        raise Error("missing Location header")
    url = resolve(response.url, location)
    host = hostname(url)
    if host != hostname(response.url) and is_private_or_link_local(host):
        raise Error(
            f"SSRF protection: Location header redirects to private/link-local host {quote(host)}"
        )
    return url
