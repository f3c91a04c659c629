"""One request and its answer: pools, the user agent, trying again (transport.NewRetry).

Who asks is the business of ``session``, and redirects that of ``redirects``. No secret is logged.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import threading
import time
from urllib.parse import urlsplit

from pyggcr import limits
from pyggcr._dataclasses import dataclass, field, replace
from pyggcr._gostd.strconv import quote
from pyggcr._os import request_log
from pyggcr._python import GO_CONTAINERREGISTRY
from pyggcr._python.remote import error_parsing
from pyggcr._python.remote.body import GunzippedBody
from pyggcr._python.remote.connections import Connections
from pyggcr._python.remote.http1 import HTTPError
from pyggcr._python.remote.notices import Notices
from pyggcr._python.remote.proxies import check_proxy, proxy_from_environment
from pyggcr._python.remote.retry import pause
from pyggcr._python.remote.tls import context_of_files, context_of_system
from pyggcr._python.remote.urls import redacted
from pyggcr.errors import Error, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyggcr._python.remote.connections import Answer
    from pyggcr._values.remote import RemoteOptions

__all__ = ["Body", "Request", "Response", "Transport"]

_MOST_KEPT = 100  # connections for each host; jobs beyond them make their own
_DRAIN_AT_MOST = 256 << 10  # bytes: beyond, a new connection is cheaper than reading the rest
_READ_SIZE = 1 << 18
_GZIP = {"Accept-Encoding": "gzip"}
_SHORTEST_SECRET = 8  # characters: what is hidden where a server says it again

_LENGTH = re.compile("[0-9]{1,18}")
_NOT_IN_FIELD = re.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f]")  # all that httpguts refuses


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries; ``open`` gives its pieces anew for each try.

    ``length`` is in bytes; ``None`` sends it in chunks.
    """

    open: Callable[[], Iterable[bytes]]
    length: int | None


@dataclass(slots=True)
class Request:
    """A request.

    Attributes:
        once: whether not to try again (``retry.Never``): who asks tries the whole work again.
        secrets: what no error may show, should the other side say it again.
    """

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    once: bool = False
    secrets: tuple[str, ...] = ()

    def copy(self) -> Request:
        """The same again, with headers of its own."""
        return replace(self, headers=dict(self.headers))


class Response:
    """An answer whose body is not read yet; ``close`` or reading it all frees the connection."""

    def __init__(self, raw: Answer, request: Request, *, gunzip: bool = False) -> None:
        """Take an answer, and undo its compression if it was asked for here and is there."""
        self._raw = raw
        self._body: Answer | GunzippedBody = raw
        self._hidden: tuple[str, ...] = ()  # headers of what came, not of what is read
        coding = raw.values("Content-Encoding")[:1]
        if gunzip and [it.lower() for it in coding] == ["gzip"] and not raw.is_empty():
            self._body = GunzippedBody(raw)
            self._hidden = ("content-encoding", "content-length")
        self.status = raw.status
        self.method = request.method
        self.url = request.url
        self._secrets = request.secrets
        self._again = b""  # what was looked at

    def without_secrets(self, body: bytes) -> bytes:
        """The body of an answer, or what of it is to be shown, without what was sent in trust.

        A short password is left: it may be a word of the text by chance, and hiding it would both
        spoil the text and tell what it is.
        """
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET:
                body = body.replace(secret.encode("utf-8", "surrogateescape"), b"REDACTED")
        return body

    def header(self, name: str) -> str:
        """The first value of a header, empty if there is none."""
        values = self.headers(name)
        return values[0] if values else ""

    def headers(self, name: str) -> list[str]:
        """All values of a header, strings as Go's: UTF-8, or bytes that are none."""
        values = [] if name.lower() in self._hidden else self._raw.values(name)
        return [it.encode("latin-1").decode("utf-8", "surrogateescape") for it in values]

    def shown_headers(self) -> dict[str, list[str]]:
        """The headers without secrets, as far as they are told to who debugs."""
        return {
            name: [self._shown(name, it) for it in self.headers(name)] for name in request_log.SHOWN
        }

    def _shown(self, name: str, value: str) -> str:
        if name == "location":
            try:
                value = redacted(value)
            except ValueError:
                value = ""
        shown = self.without_secrets(value.encode("utf-8", "surrogateescape"))
        return shown.decode("utf-8", "surrogateescape")

    def length(self) -> int | None:
        """Size of the body in bytes, if the server tells it."""
        text = self.header("Content-Length")
        return int(text) if _LENGTH.fullmatch(text) else None

    def read(self, size: int) -> bytes:
        """At most so many bytes of the body, none at its end.

        Raises:
            TransportError: the connection broke.
            TruncatedError: it was closed too early.
            CancelledError: the limits of the call say so.
        """
        if self._again:
            piece, self._again = self._again[:size], self._again[size:]
            return piece
        try:
            return self._body.read(size)
        except (HTTPError, OSError) as failure:
            limits.current().check()
            error = error_parsing.describe_reading(failure)
        raise error  # out of the clause: the library's own texts may hold secrets

    def read_all(self, limit: int) -> bytes:
        """The whole body, if it is not longer than so many bytes (``limit.ReadAll``)."""
        pieces, size = [], 0
        while piece := self.read(_READ_SIZE):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise Error(f"body exceeds {limit} byte limit")
        return b"".join(pieces)

    def look_at_all(self, limit: int) -> bytes:
        """The same, and it can be read once more."""
        body = self.read_all(limit)
        self._again = body
        return body

    def drain(self) -> None:
        """Read what little is left, so that the connection can be used again, and close."""
        with contextlib.suppress(Error):
            self.read_all(_DRAIN_AT_MOST)
        self.close()

    def close(self) -> None:
        """Free the connection; drop it if the body was not read to its end. Idempotent."""
        self._body.close()


