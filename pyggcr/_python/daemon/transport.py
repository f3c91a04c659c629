"""One request to a daemon and its answer: ``doRequest`` of the moby client.

Each request has a connection of its own, so that a daemon may be restarted in between. What is
asked for is ``client``'s business, ``errors`` has the texts of what goes wrong.
"""

from __future__ import annotations

import os

from pyggcr import limits
from pyggcr._python.daemon import errors
from pyggcr._python.daemon.answer import Answer
from pyggcr._python.daemon.endpoint import endpoint_of
from pyggcr._python.daemon.tls import tls_context
from pyggcr._python.remote.connections import Connections, UnixConnections
from pyggcr._python.remote.http1 import HTTPError
from pyggcr._python.remote.proxies import proxy_from_environment
from pyggcr._python.remote.tls import context_of_system
from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable

    from pyggcr._values.daemon import DaemonOptions

__all__ = ["Transport"]

# The version whose requests and errors are mirrored; the Go engine is built from the same.
_MOBY_CLIENT = "v0.5.1"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}

# Redirects that net/http follows, and those that it follows unless it had to send a body again.
_REDIRECTS = frozenset({301, 302, 303})
_REDIRECTS_WITH_BODY = frozenset({307, 308})


class BodyError(Exception):
    """What is to be sent cannot be read; nothing that looks like a fault of the connection."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport:
    """Sends requests to the daemon of the options; threads may share it."""

    def __init__(self, options: DaemonOptions) -> None:
        """Read the certificates that the options name.

        Raises:
            DaemonError: the host is no address.
            FileAccessError: a file cannot be read.
            UnsupportedOptionError: there is no certificate in it, or not the key's.
        """
        self.endpoint = endpoint_of(options)
        self._tls = tls_context(options) if self.endpoint.scheme == "https" else None

    def send(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: Iterable[bytes] | None = None,
    ) -> Answer:
        """Send a request; whatever the status is, it is an answer, unless it is a redirect.

        Args:
            method: of the request.
            target: path and query.
            headers: besides those that all requests have.
            body: is sent in chunks, as it comes.

        Raises:
            DaemonUnavailableError: there was no answer.
            CancelledError: the limits of the call say so.
            Exception: what the body raises; that of an ``Error`` gets the text of Go's client.
        """
        limits.current().check()
        pieces = None if body is None else _guarded(body)
        try:
            answer = self._exchange(method, target, headers or {}, pieces)
        except BodyError as failure:
            error = _blamed(method, self.endpoint.url(target), failure.reason)
        else:
            self._check(method, answer, body is not None)
            return answer
        finally:
            if pieces is not None:
                pieces.close()
        raise error  # out of the clause: it is nobody's business what came in between

    def _exchange(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        body: Iterable[bytes] | None,
    ) -> Answer:
        url = self.endpoint.url(target)
        fields = {**self._headers(method, body), **headers}
        try:
            raw = self._connections(url).send(method, url, fields, body)
        except (HTTPError, OSError) as failure:
            limits.current().check()
            raise errors.on_the_way(self.endpoint, method, url, failure) from failure
        return Answer(raw, self.endpoint, url)

    def _connections(self, url: str) -> Connections | UnixConnections:
        if self.endpoint.socket is not None:
            return UnixConnections(self.endpoint.socket)
        return Connections(self._context, 0, proxy_from_environment(url))

    def _context(self) -> ssl.SSLContext:
        return self._tls or context_of_system(False)

    def _headers(self, method: str, body: Iterable[bytes] | None) -> dict[str, str]:
        headers = {
            "Host": self.endpoint.host_header,
            "User-Agent": _user_agent(),
        }
        if method == "POST" and body is None:
            headers["Content-Length"] = "0"
        return headers

    def _check(self, method: str, answer: Answer, with_body: bool) -> None:
        """Refuse what is no answer to Go, and redirects (``client.CheckRedirect``).

        That of a GET is an answer, though, others are errors.
        """
        length, where = answer.header("Content-Length"), answer.header("Location")
        followed = _REDIRECTS if with_body else _REDIRECTS | _REDIRECTS_WITH_BODY
        failure = None
        if length and not length.isdecimal():
            failure = errors.bad_length(method, answer.url, length)
        elif method != "GET" and where and answer.status in followed:
            text = errors.request_text(method, where, "unexpected redirect in response")
            failure = errors.unreachable(text)
        if failure is not None:
            answer.close()
            raise failure


def _guarded(body: Iterable[bytes]) -> Generator[bytes, None, None]:
    try:
        yield from body
    except Exception as error:
        raise BodyError(error) from error


def _blamed(method: str, url: str, reason: Exception) -> Exception:
    """The body's own error; Go's client says that it could not connect."""
    if not isinstance(reason, Error) or isinstance(reason, CancelledError):
        return reason
    text = errors.request_text(method, url, str(reason))
    return errors.reworded(reason, f"error during connect: {text}")


def _user_agent() -> str:
    system = os.uname()
    architecture = _ARCHITECTURES.get(system.machine, system.machine)
    return f"moby-client/{_MOBY_CLIENT} {system.sysname.lower()}/{architecture}"
