"""Logs requests on the logger ``pyggcr.requests``, for debugging: ``crane -v``.

Heads are logged, never bodies, and only those headers that hold no secrets. The engines remove
secrets from addresses before they log them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyggcr._os.logs import Log

__all__ = ["SHOWN", "enabled", "flush", "flushed_by", "tell_answer", "tell_failure", "tell_request"]

# In lower case. Addresses in them are an engine's to redact.
SHOWN = frozenset(
    {
        "accept",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "docker-content-digest",
        "docker-distribution-api-version",
        "docker-upload-uuid",
        "etag",
        "location",
        "oci-filters-applied",
        "oci-subject",
        "range",
        "retry-after",
        "server",
        "user-agent",
        "warning",
        "www-authenticate",
    }
)

_CREDENTIALS = "authorization"  # that they are there is told, not what they are

Headers = Mapping[str, Iterable[str]]

_log = Log("pyggcr.requests")
_flushers: list[Callable[[], None]] = []


def enabled() -> bool:
    """Whether anybody listens."""
    return _log.enabled()


def tell_request(method: str, url: str, headers: Headers) -> None:
    """A request is about to be made."""
    _log.debug("--> %s %s%s", method, url, _lines(headers))


def tell_answer(method: str, url: str, status: int, seconds: float, headers: Headers) -> None:
    """It was answered, so many seconds later."""
    _log.debug("<-- %d %s %s (%.1f ms)%s", status, method, url, seconds * 1000, _lines(headers))


def tell_failure(method: str, url: str, seconds: float, text: str) -> None:
    """It was not."""
    _log.debug("<-- %s %s %s (%.1f ms)", text, method, url, seconds * 1000)


def _lines(headers: Headers) -> str:
    shown = {name.title(): values for name, values in headers.items() if name.lower() in SHOWN}
    if any(name.lower() == _CREDENTIALS for name in headers):
        shown[_CREDENTIALS.title()] = ["<redacted>"]
    return "".join(f"\n{name}: {value}" for name in sorted(shown) for value in shown[name])


def flushed_by(function: Callable[[], None]) -> None:
    """Take a function that waits until all that happened was told."""
    _flushers.append(function)


def flush() -> None:
    """Wait until all that happened was told."""
    for function in _flushers:
        function()
