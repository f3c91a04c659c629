"""HTTP/1.1 for a registry: a thread for each connection, and h11 to read and write messages.

h11 knows no sockets and decides what is a request; the limits are those of Go's net/http and of
``crane registry serve``. All threads are gone after ``close``.
"""

from __future__ import annotations

import contextlib
import http
import selectors
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator

import h11

from pyggcr._python.registry.exchange import Answer, BodyError, Refusal, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any, cast
else:
    from pyggcr._typing import cast

__all__ = ["HTTPServer"]

_RECEIVED = 256 << 10  # bytes at a time
# Go's DefaultMaxHeaderBytes, and what it allows beyond.
_LONGEST_HEAD = (1 << 20) + 4096
# A body that no handler read is read to its end if it is short; else the connection is closed,
# as Go's server does (``maxPostHandlerReadBytes``).
_READ_AWAY = 256 << 10
# How long a client that still sends gets to read the answer (``rstAvoidanceDelay``), in seconds.
_LINGER = 0.5
# How long a request's head may take (crane's ``ReadHeaderTimeout``), and how long nothing may come
# of a body or of the next request, in seconds. Go waits for the latter without end.
_HEAD_TIMEOUT = 5.0
_IDLE_TIMEOUT = 300.0
_MOST_CONNECTIONS = 1000
_CLOSING_TIMEOUT = 10.0

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905

_Application = Callable[[Request], Answer]


