"""The errors that pyggcr raises.

There is one class for each kind of error that a caller would handle differently, and each derives
also from the builtin class that a Python programmer would expect. ``str(error)`` is the text of
go-containerregistry, the same on both engines.

Four classes may come from any call, and are not named by every function: ``CancelledError`` and
``DeadlineExceededError`` under ``pyggcr.limits.limit``; ``EngineUnavailableError`` (and its
subclass ``ForkedProcessError``) if the engine does not work here; and ``NativePanicError`` from the
Go engine.

>>> from pyggcr import name
>>> try:
...     name.new_tag("app:")
... except ValueError as error:
...     print(type(error).__name__, str(error), sep=": ")
InvalidReferenceError: app: must specify a tag name after the colon
"""

from __future__ import annotations

import math

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "AmbiguousImageError",
    "ArchiveError",
    "ArtifactError",
    "BlobNotFoundError",
    "BuildError",
    "BuildInfoError",
    "CancelledError",
    "ClosedError",
    "CompressionError",
    "ConfigurationError",
    "DaemonError",
    "DaemonImageNotFoundError",
    "DaemonUnavailableError",
    "DeadlineExceededError",
    "Diagnostic",
    "EngineUnavailableError",
    "Error",
    "FileAccessError",
    "ForkedProcessError",
    "ImageNotFoundError",
    "InvalidHashError",
    "InvalidPlatformError",
    "InvalidReferenceError",
    "JSONError",
    "LayerCacheError",
    "LayerNotFoundError",
    "LinkCycleError",
    "MismatchedLayersError",
    "MissingFileError",
    "MissingPathError",
    "NativePanicError",
    "PathPermissionError",
    "RedirectError",
    "RepairError",
    "SourceChangedError",
    "StateError",
    "StreamConsumedError",
    "StreamNotComputedError",
    "TagNotFoundError",
    "TransportError",
    "TruncatedError",
    "UnknownBlobError",
    "UnknownDiffIDError",
    "UnknownProfileError",
    "UnsupportedOptionError",
    "ValidationError",
]


