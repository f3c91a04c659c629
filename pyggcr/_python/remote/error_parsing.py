"""What can go wrong on the way, in Go's words: transport.Error, ``url.Error`` and net's errors."""

from __future__ import annotations

import ssl

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import ANY, STRING, Field, Slice, Struct
from pyggcr._os.logs import Log
from pyggcr._python.remote.http1 import (
    CutAnswerError,
    HTTPError,
    MalformedAnswerError,
    NoAnswerError,
)
from pyggcr._python.remote.retry import retry_after
from pyggcr._python.remote.sockets import DialError
from pyggcr._python.remote.urls import redacted
from pyggcr.errors import CancelledError, Diagnostic, Error, TransportError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from pyggcr._python.remote.transport import Response

    _Predicate: TypeAlias = Callable[[Error], bool] | None

__all__ = [
    "causes_of",
    "check_status",
    "describe",
    "describe_reading",
    "own_error",
    "status_text",
    "url_error",
    "wait_after",
    "wait_after_status",
]

_log = Log(__name__)

_MAX_BODY = 64 << 10  # bytes of an answer that is an error (maxErrorBodySize)

# Where the texts of Go's net/http are not those of Python's http.HTTPStatus, in some version.
_STATUS_TEXTS = {
    413: "Request Entity Too Large",
    414: "Request URI Too Long",
    416: "Requested Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
}

# Of OpenSSL's x509_vfy.h: no way from the certificate to one that is trusted.
_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
_EXPIRED = 10

_UNEXPECTED_EOF = "unexpected EOF"  # io.ErrUnexpectedEOF

# Failures of a connection that another one need not have (the default predicate of pkg/v1/remote).
_TEMPORARY = (
    ConnectionResetError,
    BrokenPipeError,
    NoAnswerError,
    CutAnswerError,
    TimeoutError,
)


@dataclass(slots=True)
class _Answer:
    """What a registry says of an error (``transport.Error``)."""

    errors: list[Diagnostic] | None = None


_DIAGNOSTIC = Struct(
    "transport.Diagnostic",
    Diagnostic,
    Field("code", "code", STRING),
    Field("message", "message", STRING),
    Field("detail", "detail", ANY),
)
_ANSWER = Struct("transport.Error", _Answer, Field("errors", "errors", Slice(_DIAGNOSTIC)))


def check_status(response: Response, *expected: int) -> None:
    """Raise what the registry answered unless its status is expected (``CheckError``).

    The connection is released if that is so.
    """
    if response.status in expected:
        return
    try:
        body = response.without_secrets(response.read_all(_MAX_BODY))
    finally:
        response.close()
    raise _error_of(response, body)


def wait_after_status(response: Response, predicate: _Predicate = None) -> float | None:
    """Seconds to wait at least before a request is made again because of its status.

    The body can still be read. ``None`` if the predicate is against it (``retryError``).
    """
    try:
        body = response.without_secrets(response.look_at_all(_MAX_BODY))
    except Error as failure:
        return wait_after(failure, predicate or _always)
    error = _error_of(response, body)
    error.marked_temporary = True
    return wait_after(error, predicate)


def _always(failure: Error) -> bool:
    _log.warning("retrying %s", failure.message)
    return True


def _error_of(response: Response, body: bytes) -> TransportError:
    diagnostics = _diagnostics(body)
    error = TransportError(
        f"{response.method} {redacted(response.url)}: "
        + _answer(response, diagnostics, body.decode("utf-8", "surrogateescape")),
        response.method,
        redacted(response.url),
        response.status,
        diagnostics,
    )
    error.asked_to_wait = retry_after(response.header("Retry-After"))
    return error


def _answer(response: Response, diagnostics: tuple[Diagnostic, ...], body: str) -> str:
    if len(diagnostics) > 1:
        return f"multiple errors returned: {'; '.join(map(str, diagnostics))}"
    if diagnostics:
        return str(diagnostics[0])
    text = f"unexpected status code {response.status} {status_text(response.status)}"
    if body:
        return f"{text}: {body}"
    if response.method == "HEAD":
        return f"{text} (HEAD responses have no body, use GET for details)"
    return text