class HTTPServer:
    """Serves an application until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        application: _Application,
        context: ssl.SSLContext | None,
        *,
        strict: bool,
    ) -> None:
        self._listener = listener
        self._application = application
        self._context = context
        self._strict = strict
        self._woken, self._wake = socket.socketpair()
        self._slots = threading.Semaphore(_MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._closed = False
        host, port = listener.getsockname()[:2]
        self._thread = threading.Thread(
            target=self._accept, name=f"registry {host}:{port}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, cut all connections and wait for their threads. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.send(b"x")
        self._slots.release()
        self._thread.join()
        with self._lock:
            threads = list(self._open.values())
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        ends = time.monotonic() + _CLOSING_TIMEOUT
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, ends - time.monotonic()))
        for it in (self._listener, self._woken, self._wake):
            it.close()

    def _accept(self) -> None:
        # Not select.select, which knows no descriptor above 1023.
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                self._slots.acquire()
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready or self._closed:
                    break
                self._accept_one()
        self._listener.close()

    def _accept_one(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone again, or too many files are open
            self._slots.release()
            time.sleep(0.01)
            return
        thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
        with self._lock:
            self._open[connection] = thread
        try:
            thread.start()
        except RuntimeError:  # the system has no more of them
            with self._lock:
                del self._open[connection]
            connection.close()
            self._slots.release()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, h11.LocalProtocolError):
                connection = self._secured(connection)
                if self._context is not None:
                    cast("ssl.SSLSocket", connection).do_handshake()
                _Conversation(connection, self._application, self._strict).run()
        finally:
            with contextlib.suppress(OSError):
                connection.close()
            with self._lock:
                del self._open[connection]
            self._slots.release()

    def _secured(self, connection: socket.socket) -> socket.socket:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_HEAD_TIMEOUT)
        if self._context is None:
            return connection
        wrapped = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        # The descriptor is the new object's; from now on that one has to be cut.
        with self._lock:
            self._open[wrapped] = self._open.pop(connection)
        return wrapped


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, connection: socket.socket, application: _Application, strict: bool) -> None:
        self._socket = connection
        self._application = application
        self._strict = strict
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
        self._is_head = False
        self._closes = False  # after the answer
        self._left = 0  # bytes of the body that are still to come, if that was announced

    def run(self) -> None:
        """Answer requests until one side closes."""
        with self._socket:
            while self._next():
                if h11.MUST_CLOSE in (self._http.our_state, self._http.their_state):
                    break
                if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                    break
                self._http.start_next_cycle()
            self._linger()

    def _next(self) -> bool:
        """Read and answer one request; whether there was one."""
        self._is_head = False
        try:
            event = self._head()
        except h11.RemoteProtocolError as error:
            self._send(_refused(error.error_status_hint, str(error), self._strict))
            return False
        if not isinstance(event, h11.Request):
            return False
        self._is_head = event.method == b"HEAD"
        body = self._body()
        answer = self._answer(event, body)
        try:
            self._read_away(body)
            self._send(answer)
        finally:
            answer.close()
        return True

    def _head(self) -> Any:
        """The head of the next request; time runs from its first byte on."""
        ends: float | None = None
        self._socket.settimeout(_IDLE_TIMEOUT if self._http.trailing_data[0] == b"" else 5.0)
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if ends is not None:
                self._socket.settimeout(max(ends - time.monotonic(), 0.001))
            self._http.receive_data(self._socket.recv(_RECEIVED))
            ends = ends or time.monotonic() + _HEAD_TIMEOUT
        self._socket.settimeout(_IDLE_TIMEOUT)
        return event

    def _body(self) -> Iterator[bytes]:
        """The pieces of a body; raises ``BodyError`` where it breaks off or makes no sense."""
        while True:
            try:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    if self._http.they_are_waiting_for_100_continue:
                        go_on = h11.InformationalResponse(status_code=100, headers=[])
                        self._write(go_on)
                    self._http.receive_data(self._socket.recv(_RECEIVED))
                    continue
            except h11.RemoteProtocolError as error:
                broken = "peer" in str(error) or "incomplete" in str(error)
                raise BodyError("unexpected EOF" if broken else "malformed body") from None
            except OSError as error:
                raise BodyError("unexpected EOF") from error
            if not isinstance(event, h11.Data):
                return
            self._left -= len(event.data)
            yield bytes(event.data)

    def _answer(self, event: h11.Request, body: Iterator[bytes]) -> Answer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        method, target = event.method.decode("latin-1"), event.target.decode("latin-1")
        if self._strict and {"transfer-encoding", "content-length"} <= headers.keys():
            # One of the two is a lie, and a proxy before us may have believed the other one.
            self._closes = True
            return _refused(400, "Transfer-Encoding and Content-Length", strict=True)
        if not event.http_version.startswith(b"1."):
            self._closes = True
            return _refused(505, "unsupported protocol version", self._strict)
        if method == "OPTIONS" and target == "*":
            return Answer(200)
        try:
            address = urllib.parse.urlsplit(target)
        except ValueError:
            return _refused(400, "malformed address", self._strict)
        length = headers.get("content-length", "0")
        self._left = 0 if "transfer-encoding" in headers else int(length)
        request = Request(
            method,
            target,
            urllib.parse.unquote(address.path, errors="surrogateescape"),
            _first_values(address.query),
            headers,
            body,
            -1 if "transfer-encoding" in headers else int(length),
        )
        try:
            return self._application(request)
        except Refusal as refusal:
            return refusal.answer()
        except Exception as error:  # noqa: BLE001  (a fault of ours must not end the server)
            return Refusal(500, "INTERNAL_SERVER_ERROR", type(error).__name__).answer()

    def _read_away(self, body: Iterator[bytes]) -> None:
        """Read what is left of the body, so that the client reads the answer."""
        if self._http.they_are_waiting_for_100_continue or self._left > _READ_AWAY:
            return
        left = _READ_AWAY
        with contextlib.suppress(BodyError):
            for piece in body:
                left -= len(piece)
                if left < 0:
                    return

    def _send(self, answer: Answer) -> None:
        phrase = _phrase(answer.status)
        headers: list[tuple[bytes, bytes]] = [
            (name.encode(), _one_line(value)) for name, value in answer.headers.items()
        ]
        headers += [(b"Warning", _one_line(text)) for text in answer.warnings]
        headers.append((b"Date", _date().encode()))
        if answer.length is not None and answer.status != http.HTTPStatus.NO_CONTENT:
            headers.append((b"Content-Length", str(answer.length).encode()))
        read = self._http.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
        if self._closes or not read:
            headers.append((b"Connection", b"close"))
        response = h11.Response(
            status_code=answer.status, headers=headers, reason=phrase.encode("ascii")
        )
        head = self._http.send(response) or b""
        if self._is_head or answer.status == http.HTTPStatus.NO_CONTENT:
            self._socket.sendall(head)
        else:
            for piece in answer.body:
                # One packet for a short answer.
                self._socket.sendall(head + (self._http.send(h11.Data(data=piece)) or b""))
                head = b""
            self._socket.sendall(head)
        self._write(h11.EndOfMessage())

    def _write(self, event: Any) -> None:
        data = self._http.send(event)
        if data:
            self._socket.sendall(data)

    def _linger(self) -> None:
        """Let a client that still sends read the answer: closing at once would take it away."""
        if self._http.their_state in (h11.CLOSED, h11.MUST_CLOSE):
            return
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            ends = time.monotonic() + _LINGER
            while (left := ends - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(_RECEIVED):
                    return


def _refused(status: int, reason: str, strict: bool) -> Answer:
    """The answer to what is no request: in JSON, or in Go's plain text."""
    if strict:
        answer = Refusal(status, "UNSUPPORTED", reason).answer("application/json")
    else:
        text = f"{status} {_phrase(status)}"
        if status == http.HTTPStatus.NOT_IMPLEMENTED:
            text = "Unsupported transfer encoding"
        elif status == http.HTTPStatus.HTTP_VERSION_NOT_SUPPORTED:
            text += f": {reason}"
        elif "Host" in reason:
            text += ": missing required Host header"
        body = text.encode()
        answer = Answer(
            status, {"Content-Type": "text/plain; charset=utf-8"}, iter((body,)), len(body)
        )
    return answer


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return f"status code {status}"


def _one_line(value: str) -> bytes:
    """The value of a header: UTF-8, and without ends of lines, as Go writes it."""
    line = "".join(
        " " if character < " " or character == "\x7f" else character for character in value
    )
    return line.strip().encode("utf-8", "surrogateescape")


def _date() -> str:
    """Now, as HTTP writes it whatever the locale is."""
    now = time.gmtime()
    return (
        f"{_DAYS[now.tm_wday]}, {now.tm_mday:02} {_MONTHS[now.tm_mon - 1]} {now.tm_year} "
        f"{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT"
    )


def _first_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, value)
    return values