class Error(Exception):
    """The base class of all errors of this package.

    Attributes:
        message: the text of go-containerregistry, which ``str()`` returns.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key != "message"}
        return (_rebuild, (type(self), self.message, state))


def _rebuild(kind: type[Error], message: str, state: dict[str, Any]) -> Error:
    error = kind(message)
    for name, value in state.items():
        setattr(error, name, value)
    return error


class InvalidHashError(Error, ValueError):
    """A text is not a digest (``v1.NewHash``), or its algorithm is unknown (``v1.Hasher``)."""


class InvalidReferenceError(Error, ValueError):
    """A text is not a registry, a repository, a tag or a digest reference (``name.ErrBadName``)."""


class InvalidPlatformError(Error, ValueError):
    """A text is not a platform (``v1.ParsePlatform``)."""


class JSONError(Error, ValueError):
    """A JSON document is malformed, or a value in it has the wrong type (``encoding/json``)."""


class ArchiveError(Error, ValueError):
    """An archive cannot be used as an image (``archive/tar``, ``pkg/v1/tarball``)."""


class TruncatedError(ArchiveError, EOFError):
    """Data ends too early: ``io.ErrUnexpectedEOF`` ("unexpected EOF") or ``io.EOF`` ("EOF")."""


class MissingFileError(ArchiveError, LookupError):
    """An archive lacks a file: ``file … not found in tar``."""


class LinkCycleError(ArchiveError):
    """Links inside an archive form a circle: ``link cycle detected for …``."""


class AmbiguousImageError(ArchiveError):
    """An archive has several images or none, and no tag selects one."""


class TagNotFoundError(ArchiveError, LookupError):
    """No image in the archive has the tag: ``tag … not found in tarball``."""


class ImageNotFoundError(ArchiveError, LookupError):
    """No image of a store or index has the digest, or is for the platform."""


class RepairError(ArchiveError):
    """An archive cannot be repaired without inventing what it lacks."""


class BuildError(Error, ValueError):
    """The input of ``pyggcr.build`` or ``convert`` cannot become a layer or an image."""


class BuildInfoError(Error, ValueError):
    """A file is not a Go executable (``debug/buildinfo``) or module file, or is malformed."""


class ArtifactError(Error, ValueError):
    """The input of ``pyggcr.artifact`` is not an artifact, or must not be written to a folder."""


class ConfigurationError(Error, ValueError):
    """A configuration file of the user is wrong, such as a baseline or a file for ``sync``."""


class SourceChangedError(BuildError):
    """A file or folder changed while ``pyggcr.build`` read it."""


class LayerCacheError(Error, RuntimeError):
    """The file of a layer cache is refused, or named another blob than compressing gives."""


class StateError(Error, ValueError):
    """The file with the state of a long job cannot be used, or is in use."""


class CompressionError(Error, ValueError):
    """Compressed data is damaged (``compress/gzip``, ``compress/flate``, zstd)."""


class UnknownBlobError(Error, LookupError):
    """No blob of the image has this digest: ``unknown blob …`` or ``blob … not found``."""


class BlobNotFoundError(Error, LookupError):
    """The blob handler of a registry does not have the blob (``registry.ErrNotFound``)."""

    def __init__(self, message: str = "not found") -> None:
        super().__init__(message)


class RedirectError(Error, LookupError):
    """A blob handler knows another address of the blob (``registry.RedirectError``).

    Attributes:
        location: the address.
        code: the HTTP status to send; default 307.
    """

    def __init__(self, location: str = "", code: int = 307) -> None:
        super().__init__(f"redirecting ({code}): {location}")
        self.location = location
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.location, self.code))


class UnknownDiffIDError(Error, LookupError):
    """No layer of the image has this DiffID: ``unknown diffID …`` or ``diff id … not found``."""


class LayerNotFoundError(Error, LookupError):
    """A cache does not have the layer (``cache.ErrNotFound``)."""

    def __init__(self, message: str = "layer was not found") -> None:
        super().__init__(message)


class MismatchedLayersError(Error, ValueError):
    """Manifest and config list different numbers of layers."""


class ValidationError(Error, ValueError):
    """The problems that ``pkg/v1/validate`` found, one in each line of the text."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems one by one, in Go's order."""
        return tuple(line for line in self.message.split("\n") if line)


class StreamNotComputedError(Error, ValueError):
    """A value of a layer is not known before its stream was read (``stream.ErrNotComputed``)."""


class StreamConsumedError(Error, ValueError):
    """A layer over a stream was read a second time (``stream.ErrConsumed``)."""


