"""Every error that pyggcr raises on purpose.

One class per kind that a caller would handle differently; each also subclasses the builtin
that a Python programmer would expect to catch. ``str(error)`` is go-containerregistry's own
text, the same on both engines. Nothing here does I/O or knows about an engine.
"""

from __future__ import annotations

import math
from typing import Any

from pyggcr._dataclasses import dataclass

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
    """Base class of all errors of this package; ``str()`` gives Go's text."""

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
    """A string is not a digest: ``v1.NewHash``, or an algorithm that ``v1.Hasher`` lacks."""


class InvalidReferenceError(Error, ValueError):
    """A string is not a registry, repository, tag or digest reference (``name.ErrBadName``)."""


class InvalidPlatformError(Error, ValueError):
    """A string is not a platform (``v1.ParsePlatform``)."""


class JSONError(Error, ValueError):
    """A JSON document is malformed or has a value of the wrong type (``encoding/json``)."""


class ArchiveError(Error, ValueError):
    """An archive cannot be used as an image (``archive/tar``, ``pkg/v1/tarball``)."""


class TruncatedError(ArchiveError, EOFError):
    """Data ends too early: ``io.ErrUnexpectedEOF`` ("unexpected EOF") or ``io.EOF`` ("EOF")."""


class MissingFileError(ArchiveError, LookupError):
    """The archive has no such entry: ``file … not found in tar``."""


class LinkCycleError(ArchiveError):
    """Links inside the archive lead back to themselves: ``link cycle detected for …``."""


class AmbiguousImageError(ArchiveError):
    """Several images, or none, and no tag was given to choose one."""


class TagNotFoundError(ArchiveError, LookupError):
    """No image in the archive carries the tag: ``tag … not found in tarball``."""


class ImageNotFoundError(ArchiveError, LookupError):
    """No image of a store has the digest, or is for the platform, that was asked for."""


class RepairError(ArchiveError):
    """What an archive lacks or contradicts cannot be repaired without inventing something."""


class BuildError(Error, ValueError):
    """What ``pyggcr.build`` or ``convert`` was given cannot become a layer or an image."""


class BuildInfoError(Error, ValueError):
    """A file is no Go executable (``debug/buildinfo``) and no module file, or makes no sense."""


class ArtifactError(Error, ValueError):
    """What ``pyggcr.artifact`` was given is no artifact, or must not be written to a folder."""


class ConfigurationError(Error, ValueError):
    """A file of the user's that says what to do is wrong: a baseline, or one of ``sync``."""


class SourceChangedError(BuildError):
    """A file or folder changed while ``pyggcr.build`` read it."""


class StateError(Error, ValueError):
    """The file in which a long job keeps what it has done cannot be used, or is in use."""


class CompressionError(Error, ValueError):
    """Compressed data is damaged (``compress/gzip``, ``compress/flate``, zstd)."""


class UnknownBlobError(Error, LookupError):
    """No blob of the image has this digest: ``unknown blob …`` or ``blob … not found``."""


class BlobNotFoundError(Error, LookupError):
    """A blob handler of a registry has no such blob (``registry.ErrNotFound``)."""

    def __init__(self, message: str = "not found") -> None:
        super().__init__(message)


class RedirectError(Error, LookupError):
    """A blob handler of a registry has the blob at another address (``registry.RedirectError``).

    Attributes:
        location: the address.
        code: the status of HTTP to send, such as 307.
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
    """A cache has no such layer (``cache.ErrNotFound``)."""

    def __init__(self, message: str = "layer was not found") -> None:
        super().__init__(message)


class MismatchedLayersError(Error, ValueError):
    """Manifest and config disagree on the number of layers."""


class ValidationError(Error, ValueError):
    """What ``pkg/v1/validate`` found wrong; the text names each problem, as Go's does."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The findings one by one, in Go's order (the lines of the text)."""
        return tuple(line for line in self.message.split("\n") if line)


class StreamNotComputedError(Error, ValueError):
    """A layer over a stream was asked what only reading it can tell (``stream.ErrNotComputed``)."""


class StreamConsumedError(Error, ValueError):
    """A layer over a stream was read a second time (``stream.ErrConsumed``)."""


class FileAccessError(Error, OSError):
    """The operating system refused: Go's ``fs.PathError`` text, and ``errno`` where known."""

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
    """One error as a registry reports it (``transport.Diagnostic``); ``str()`` is Go's text.

    Attributes:
        code: such as ``MANIFEST_UNKNOWN``.
        detail: any JSON value, parsed; ``None`` where there is none.
    """

    code: str
    message: str = ""
    detail: Any = None

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}"
        return text if self.detail is None else f"{text}; {_plain_text(self.detail)}"


class TransportError(Error, OSError):
    """A registry refused a request, or could not be reached (``transport.Error``, ``url.Error``).

    Attributes:
        method: the request's method; empty if it is not known.
        url: the request's address, without secrets; empty if it is not known.
        status: the HTTP status; 0 if there was no answer.
        diagnostics: what the registry said is wrong, as far as it said so in the known form.
        marked_temporary: whether the request is repeated because of its status alone.
        asked_to_wait: the seconds after which the registry wants to be asked again (the header
            ``Retry-After``); 0.0 if it named none, and on the Go engine, which drops the header.
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
        """Whether the same request may succeed later (``Error.Temporary``).

        So it is if all diagnostics have a code such as ``TOOMANYREQUESTS``; without any, if the
        status is 408, 429, 500, 502, 503 or 504. Where there was no answer it is false. What a
        ``retry_predicate`` gets because of a status is temporary in any case.
        """
        if self.marked_temporary:
            return True
        if self.diagnostics:
            return all(it.code in _TEMPORARY_CODES for it in self.diagnostics)
        return self.status in _TEMPORARY_STATUSES


class DaemonError(Error, OSError):
    """A Docker daemon refused a request, or its answer broke off or makes no sense.

    Attributes:
        status: the HTTP status of the answer; ``None`` if it is not an answer that is wrong.
    """

    def __init__(self, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DaemonUnavailableError(DaemonError):
    """No Docker daemon could be reached: no socket, no permission, refused, or another server."""


class DaemonImageNotFoundError(DaemonError, LookupError):
    """The Docker daemon has no such image."""


class UnsupportedOptionError(Error, ValueError):
    """The chosen engine cannot do what an option asks for (say, another gzip profile)."""


class UnknownProfileError(Error, LookupError):
    """No gzip profile is known for a release of Go, or for the platform it built for."""


class EngineUnavailableError(Error, RuntimeError):
    """An engine was asked for that is not there; the text says why and what to do."""


class ForkedProcessError(EngineUnavailableError):
    """The Go engine was used before a fork; Go's runtime does not survive one."""


class ClosedError(Error, ValueError):
    """An image, layer or stream was used after it was closed."""


class CancelledError(Error, RuntimeError):
    """The work was cancelled (Go's ``context.Canceled``)."""


class DeadlineExceededError(CancelledError, TimeoutError):
    """The work took longer than its timeout (Go's ``context.DeadlineExceeded``)."""


class NativePanicError(Error, RuntimeError):
    """Go code panicked: a bug, here or in go-containerregistry. The process lives on.

    Attributes:
        go_stack: the goroutine's stack at the panic, as Go prints it.
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