class Transport:
    """Connections with the options of a call; threads may share it."""

    def __init__(self, options: RemoteOptions) -> None:
        """Read the certificates that the options name.

        Raises:
            FileAccessError: a file cannot be read.
            UnsupportedOptionError: there is no certificate in it, or not the key's; or the proxy's
                address is none.
        """
        check_proxy(options.proxy)
        self.options = options
        agent = f"go-containerregistry/{GO_CONTAINERREGISTRY}"
        self._agent = f"{options.user_agent} {agent}" if options.user_agent else agent
        self._headers = {canonical(name): value for name, value in options.headers.items()}
        self._tls = context_of_files(options)
        self._notices = Notices()
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._connections: dict[str, Connections] = {}  # by the proxy, if any

    def round_trip(self, request: Request) -> Response:
        """Send a request, again if need be; whatever the status is, it is an answer.

        Raises:
            TransportError: there was none.
            CancelledError: the limits of the call say so.
            Error: what the body's own source raises.
        """
        if request.once:
            return self._send(request)
        waits = self.options.retry.waits()
        while True:
            try:
                response = self._send(request)
            except Error as error:
                least = error_parsing.wait_after(error, self.options.retry_predicate)
                # After the last try nobody waits.
                if least is None or (wait := next(waits, None)) is None:
                    raise
            else:
                if response.status not in self.options.retry_statuses:
                    return response
                least = error_parsing.wait_after_status(response, self.options.retry_predicate)
                if least is None or (wait := next(waits, None)) is None:
                    return response
                response.close()
            pause(max(wait, least))

    def forget_connections(self) -> None:
        """Close idle connections, and those in use once they are released."""
        with self._lock:
            # After a fork they are the parent's.
            there = self._connections.values() if self._process == os.getpid() else ()
            self._connections = {}
        for connections in there:
            connections.retire()

    def _send(self, request: Request) -> Response:
        limits.current().check()
        if not urlsplit(request.url).netloc:
            raise TransportError("http: no Host in request URL")
        headers = {**request.headers, "User-Agent": self._agent, **self._headers}
        coding = _coding(request.method, headers)
        headers.update(coding)
        body: Iterable[bytes] | None = None
        source = None
        if request.body is not None:
            body = source = _Source(request.body)
            if request.body.length is not None:
                headers["Content-Length"] = str(request.body.length)
        elif request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = "0"
        exchange = _Exchange(request, headers)
        try:
            fields = {key: _field(key, value) for key, value in headers.items()}
            connections = self._connections_for(request.url)
            raw = connections.send(request.method, request.url, fields, body)
        except (HTTPError, OSError) as failure:
            limits.current().check()
            own = source.failure if source is not None else None
            error = own or error_parsing.own_error(failure) or error_parsing.describe(failure)
            exchange.fails(error)
        else:
            response = Response(raw, request, gunzip=_GZIP.items() <= coding.items())
            exchange.ends(response)
            self._notices.log(response)
            return response
        finally:
            if source is not None:
                source.close()
        raise error  # out of the clause: the library's own texts may hold secrets

    def _connections_for(self, url: str) -> Connections:
        proxy = self.options.proxy
        if proxy is None:
            proxy = proxy_from_environment(url)
            check_proxy(proxy)
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._connections = {}  # after a fork they are the parent's
            found = self._connections.get(proxy or "")
            if found is None:
                # Jobs and what they ask for in between; more connections wait for nobody.
                kept = min(self.options.jobs, _MOST_KEPT) + 2
                context = functools.partial(_context, self._tls, self.options.insecure)
                found = self._connections[proxy or ""] = Connections(context, kept, proxy)
            return found