def status_text(status: int) -> str:
    """What a status means, empty if it is unknown (``http.StatusText``)."""
    if status in _STATUS_TEXTS:
        return _STATUS_TEXTS[status]
    from http import HTTPStatus  # takes a while, and most answers are what was asked for

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _diagnostics(body: bytes) -> tuple[Diagnostic, ...]:
    """What the body says; nothing if it says nothing that can be said again."""
    try:
        told = json.salvage(body, _ANSWER).errors or []
        list(map(str, told))
    except RecursionError:  # a detail may be nested too deeply
        return ()
    return tuple(told)


def url_error(method: str, url: str, error: Error) -> Error:
    """The error as ``http.Client`` wraps it: ``Get "https://…": …``."""
    if isinstance(error, CancelledError):
        return error
    shown = redacted(url)
    text = f'{method[:1]}{method[1:].lower()} "{shown}": {error}'
    wrapped = TransportError(text, method, shown)
    if isinstance(error, TransportError):
        wrapped.status, wrapped.diagnostics = error.status, error.diagnostics
    wrapped.__cause__ = error
    return wrapped


def own_error(failure: BaseException) -> Error | None:
    """The error of this package that is at the bottom of a failure of the HTTP library, if any."""
    return next((it for it in causes_of(failure) if isinstance(it, Error)), None)


def describe(failure: BaseException) -> TransportError:
    """A failure of the connection in Go's words."""
    causes = list(causes_of(failure))
    error = TransportError(next(filter(None, map(_text, causes)), str(causes[-1])))
    error.__cause__ = next((it for it in causes if isinstance(it, _TEMPORARY)), causes[-1])
    return error


def describe_reading(failure: BaseException) -> Error:
    """A failure of the connection in the middle of an answer, likewise."""
    error = describe(failure)
    if error.message == _UNEXPECTED_EOF:
        return TruncatedError(error.message)
    if any(isinstance(it, MalformedAnswerError) for it in causes_of(failure)):
        return Error(error.message)
    return error


def causes_of(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what caused it: the library keeps that in several places."""
    seen: set[int] = set()
    waiting: list[Any] = [failure]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, getattr(found, "reason", None), *found.args]
        waiting += [getattr(found, "original_error", None), found.__context__]


def _text(cause: BaseException) -> str:
    if isinstance(cause, DialError):
        return cause.text
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: x509: {_certificate_text(cause)}"
    if isinstance(cause, ssl.SSLError) and cause.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return "http: server gave HTTP response to HTTPS client"
    if isinstance(cause, HTTPError):
        return str(cause)
    if isinstance(cause, ConnectionResetError):
        return "read: connection reset by peer"
    if isinstance(cause, BrokenPipeError):
        return "write: broken pipe"
    return ""


def _certificate_text(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return "certificate signed by unknown authority"
    if error.verify_code == _EXPIRED:
        return "certificate has expired or is not yet valid"
    return error.verify_message


def wait_after(error: BaseException, predicate: _Predicate = None) -> float | None:
    """Seconds to wait at least before trying again; ``None`` if it would fail again.

    Args:
        error: why the try failed.
        predicate: decides instead of the default one.
    """
    if isinstance(error, CancelledError) or not isinstance(error, Error):
        return None
    if not (predicate or _default_predicate)(error):
        return None
    return getattr(error, "asked_to_wait", 0.0)


def _default_predicate(error: Error) -> bool:
    """``defaultRetryPredicate``, which is written to the log."""
    if not isinstance(error, TransportError) or not _is_temporary(error):
        return False
    _log.warning("retrying %s", error.message)
    return True


def _is_temporary(error: TransportError) -> bool:
    if error.status or error.diagnostics:
        return error.temporary()
    return any(isinstance(cause, _TEMPORARY) for cause in causes_of(error))
