"""Sockets that obey the limits of a call, and urllib3 pools that use them.

A blocked read or write wakes up many times a second to ask ``pyggcr.limits`` whether the work must
stop, so a cancelled call ends at once, whatever the other side does. There is no other timeout on
reading, as in Go's ``http.Transport``. Which request is sent where is not decided here.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import os
import queue
import re
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import urllib3
import urllib3.connection
import urllib3.connectionpool
from urllib3.exceptions import NewConnectionError

from pyggcr import limits
from pyggcr._python.remote.strict import StrictResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer, ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

__all__ = [
    "NO_TIMEOUT",
    "SLICE",
    "DialError",
    "PatientTLSSocket",
    "close_idle",
    "pool_manager",
    "unix_pool",
]

SLICE = 0.1  # seconds that a socket waits before it looks at the limits

# Of Go's DefaultTransport, in seconds.
_CONNECT_TIMEOUT = 30.0
_KEEP_ALIVE = 30
_TIMED_OUT = "i/o timeout"

_STATUS = re.compile(rb"HTTP/1\.\d ([3-5])\d\d")  # of answers that want no more of the request
_STATUS_SIZE = len("HTTP/1.1 500")

# What urllib3 is told: sockets wake up, and wait on, as long as the limits allow.
NO_TIMEOUT = urllib3.Timeout(connect=SLICE, read=SLICE)


def _patiently(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it again and again until it does not time out, as long as the limits allow."""
    in_force = limits.current()
    while True:
        in_force.check()  # also if data never ceases to come
        with contextlib.suppress(TimeoutError):
            return act(*args, **kwargs)


class _RefusedError(BrokenPipeError):
    """The other side refuses a request that is still being sent; its answer can be read."""


class _PatientSocket(socket.socket):
    refused = False

    def recv_into(self, *args: Any) -> int:
        return _patiently(super().recv_into, *args)

    def sendall(self, data: Buffer, flags: int = 0) -> None:  # noqa: ARG002  (nobody has flags)
        view = memoryview(data).cast("B")
        while view:
            limits.current().check()
            self._heed()
            with contextlib.suppress(TimeoutError):
                view = view[super().send(view) :]

    def _heed(self) -> None:
        """Stop sending where an error was answered already: who does not read on would block it."""
        poll = select.poll()
        poll.register(self, select.POLLIN)
        if not poll.poll(0):
            return
        with contextlib.suppress(OSError):  # whatever is wrong, sending says it
            self.refused = bool(_STATUS.match(self.recv(_STATUS_SIZE, socket.MSG_PEEK)))
        if self.refused:
            raise _RefusedError


class PatientTLSSocket(ssl.SSLSocket):
    """A socket with TLS that obeys the limits."""

    def recv_into(self, *args: Any) -> int:
        return _patiently(super().recv_into, *args)

    def sendall(self, data: Buffer, flags: int = 0) -> None:  # noqa: ARG002  (TLS has no flags)
        view = memoryview(data).cast("B")
        try:
            while view:
                view = view[_patiently(super().send, view) :]
        except ssl.SSLEOFError as error:
            # An answer, or an alert, may have come before the other side hung up.
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error

    def do_handshake(self, block: bool = False) -> None:
        try:
            _patiently(super().do_handshake, block)
        except BaseException:
            self.close()  # the caller closes it for errors of the system only
            raise


def pool_manager(context: ssl.SSLContext | None, connections: int, proxy: str | None) -> Any:
    """Pools of connections, one for each host; all through the proxy if there is one.

    Without a context they are plain ones.
    """
    options: dict[str, Any] = {"maxsize": connections, "ssl_context": context, "retries": False}
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        parsed = urllib3.util.parse_url(proxy)
        headers = urllib3.make_headers(proxy_basic_auth=parsed.auth) if parsed.auth else None
        bare = parsed._replace(auth=None).url
        manager = urllib3.ProxyManager(
            bare, proxy_headers=headers, proxy_ssl_context=context, **options
        )
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return manager


def unix_pool(path: str, host: str) -> Any:
    """A pool of connections to a socket of the file system; the host is what requests name."""
    return _UnixPool(host, path=path)


class DialError(NewConnectionError):
    """No connection; ``text`` is Go's, of ``net.OpError``."""

    def __init__(self, connection: Any, text: str) -> None:
        super().__init__(connection, text)
        self.text = text


def _join(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: OSError) -> str:
    """Go's words for why there is no connection."""
    if error.errno == errno.ETIMEDOUT and error.strerror == _TIMED_OUT:
        return _TIMED_OUT
    text = os.strerror(error.errno or 0)
    return f"connect: {text[:1].lower()}{text[1:]}"