class FileAccessError(Error, OSError):
    """The operating system refused to open, read or write a file (``fs.PathError``).

    Attributes:
        errno: the number of the system's error; ``None`` if it is not known.
    """

    def __init__(self, message: str = "", errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild, (kind, message, state) = super().__reduce__()
        # OSError does not keep it where other attributes are.
        return (rebuild, (kind, message, {**state, "errno": self.errno}))


class MissingPathError(FileAccessError, FileNotFoundError):
    """A file does not exist: ``open …: no such file or directory``."""


class PathPermissionError(FileAccessError, PermissionError):
    """A file may not be read: ``open …: permission denied``."""


# Codes and statuses that may be gone next time (temporaryErrorCodes, temporaryStatusCodes).
_TEMPORARY_CODES = frozenset({"BLOB_UPLOAD_INVALID", "TOOMANYREQUESTS", "UNKNOWN", "UNAVAILABLE"})
_TEMPORARY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error as a registry reports it (``transport.Diagnostic``); ``str()`` is Go's text.

    Attributes:
        code: such as ``MANIFEST_UNKNOWN``.
        message: a text for people.
        detail: any JSON value, parsed; ``None`` if there is none.
    """

    code: str
    message: str = ""
    detail: Any = None

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}"
        return text if self.detail is None else f"{text}; {_plain_text(self.detail)}"


class TransportError(Error, OSError):
    """A registry refused a request or was not reached (``transport.Error``, ``url.Error``).

    Attributes:
        method: the method of the request; empty if it is not known.
        url: the address of the request, without secrets; empty if it is not known.
        status: the HTTP status; 0 if there was no answer.
        diagnostics: the errors that the registry reported, if its answer has the known form.
        marked_temporary: whether the request is repeated because of its status alone.
        asked_to_wait: the seconds to wait that the registry asked for (the header ``Retry-After``);
            0.0 if it named none, and on the Go engine, which drops the header.
    """

    def __init__(
        self,
        message: str = "",
        method: str = "",
        url: str = "",
        status: int = 0,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(message)
        self.method = method
        self.url = url
        self.status = status
        self.diagnostics = diagnostics
        self.asked_to_wait: float = 0.0
        self.marked_temporary = False

    def temporary(self) -> bool:
        """Tell whether the same request may succeed later (``Error.Temporary``).

        That is so if all diagnostics have a code such as ``TOOMANYREQUESTS``; without any, if the
        status is 408, 429, 500, 502, 503 or 504. Without an answer it is false. An error that a
        ``retry_predicate`` gets because of a status is always temporary.

        Returns:
            Whether it is temporary.

        Examples:
            >>> TransportError("overloaded", status=503).temporary()
            True
        """
        if self.marked_temporary:
            return True
        if self.diagnostics:
            return all(it.code in _TEMPORARY_CODES for it in self.diagnostics)
        return self.status in _TEMPORARY_STATUSES


class DaemonError(Error, OSError):
    """A Docker daemon refused a request, or its answer is incomplete or malformed.

    Attributes:
        status: the HTTP status of the answer; ``None`` if there was none.
    """

    def __init__(self, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DaemonUnavailableError(DaemonError):
    """No Docker daemon could be reached: no socket, no permission, refused, or another server."""


class DaemonImageNotFoundError(DaemonError, LookupError):
    """The Docker daemon does not have the image."""


class UnsupportedOptionError(Error, ValueError):
    """Options contradict each other, are out of range, or are not supported by the engine."""


class UnknownProfileError(Error, LookupError):
    """No gzip profile is known for a release of Go, or for the platform it was built for."""


class EngineUnavailableError(Error, RuntimeError):
    """An engine is not available; the message says why and what to do."""


class ForkedProcessError(EngineUnavailableError):
    """The Go engine was used before a fork, which Go's runtime does not survive."""


class ClosedError(Error, ValueError):
    """An image, a layer, a stream or a client was used after it was closed."""


class CancelledError(Error, RuntimeError):
    """The work was cancelled (Go's ``context.Canceled``)."""


class DeadlineExceededError(CancelledError, TimeoutError):
    """The work took longer than its timeout (Go's ``context.DeadlineExceeded``)."""


class NativePanicError(Error, RuntimeError):
    """Go code panicked, which is a bug, here or in go-containerregistry.

    The process can go on.

    Attributes:
        go_stack: the stack of the goroutine, as Go prints it.
    """

    def __init__(self, message: str = "", go_stack: str = "") -> None:
        super().__init__(message)
        self.go_stack = go_stack


def _plain_text(value: Any) -> str:
    """A JSON value as Go prints it with ``%v``."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _go_float(float(value))
    if isinstance(value, dict):
        # In the order of bytes, as Go compares strings.
        keys = sorted(value, key=lambda key: key.encode("utf-8", "surrogatepass"))
        return f"map[{' '.join(f'{key}:{_plain_text(value[key])}' for key in keys)}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_plain_text, value))}]"
    return str(value)


def _go_float(number: float) -> str:
    """A ``float64`` as ``%v`` prints it: with an exponent below 1e-4 and from 1e6 on."""
    from decimal import Decimal  # only here: details of a refusal seldom hold numbers

    sign = "-" if math.copysign(1.0, number) < 0 else ""
    shortest = Decimal(repr(abs(number))).normalize()
    digits = "".join(map(str, shortest.as_tuple().digits))
    exponent = shortest.adjusted()  # of the first digit
    if exponent < -4 or exponent >= 6:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    return sign + format(shortest, "f")