def _context(own: ssl.SSLContext | None, insecure: bool) -> ssl.SSLContext:
    return own or context_of_system(insecure)


def _coding(method: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """What to say of compression: gzip wherever Go's transport asks for it, else nothing."""
    names = {name.lower() for name in headers}
    if "accept-encoding" in names:
        return {}
    return {} if method == "HEAD" or "range" in names else _GZIP


def canonical(name: str) -> str:
    """The name of a header as Go writes it (``http.CanonicalHeaderKey``).

    >>> canonical("x-meta-token")
    'X-Meta-Token'
    """
    return "-".join(word.capitalize() for word in name.split("-"))


def _field(name: str, value: str) -> bytes:
    """The value of a header as it is sent: what ends a line would begin another header.

    Raises:
        TransportError: it holds such characters; the text does not, nor other parts of the value.
    """
    if _NOT_IN_FIELD.search(value):
        raise TransportError(f"net/http: invalid header field value for {quote(name)}")
    return value.encode("utf-8", "surrogateescape")


class _Exchange:
    """A request and its answer, as they are told to who debugs."""

    def __init__(self, request: Request, headers: Mapping[str, str]) -> None:
        self._request = request
        self._begin = time.monotonic()
        if request_log.enabled():
            sent = {name: [value] for name, value in headers.items()}
            request_log.tell_request(request.method, redacted(request.url), sent)

    def ends(self, response: Response) -> None:
        """It was answered."""
        if request_log.enabled():
            url, got = redacted(response.url), response.shown_headers()
            seconds = time.monotonic() - self._begin
            request_log.tell_answer(response.method, url, response.status, seconds, got)

    def fails(self, error: Exception) -> None:
        """It was not."""
        if request_log.enabled():
            url = redacted(self._request.url)
            seconds = time.monotonic() - self._begin
            request_log.tell_failure(self._request.method, url, seconds, str(error))


class _Source:
    """The pieces of a body; remembers what its source raised, which the library would wrap.

    A body of another length than was announced would be waited for, or taken for a request.
    """

    def __init__(self, body: Body) -> None:
        self._pieces = iter(body.open())
        self._length = body.length
        self._given = 0
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces, None)
            self._check_length(piece)
        except Exception as error:
            self.failure = error
            raise
        if piece is None:
            raise StopIteration
        return piece

    def _check_length(self, piece: bytes | None) -> None:
        self._given += len(piece or b"")
        if self._length is None or self._given == self._length:
            return
        if self._given > self._length or piece is None:
            size = self._given + sum(map(len, self._pieces))
            raise TransportError(f"http: ContentLength={self._length} with Body length {size}")

    def close(self) -> None:
        """Let a generator close what it holds."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
