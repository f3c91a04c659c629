"""Requests over connections that are kept for further ones.

``http1`` has the form of requests and answers, ``sockets`` connects. Here connections are shared
among threads, led through proxies, and used again or not.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import ipaddress
import itertools
import select
import socket
import ssl
import threading
import weakref
from urllib.parse import quote, unquote, urlsplit

from pyggcr._dataclasses import dataclass
from pyggcr._python.remote.http1 import CutAnswerError, HTTPError, Incoming, Message, request_head
from pyggcr._python.remote.sockets import DialError, TunnelledTLS, dial, dial_unix
from pyggcr._python.remote.tls import has_unread, read_all_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any
    from urllib.parse import SplitResult


__all__ = ["Answer", "Connections", "ProxyRefusedError", "UnixConnections", "place_of"]

_PORTS = {"http": 80, "https": 443}
# What stands in a path and in a query as it is (``validEncoded`` of net/url).
_IN_PATH = "%/!$&'()*+,;=:@[]~"
_IN_QUERY = _IN_PATH + "?"
# Errors of a connection over which an answer may have come before it broke.
_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
_OK = 200
_SMALL = 16 << 10  # bytes of a body that is sent together with the head


class ProxyRefusedError(HTTPError):
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
        return f"{self._bracketed(self.host)}:{self.port}"

    def named(self) -> str:
        """What requests call it: no zone of an address, nor the port that is meant anyway."""
        host = self._bracketed(self.host.partition("%")[0])
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @staticmethod
    def _bracketed(host: str) -> str:
        return f"[{host}]" if ":" in host else host


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


class _Connection:
    """A connection that was made already; for one request at a time."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire
        self._incoming = Incoming(wire)
        self._spoilt = False  # whether half of a request is in it

    def may_be_kept(self) -> bool:
        """Whether nothing is in it that belongs to no request."""
        return not self._spoilt and not self._incoming.holds_more()

    def is_idle(self) -> bool:
        """Whether nothing came: nothing was asked for, so that would be its end."""
        poll = select.poll()
        poll.register(self.wire, select.POLLIN)
        return not poll.poll(0)

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str | bytes],
        body: Iterable[bytes] | None = None,
    ) -> Message:
        """Send a request, and read the head of its answer."""
        length = headers.get("Content-Length")
        chunked = body is not None and length is None
        if chunked:
            headers = {**headers, "Transfer-Encoding": "chunked"}
        head = request_head(method, target, headers)
        if body is None:
            parts: Iterable[bytes] = (head,)
        elif chunked:
            parts = itertools.chain((head,), _in_chunks(body))
        elif int(length or 0) <= _SMALL:
            parts = (head + b"".join(body),)
        else:
            parts = itertools.chain((head,), filter(None, body))
        for part in parts:
            if not self._give(part):
                self._spoilt = True  # there may be an answer
                break
        return self.receive(method)

    def receive(self, method: str) -> Message:
        """Read the head of the answer to such a request."""
        message = Message(self._incoming, method)
        self._spoilt = self._spoilt or message.is_last
        return message

    def _give(self, data: bytes) -> bool:
        """Send it, unless the other side takes no more."""
        try:
            self.wire.sendall(data)
        except OSError as error:
            if error.errno in _HUNG_UP or isinstance(error, BrokenPipeError):
                return False
            raise
        return True

    def close(self) -> None:
        """End it."""
        self.wire.close()


def _in_chunks(body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in filter(None, body):
        yield b"%X\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


class Answer:
    """An answer whose body is not read yet.

    Attributes:
        status: the HTTP status.
        reason: what the answer calls it.
    """

    def __init__(
        self,
        connection: _Connection,
        message: Message,
        keep: Callable[[_Connection], None],
    ) -> None:
        """Take what a request brought; ``keep`` gets the connection back, at the body's end."""
        self._connection = connection
        self._message = message
        self._keep = keep
        # Also where nobody closes it.
        self._abandon = weakref.finalize(self, connection.close)
        self._state = threading.Lock()
        self._reading = threading.RLock()
        self._over = False  # all was read, or nothing more will be
        self._cut = False  # somebody closed it before
        self.status = message.status
        self.reason = message.reason

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return self._message.values(name)

    def is_empty(self) -> bool:
        """Whether its head says that there is no body."""
        return self._message.is_empty

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end.

        Raises:
            HTTPError: it ends too early, or is none.
            OSError: the connection broke.
            CancelledError: the limits of the call say so.
        """
        with self._reading:
            if self._cut:
                raise CutAnswerError
            if self._over:
                return b""
            try:
                data = self._message.read(size)
            except BaseException:
                self._cut = self._over = True
                self._abandon()
                raise
            if self._message.is_over:
                self._end()
            return data

    def _end(self) -> None:
        """The body was read; the connection can be used again unless it is closed."""
        with self._state:
            if self._over or self._cut:
                return
            self._over = True
        self._abandon.detach()
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
                self._connection.wire.shutdown(socket.SHUT_RDWR)
        with self._reading:  # which has ended by now, or does
            self._abandon()


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
            headers: all but that of a body in chunks and, unless it is there, ``Host``.
            body: is sent in chunks unless ``headers`` say how long it is.

        Raises:
            DialError: there is no connection.
            HTTPError: what comes is no answer, or a proxy's refusal.
            OSError: the connection broke.
            CancelledError: the limits of the call say so.
            Exception: what the body raises.
        """
        parts = urlsplit(url)
        place, target = place_of(parts), _target(parts)
        key: object = place
        make = functools.partial(self._connect, place)
        host = place.named()
        if self._proxy is not None and place.scheme == "http":
            host = parts.netloc.rpartition("@")[2]
            host = host if host.isascii() else place.address()
            target = f"http://{host}{target}"
            headers = {**headers, **self._proxy.headers}
            key, make = self._proxy, functools.partial(self._reach_proxy, self._proxy)
        request = (method, target, {"Host": host, **headers}, body)
        return _exchange(self._pool, key, make, request)

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
        """Send a request, as ``Connections.send``; ``headers`` have the host."""
        request = (method, _target(urlsplit(url)), headers, body)
        make = functools.partial(dial_unix, self._path)
        return _exchange(_Pool(0), self._path, make, request)


def _exchange(
    pool: _Pool,
    key: object,
    make: Callable[[], Any],
    request: tuple[str, str, Mapping[str, str | bytes], Iterable[bytes] | None],
) -> Answer:
    connection = pool.take(key) or _Connection(make())
    try:
        message = connection.exchange(*request)
    except BaseException:
        connection.close()
        raise
    return Answer(connection, message, functools.partial(pool.put, key))


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
    message = _Connection(sock).exchange(
        "CONNECT", place.address(), {"Host": place.address(), **headers}
    )
    # Its body, if it is no refusal, is what comes from that place.
    if message.status != _OK:
        raise ProxyRefusedError(message.reason or "unknown status code")