class _Answering(urllib3.connection.HTTPConnection):
    """Has strict answers, and remembers the socket of one, which is forgotten if it is the last."""

    response_class: type[http.client.HTTPResponse] = StrictResponse
    answering: socket.socket | None = None

    def getresponse(self) -> urllib3.response.HTTPResponse:  # type: ignore[override]
        self.answering = self.sock
        return super().getresponse()


class _Connecting:
    """Connects in the way of this module: the part that both kinds over TCP share."""

    host: str
    _dns_host: str
    port: int

    def _new_conn(self) -> socket.socket:
        try:
            addresses = _resolve(self._dns_host, self.port)
        except OSError as error:
            raise DialError(self, f"dial tcp: lookup {self._dns_host}: no such host") from error
        failure: tuple[str, OSError | None] = "", None
        for family, address in addresses:
            try:
                return _connect(family, address)
            except OSError as error:
                limits.current().check()
                if failure[1] is None:  # Go tells of the first address
                    failure = f"dial tcp {_join(address)}: {_reason(error)}", error
        raise DialError(self, failure[0]) from failure[1]


class _Connection(_Connecting, _Answering):
    pass


class _TLSConnection(_Connecting, _Answering, urllib3.connection.HTTPSConnection):
    pass


class _UnixConnection(_Answering):
    def __init__(self, *args: Any, path: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._path = path

    def _new_conn(self) -> socket.socket:
        try:
            return _connect(socket.AF_UNIX, self._path)
        except OSError as error:
            limits.current().check()
            raise DialError(self, f"dial unix {self._path}: {_reason(error)}") from error


def close_idle(manager: Any) -> None:
    """Close the connections of a ``pool_manager`` that nobody uses; others once they are released.

    ``PoolManager.clear`` would make requests fail that other threads are about to send.
    """
    for key in manager.pools.keys():  # noqa: SIM118  (it has no iterator: threads share it)
        with contextlib.suppress(KeyError):
            manager.pools[key].close_idle()


class _Idle:
    """The part of a pool that closes connections which nobody uses."""

    pool: queue.LifoQueue[Any] | None
    retired = False

    def close_idle(self) -> None:
        self.retired = True
        idle = []
        with contextlib.suppress(queue.Empty, AttributeError):  # it has none once it is closed
            while True:
                idle.append(self.pool.get(block=False))  # type: ignore[union-attr]
        for connection in idle:
            if connection is not None:
                connection.close()
            with contextlib.suppress(queue.Full, AttributeError):
                self.pool.put(None, block=False)  # type: ignore[union-attr]

    def _put_conn(self, conn: Any) -> None:
        if conn is not None and self.retired:
            conn.close()
        super()._put_conn(conn)  # type: ignore[misc]


class _Pool(_Idle, urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls: type[Any] = _Connection

    def _put_conn(self, conn: Any) -> None:
        """Keep the connection, unless half of a request is in it."""
        if conn is not None and getattr(conn.sock, "refused", False):
            conn.close()
        super()._put_conn(conn)


class _UnixPool(_Pool):
    ConnectionCls = _UnixConnection


class _TLSPool(_Idle, urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection

    def _validate_conn(self, conn: Any) -> None:
        """Connect; without a warning where certificates are not verified: that was asked for."""
        if conn.is_closed:
            conn.connect()


def _resolve(host: str, port: int) -> list[tuple[int, Any]]:
    """The addresses of a host; asking for them cannot be broken off, so a thread does it."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host.strip("[]"))
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        return [(family, (str(address), port))]
    found: list[tuple[int, Any]] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            failure.append(error)
        except UnicodeError:  # a label that is empty or too long
            failure.append(socket.gaierror(socket.EAI_NONAME, "no such host"))
        else:
            found.extend((answer[0], answer[4]) for answer in answers)

    thread = threading.Thread(target=ask, name="pyggcr-resolver", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(SLICE)
        limits.current().check()
    if failure:
        raise failure[0]
    return found


def _connect(family: int, address: Any) -> socket.socket:
    connection = _PatientSocket(family, socket.SOCK_STREAM)
    try:
        if family != socket.AF_UNIX:
            _keep_alive(connection)
        connection.setblocking(False)
        code = connection.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, errno.errorcode.get(code, ""))
        _wait_until_connected(connection)
        connection.settimeout(SLICE)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE)


def _wait_until_connected(connection: socket.socket) -> None:
    deadline = time.monotonic() + _CONNECT_TIMEOUT
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    while not poll.poll(SLICE * 1000):
        limits.current().check()
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, _TIMED_OUT)
    code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, errno.errorcode.get(code, ""))
