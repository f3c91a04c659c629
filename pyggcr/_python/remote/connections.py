"""Requests over connections that are kept for further ones: pools on top of ``http.client``.

``http.client`` writes requests and finds the ends of bodies, ``strict`` reads heads, ``sockets``
connects. Here connections are shared among threads, led through proxies, and used again or not.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import http.client
import ipaddress
import select
import socket
import ssl
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from pyggcr._dataclasses import dataclass
from pyggcr._python.remote.sockets import DialError, TunnelledTLS, dial, dial_unix
from pyggcr._python.remote.strict import StrictResponse
from pyggcr._python.remote.tls import has_unread, read_all_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    from typing_extensions import ParamSpec

    P = ParamSpec("P")

__all__ = ["Answer", "Connections", "ProxyRefusedError", "UnixConnections", "place_of"]

_PORTS = {"http": 80, "https": 443}
# What stands in a path and in a query as it is (``validEncoded`` of net/url).
_IN_PATH = "%/!$&'()*+,;=:@[]~"
_IN_QUERY = _IN_PATH + "?"
# Errors of a connection over which an answer may have come before it broke.
_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
_OK = 200


class ProxyRefusedError(http.client.HTTPException):
    """A proxy does not lead to a host; the text is Go's."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where requests go to: connections to the same place serve each other's requests.

    Attributes:
        scheme: ``"http"`` or ``"https"``.
        host: a name in ASCII, or an address.
        port: of the host.
    """

    scheme: str
    host: str
    port: int

    def address(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def place_of(parts: SplitResult) -> _Place:
    """Where a URL leads.

    Raises:
        DialError: nowhere.
    """
    try:
        port = parts.port
    except ValueError:
        number = parts.netloc.rpartition(":")[2]
        raise DialError(f"dial tcp: address {number}: invalid port") from None
    host = _ascii(parts.hostname or "").replace("%25", "%")
    return _Place(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    unknown = DialError(f"dial tcp: lookup {host}: no such host")
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        raise unknown from None
    # Digits and dots of other scripts become an address that nobody has looked at.
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name)
        raise unknown
    return name


def _target(parts: SplitResult) -> str:
    """What a request line says of a URL (``URL.RequestURI``)."""
    path = quote(parts.path or "/", _IN_PATH, errors="surrogateescape")
    if not parts.query:
        return path
    return f"{path}?{quote(parts.query, _IN_QUERY, errors='surrogateescape')}"


class _HungUpError(Exception):
    """The other side takes no more of a request; it may have answered."""


class _Connection(http.client.HTTPConnection):
    """A connection that was made already.

    Attributes:
        made: its socket, which http.client forgets once an answer is the last one.
    """

    response_class = StrictResponse
    auto_open = 0

    def __init__(self, place: _Place, made: Any) -> None:
        super().__init__(place.host, place.port)
        self.default_port = _PORTS[place.scheme]
        self.sock = self.made = made
        self._spoilt = False  # whether half of a request is in it

    def may_be_kept(self) -> bool:
        """Whether nothing is in it that belongs to no request."""
        return self.sock is not None and not self._spoilt

    def is_idle(self) -> bool:
        """Whether nothing came: nothing was asked for, so that would be its end."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str | bytes],
        body: Iterable[bytes] | None,
    ) -> http.client.HTTPResponse:
        """Send a request, and read the head of its answer."""
        chunked = body is not None and "Content-Length" not in headers
        self.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            self.putheader(name, value)
        if chunked:
            self.putheader("Transfer-Encoding", "chunked")
        try:
            self._give(self.endheaders)
            for piece in filter(None, body or ()):
                data = b"%X\r\n%b\r\n" % (len(piece), piece) if chunked else piece
                self._give(self.send, data)
            if chunked:
                self._give(self.send, b"0\r\n\r\n")
        except _HungUpError:
            self._spoilt = True
        return self.getresponse()

    def _give(self, send: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            send(*args, **kwargs)
        except OSError as error:
            if error.errno in _HUNG_UP or isinstance(error, BrokenPipeError):
                raise _HungUpError from error
            raise


class Answer:
    """An answer whose body is not read yet.

    Attributes:
        status: the HTTP status.
        reason: what the answer calls it.
    """

    def __init__(
        self,
        connection: _Connection,
        response: http.client.HTTPResponse,
        keep: Callable[[_Connection], None],
    ) -> None:
        """Take what a request brought; ``keep`` gets the connection back, at the body's end."""
        self._connection = connection
        self._response = response
        self._keep = keep
        # Also where nobody closes it.
        self._abandon = weakref.finalize(self, _close_both, connection, response)
        self._state = threading.Lock()
        self._reading = threading.RLock()
        self._over = False  # all was read, or nothing more will be
        self._cut = False  # somebody closed it before
        self._empty = response.length == 0
        self.status = response.status
        self.reason = response.reason

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return self._response.headers.get_all(name) or []

    def is_empty(self) -> bool:
        """Whether its head says that there is no body."""
        return self._empty

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end.

        Raises:
            http.client.HTTPException: it ends too early, or is none.
            OSError: the connection broke.
            CancelledError: the limits of the call say so.
        """
        with self._reading:
            if self._cut:
                raise http.client.IncompleteRead(b"")
            if self._over:
                return b""
            try:
                data = self._response.read(size)
                if not data and size and self._response.length:
                    raise http.client.IncompleteRead(b"", self._response.length)
            except BaseException:
                self._cut = self._over = True
                self._abandon()
                raise
            if self._response.isclosed():
                self._end()
            return data

    def _end(self) -> None:
        """The body was read; the connection can be used again unless it is closed."""
        with self._state:
            if self._over or self._cut:
                return
            self._over = True
        self._abandon.detach()
        self._response.close()
        self._keep(self._connection)

    def close(self) -> None:
        """Free the connection; end it, and a read that waits, if there is more to read."""
        if self.is_empty():
            self._end()
        with self._state:
            if self._over:
                return
            self._cut = self._over = True
            with contextlib.suppress(OSError):  # the other side may have hung up
                self._connection.made.shutdown(socket.SHUT_RDWR)
        with self._reading:  # which has ended by now, or does
            self._abandon()


def _close_both(connection: _Connection, response: http.client.HTTPResponse) -> None:
    response.close()
    connection.close()


class _Pool:
    """Idle connections, so many to each place; threads share it."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._idle: dict[object, list[_Connection]] = {}
        self._retired = False
        weakref.finalize(self, _close_all, self._idle)  # as nobody needs to close a client

    def take(self, key: object) -> _Connection | None:
        """An idle connection, if there is one."""
        while True:
            with self._lock:
                idle = self._idle.get(key)
                if not idle:
                    return None
                connection = idle.pop()
            if connection.is_idle():
                return connection
            connection.close()

    def put(self, key: object, connection: _Connection) -> None:
        """Keep a connection, or close it."""
        if connection.may_be_kept():
            with self._lock:
                idle = self._idle.setdefault(key, [])
                if not self._retired and len(idle) < self._kept:
                    idle.append(connection)
                    return
        connection.close()

    def retire(self) -> None:
        """Close what is idle, and the others once they are released."""
        with self._lock:
            self._retired = True
            _close_all(self._idle)


def _close_all(idle: dict[object, list[_Connection]]) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


class _Proxy:
    """What leads to other hosts."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.place = place_of(parts)
        self.headers: dict[str, str] = {}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            encoded = base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()
            self.headers["Proxy-Authorization"] = f"Basic {encoded}"


class Connections:
    """Connections to any hosts, all through the proxy if there is one; threads may share it."""

    def __init__(
        self, context: Callable[[], ssl.SSLContext], kept: int, proxy: str | None = None
    ) -> None:
        """Connect to nobody yet.

        Args:
            context: the settings for TLS; asked for when they are needed, which takes a while.
            kept: how many idle connections to the same place are kept for further requests.
            proxy: its URL, which ``check_proxy`` has found good.
        """
        self._context = context
        self._pool = _Pool(kept)
        self._proxy = _Proxy(proxy) if proxy else None

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str | bytes],
        body: Iterable[bytes] | None = None,
    ) -> Answer:
        """Send a request.

        Args:
            method: of the request.
            url: absolute, and a good one (``urls.parse``).
            headers: all but those of the body's chunks and, unless it is there, ``Host``.
            body: is sent in chunks unless ``headers`` say how long it is.

        Raises:
            DialError: there is no connection.
            http.client.HTTPException: what comes is no answer, or a proxy's refusal.
            OSError: the connection broke.
            CancelledError: the limits of the call say so.
            Exception: what the body raises.
        """
        parts = urlsplit(url)
        place, target = place_of(parts), _target(parts)
        key: object = place
        make = functools.partial(self._connect, place)
        if self._proxy is not None and place.scheme == "http":
            host = parts.netloc.rpartition("@")[2]
            target = f"http://{host if host.isascii() else place.address()}{target}"
            headers = {**headers, **self._proxy.headers}
            key, make = self._proxy, functools.partial(self._reach_proxy, self._proxy)
        return _exchange(self._pool, key, place, make, (method, target, headers, body))

    def retire(self) -> None:
        """Close the connections that nobody uses; others once they are released."""
        self._pool.retire()

    def _connect(self, place: _Place) -> Any:
        if place.scheme == "http":
            return dial(place.host, place.port)
        return self._secured(place, functools.partial(self._open_way, place))

    def _open_way(self, place: _Place) -> Any:
        if self._proxy is None:
            return dial(place.host, place.port)
        sock = self._reach_proxy(self._proxy)
        try:
            _lead(sock, place, self._proxy.headers)
        except BaseException:
            sock.close()
            raise
        return sock

    def _reach_proxy(self, proxy: _Proxy) -> Any:
        dial_it = functools.partial(dial, proxy.place.host, proxy.place.port)
        try:
            return (
                dial_it() if proxy.place.scheme == "http" else self._secured(proxy.place, dial_it)
            )
        except DialError as error:
            raise DialError(f"proxyconnect tcp: {error.text}") from error.__cause__

    def _secured(self, place: _Place, connect: Callable[[], Any]) -> Any:
        """TLS over a connection; over another one if the system trusts more than was read yet."""
        context = self._context()
        unread = has_unread(context)
        try:
            return _wrap(context, connect(), place.host)
        except ssl.SSLCertVerificationError:
            if not unread:
                raise
        read_all_trusted(context)
        return _wrap(context, connect(), place.host)


class UnixConnections:
    """Connections to a socket of the file system, one for each request."""

    def __init__(self, path: str) -> None:
        self._path = path

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str | bytes],
        body: Iterable[bytes] | None = None,
    ) -> Answer:
        """Send a request, as ``Connections.send``; the URL's host is of no importance."""
        place = _Place("http", "localhost", _PORTS["http"])
        request = (method, _target(urlsplit(url)), headers, body)
        make = functools.partial(dial_unix, self._path)
        return _exchange(_Pool(0), place, place, make, request)


def _exchange(
    pool: _Pool,
    key: object,
    place: _Place,
    make: Callable[[], Any],
    request: tuple[str, str, Mapping[str, str | bytes], Iterable[bytes] | None],
) -> Answer:
    connection = pool.take(key) or _Connection(place, make())
    try:
        response = connection.exchange(*request)
    except BaseException:
        connection.close()
        raise
    return Answer(connection, response, functools.partial(pool.put, key))


def _wrap(context: ssl.SSLContext, sock: Any, host: str) -> Any:
    """A connection with TLS over another one, which is closed if that fails."""
    name = host.rstrip(".").partition("%")[0]
    try:
        if isinstance(sock, ssl.SSLSocket):
            return TunnelledTLS(sock, context, name)
        # As bytes, which need no module of Python to be written as a name.
        return context.wrap_socket(sock, server_hostname=name.encode())
    except BaseException:
        sock.close()
        raise


def _lead(sock: Any, place: _Place, headers: Mapping[str, str]) -> None:
    """Let a proxy lead a connection to a place."""
    connection = _Connection(place, sock)
    connection.putrequest("CONNECT", place.address(), skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": place.address(), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    # Its body, if it is no refusal, is what comes from that place.
    with StrictResponse(sock, method="CONNECT") as response:
        response.begin()
        if response.status != _OK:
            raise ProxyRefusedError(response.reason or "unknown status code")
