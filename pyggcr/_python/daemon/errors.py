"""What can go wrong between a daemon and us, in the words of the moby client (request.go).

``on_the_way`` tells of requests that got no answer, ``in_the_answer`` of answers that break off,
``refusal`` of answers that are errors. Classes are those that native/docker_error.go chooses.
"""

from __future__ import annotations

import copy
import errno
import ssl

from pyggcr._gostd.strconv import quote
from pyggcr._python.daemon.documents import REFUSAL, unmarshal
from pyggcr._python.remote import error_parsing
from pyggcr._python.remote.sockets import DialError
from pyggcr.errors import DaemonError, DaemonImageNotFoundError, DaemonUnavailableError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from pyggcr._python.daemon.endpoint import Endpoint
else:
    from pyggcr._typing import TypeVar

__all__ = [
    "MAX_REFUSAL",
    "bad_length",
    "in_the_answer",
    "on_the_way",
    "refusal",
    "request_text",
    "reworded",
    "unreachable",
]

_E = TypeVar("_E", bound=Error)

MAX_REFUSAL = 1 << 20  # bytes of an answer that is an error, and then some: no daemon says so much

_DOCUMENT = "application/json"
_NOT_FOUND = 404

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_NOT_HTTP = "malformed HTTP response"
_HINT_TLS = "\n* Are you trying to connect to a TLS-enabled daemon without TLS?"
_HINT_CERTIFICATE = (
    "the server probably has client authentication (--tlsverify) enabled; "
    "check your TLS client certification settings: "
)
_HINT_PATH = "check if the path is correct and if the daemon is running"
_UNEXPECTED_EOF = "unexpected EOF"  # io.ErrUnexpectedEOF
_LOOKUP = "dial tcp: lookup "

# Go's texts of alerts (crypto/tls/alert.go) where OpenSSL's names say it with other words.
_ALERTS = {
    "unknown ca": "unknown certificate authority",
    "certificate unknown": "unknown certificate",
    "decrypt error": "error decrypting message",
    "protocol version": "protocol version not supported",
}


def request_text(method: str, url: str, text: str) -> str:
    """The text of a ``url.Error``."""
    return f"{method[:1]}{method[1:].lower()} {quote(url)}: {text}"


def on_the_way(endpoint: Endpoint, method: str, url: str, failure: Exception) -> DaemonError:
    """Why there is no answer (``doRequest``)."""
    causes = list(error_parsing.causes_of(failure))
    text = _text(endpoint, causes)
    whole = request_text(method, url, text)
    return DaemonUnavailableError(_explained(endpoint, causes, text, whole))


def unreachable(text: str) -> DaemonUnavailableError:
    """No answer, for a reason that has no explanation of its own."""
    return DaemonUnavailableError(f"error during connect: {text}")


def _explained(endpoint: Endpoint, causes: list[BaseException], text: str, whole: str) -> str:
    host = endpoint.text
    dialled = next((it.__cause__ for it in causes if isinstance(it, DialError)), None)
    code = dialled.errno if isinstance(dialled, OSError) else None
    if endpoint.scheme == "http" and _NOT_HTTP in text:
        return f"{whole}.{_HINT_TLS}"
    if endpoint.scheme == "https" and ("handshake failure" in text or "bad certificate" in text):
        return _HINT_CERTIFICATE + whole
    if code in (errno.EACCES, errno.EPERM):
        return f"permission denied while trying to connect to the docker API at {host}"
    if code == errno.ENOENT:
        return f"failed to connect to the docker API at {host}; {_HINT_PATH}: {text}"
    if text.startswith(_LOOKUP):
        return f"failed to connect to the docker API at {host}: {text.partition(' tcp: ')[2]}"
    if "i/o timeout" in text or "connection refused" in text or "dial unix" in text:
        return f"Cannot connect to the Docker daemon at {host}. Is the docker daemon running?"
    return f"error during connect: {whole}"


def reworded(error: _E, text: str) -> _E:
    """The same error with a text that says more."""
    again = copy.copy(error)
    again.message = text
    again.__cause__ = error
    return again


def in_the_answer(endpoint: Endpoint, failure: Exception) -> str:
    """Why an answer breaks off."""
    return _text(endpoint, list(error_parsing.causes_of(failure)))


def _text(endpoint: Endpoint, causes: list[BaseException]) -> str:
    """What is at the bottom of it, in Go's words."""
    for cause in causes:
        if endpoint.socket is not None and isinstance(cause, ConnectionResetError):
            return f"read unix @->{endpoint.socket}: read: connection reset by peer"
        if endpoint.socket is not None and isinstance(cause, BrokenPipeError):
            return f"write unix @->{endpoint.socket}: write: broken pipe"
        if isinstance(cause, ssl.SSLError) and "_ALERT_" in (cause.reason or ""):
            alert = cause.reason.partition("_ALERT_")[2].lower().replace("_", " ")
            return f"remote error: tls: {_ALERTS.get(alert, alert)}"
    return error_parsing.describe(causes[0]).message


def bad_length(method: str, url: str, length: str) -> DaemonUnavailableError:
    """An answer that says nothing sensible of its length."""
    return unreachable(request_text(method, url, f"{_BROKEN}bad Content-Length {quote(length)}"))


def refusal(
    url: str, status: int, reason: str, content_type: str, body: bytes | DaemonError
) -> DaemonError:
    """An answer that is an error (``checkResponseErr``).

    Args:
        url: what was asked for.
        status: the HTTP status.
        reason: what the answer calls it.
        content_type: of the body.
        body: at most ``MAX_REFUSAL`` bytes of it; or why it cannot be read.
    """
    if isinstance(body, DaemonError):
        text = str(body)
    else:
        text = _refusal_text(url, status, reason, content_type, body)
    if content_type != _DOCUMENT:
        return DaemonUnavailableError(text, status)
    return (DaemonImageNotFoundError if status == _NOT_FOUND else DaemonError)(text, status)


def _refusal_text(url: str, status: int, reason: str, content_type: str, body: bytes) -> str:
    returned = f"request returned {status} {reason}".rstrip()
    where = (
        f"for API route and version {url}, check if the server supports the requested API version"
    )
    if len(body) >= MAX_REFUSAL:
        return f"{returned} with a message (> {MAX_REFUSAL} bytes) {where}"
    if not body:
        return f"{returned} {where}"
    if content_type != _DOCUMENT:
        said = body.decode("utf-8", "surrogateescape").strip()
        return f"Error response from daemon: {said}"
    try:
        message = unmarshal(body, REFUSAL).message
    except DaemonError as error:
        return f"error reading JSON: {error}"
    if not message:
        meaning = error_parsing.status_text(status)
        return (
            f"Error response from daemon: API returned a {status} ({meaning}) "
            "but provided no error-message"
        )
    return f"Error response from daemon: {message.strip()}"
