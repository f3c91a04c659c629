"""From status codes of the library to exceptions: the twin of native/error.go."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pyggcr import errors
from pyggcr._go import library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["CLASSES", "exception", "from_text"]

# By the name of the status in pyggcr.h, without its prefix. A status that is not here, from a
# newer library, is the base class. OPENER_RAISED only shows when the exception itself is gone.
CLASSES: dict[str, type[errors.Error]] = {
    "ERROR": errors.Error,
    "PANIC": errors.NativePanicError,
    "CLOSED": errors.ClosedError,
    "CANCELLED": errors.CancelledError,
    "DEADLINE_EXCEEDED": errors.DeadlineExceededError,
    "OPENER_RAISED": errors.Error,
    "UNSUPPORTED_OPTION": errors.UnsupportedOptionError,
    "INVALID_HASH": errors.InvalidHashError,
    "INVALID_REFERENCE": errors.InvalidReferenceError,
    "INVALID_PLATFORM": errors.InvalidPlatformError,
    "JSON": errors.JSONError,
    "ARCHIVE": errors.ArchiveError,
    "TRUNCATED": errors.TruncatedError,
    "MISSING_FILE": errors.MissingFileError,
    "LINK_CYCLE": errors.LinkCycleError,
    "AMBIGUOUS_IMAGE": errors.AmbiguousImageError,
    "TAG_NOT_FOUND": errors.TagNotFoundError,
    "COMPRESSION": errors.CompressionError,
    "UNKNOWN_BLOB": errors.UnknownBlobError,
    "UNKNOWN_DIFF_ID": errors.UnknownDiffIDError,
    "MISMATCHED_LAYERS": errors.MismatchedLayersError,
    "VALIDATION": errors.ValidationError,
    "FILE_ACCESS": errors.FileAccessError,
    "MISSING_PATH": errors.MissingPathError,
    "PATH_PERMISSION": errors.PathPermissionError,
    "TRANSPORT": errors.TransportError,
    "IMAGE_NOT_FOUND": errors.ImageNotFoundError,
    "DAEMON": errors.DaemonError,
    "DAEMON_UNAVAILABLE": errors.DaemonUnavailableError,
    "DAEMON_IMAGE_NOT_FOUND": errors.DaemonImageNotFoundError,
    "STREAM_NOT_COMPUTED": errors.StreamNotComputedError,
    "STREAM_CONSUMED": errors.StreamConsumedError,
    "LAYER_NOT_FOUND": errors.LayerNotFoundError,
}

_PREFIX = "PYGGCR_"


def exception(ffi: Any, error: Any) -> errors.Error:
    """The exception for a ``pyggcr_error``; everything is copied out of it."""
    message = _text(ffi, error.message, error.message_size)
    return _exception(ffi, error.kind, message, _text(ffi, error.extra, error.extra_size))


def from_text(text: str) -> errors.Error:
    """The exception for an error that Go tells a Python function of (native/transport.go)."""
    kind, extra, message = text.split("\0", 2)
    return _exception(library.load().ffi, int(kind), message, extra)


def _exception(ffi: Any, code: int, message: str, extra_text: str) -> errors.Error:
    name = ffi.typeof("enum pyggcr_status_code").elements.get(code, "")
    kind = CLASSES.get(name.removeprefix(_PREFIX), errors.Error)
    extra = _parsed(extra_text or "{}")
    if issubclass(kind, errors.FileAccessError):
        return kind(message, extra.get("errno"))
    if issubclass(kind, errors.NativePanicError):
        return kind(message, extra.get("go_stack", ""))
    if issubclass(kind, errors.DaemonError):
        return kind(message, extra.get("status"))
    if issubclass(kind, errors.TransportError):
        return _transport_error(message, extra.get("transport", {}), bool(extra.get("temporary")))
    return kind(message)


def _parsed(extra: str) -> dict[str, Any]:
    """The document; without diagnostics if they are nested more deeply than Python can follow.

    They are a registry's, and come last in native/error_transport.go.
    """
    try:
        document: dict[str, Any] = json.loads(extra)
    except RecursionError:
        document = json.loads(extra[: extra.index(',"diagnostics":')] + "}}")
    return document


def _transport_error(
    message: str, failed: dict[str, Any], temporary: bool
) -> errors.TransportError:
    error = errors.TransportError(
        message,
        method=failed.get("method", ""),
        url=failed.get("url", ""),
        status=failed.get("status", 0),
        diagnostics=_diagnostics(failed.get("diagnostics") or ()),
    )
    error.marked_temporary = temporary
    return error


def _diagnostics(found: Iterable[dict[str, Any]]) -> tuple[errors.Diagnostic, ...]:
    """What the registry said; nothing if it says nothing that can be said again."""
    told = tuple(
        errors.Diagnostic(it.get("code", ""), it.get("message", ""), it.get("detail"))
        for it in found
    )
    try:
        list(map(str, told))
    except RecursionError:
        return ()
    return told


def _text(ffi: Any, data: Any, size: int) -> str:
    if not data:
        return ""
    text: str = ffi.unpack(data, size).decode("utf-8", "surrogateescape")
    return text
