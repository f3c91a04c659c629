"""Sockets that obey the limits of a call.

A blocked read or write wakes up many times a second to ask ``pyggcr.limits`` whether the work must
stop, so a cancelled call ends at once, whatever the other side does. There is no other timeout on
reading, as in Go's ``http.Transport``. What is sent over them is the business of ``connections``.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import re
import select
import socket
import ssl
import threading
import time

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer, ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

__all__ = ["SLICE", "DialError", "PatientTLSSocket", "TunnelledTLS", "dial", "dial_unix"]

SLICE = 0.1  # seconds that a socket waits before it looks at the limits

# Of Go's DefaultTransport, in seconds.
_CONNECT_TIMEOUT = 30.0
_KEEP_ALIVE = 30
_TIMED_OUT = "i/o timeout"

_STATUS = re.compile(rb"HTTP/1\.\d ([3-5])\d\d")  # of answers that want no more of the request
_STATUS_SIZE = len("HTTP/1.1 500")
_RECORD = 1 << 15  # bytes to read at once of TLS in TLS; one record has half of it


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
        refused = False
        with contextlib.suppress(OSError):  # whatever is wrong, sending says it
            refused = bool(_STATUS.match(self.recv(_STATUS_SIZE, socket.MSG_PEEK)))
        if refused:
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


class TunnelledTLS:
    """TLS inside of another connection with TLS: what a tunnel through a proxy with TLS needs.

    It has as much of a socket as connections ask for.
    """

    def __init__(self, outer: ssl.SSLSocket, context: ssl.SSLContext, host: str) -> None:
        """Shake hands with the host at the end of the tunnel."""
        self._outer = outer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._act(self._tls.do_handshake)

    def _act(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                result = act(*args, **kwargs)
            except ssl.SSLWantReadError:
                self._flush()
            else:
                self._flush()
                return result
            data = bytearray(_RECORD)
            size = self._outer.recv_into(data)
            if size:
                self._incoming.write(memoryview(data)[:size])
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._outer.sendall(self._outgoing.read())

    def recv_into(self, buffer: Buffer) -> int:
        """Read at least one byte, none at the end."""
        view = memoryview(buffer).cast("B")
        try:
            return self._act(self._tls.read, len(view), view)  # type: ignore[return-value]
        except ssl.SSLZeroReturnError:
            return 0

    def sendall(self, data: Buffer) -> None:
        """Send all of it."""
        view = memoryview(data).cast("B")
        while view:
            view = view[self._act(self._tls.write, view) :]

    def fileno(self) -> int:
        """The descriptor of the outer connection."""
        return self._outer.fileno()

    def shutdown(self, how: int) -> None:
        """End the connection for all who wait for it."""
        self._outer.shutdown(how)

    def close(self) -> None:
        """Close the outer connection."""
        self._outer.close()


class DialError(OSError):
    """No connection; ``text`` is Go's, of ``net.OpError``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
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


def dial(host: str, port: int) -> socket.socket:
    """A connection to a host.

    Raises:
        DialError: there is none.
        CancelledError: the limits of the call say so.
    """
    try:
        addresses = _resolve(host, port)
    except OSError as error:
        raise DialError(f"dial tcp: lookup {host}: no such host") from error
    failure: tuple[str, OSError | None] = "", None
    for family, address in addresses:
        try:
            return _connect(family, address)
        except OSError as error:
            limits.current().check()
            if failure[1] is None:  # Go tells of the first address
                failure = f"dial tcp {_join(address)}: {_reason(error)}", error
    raise DialError(failure[0]) from failure[1]


def dial_unix(path: str) -> socket.socket:
    """A connection to a socket of the file system; raises likewise."""
    try:
        return _connect(socket.AF_UNIX, path)
    except OSError as error:
        limits.current().check()
        raise DialError(f"dial unix {path}: {_reason(error)}") from error


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
            # As bytes, which need no module of Python to be written as a name.
            known = host.encode() if host.isascii() else host
            answers = socket.getaddrinfo(known, port, type=socket.SOCK_STREAM)
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
