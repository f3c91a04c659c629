"""A registry in this process, for tests: pkg/registry through native/registry.go.

Go calls the blob handler and the logger back by the number of ``_Callbacks``, from threads of its
own.
"""

from __future__ import annotations

import io
import json

from pyggcr._go.python_value import PythonValue
from pyggcr._go.streams import GoStream
from pyggcr._go.table import function
from pyggcr._os.closeable import Closeable
from pyggcr._values.registry import cause
from pyggcr.errors import BlobNotFoundError, RedirectError
from pyggcr.v1.hash import new_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from typing import Any, BinaryIO, cast

    from typing_extensions import Buffer

    from pyggcr._go.handle import Handle
    from pyggcr._values.registry import BlobHandler, ServerCertificate
else:
    from pyggcr._typing import cast

__all__ = ["serve"]


class GoRegistry(Closeable):
    """A registry that Go serves until it is closed.

    Attributes:
        address: host and port.
    """

    def __init__(self, handle: Handle, callbacks: _Callbacks | None) -> None:
        self._handle = handle
        self._callbacks = callbacks  # lives as long as Go may call it
        self.address: str = function("registry.Address")(handle)

    def close(self) -> None:
        """Stop serving, and cut all connections. Idempotent."""
        self._handle.close()


class _Callbacks(PythonValue):
    """What Go calls while it serves: a blob handler, and a logger."""

    __slots__ = ("_handler", "_logger")

    def __init__(self, handler: BlobHandler | None, logger: logging.Logger | None) -> None:
        super().__init__(cast("Any", (handler, logger)), limited=False)
        self._handler: Any = handler
        self._logger = logger

    def answer(self, number: int, method: str, argument: str) -> int | bytes:  # noqa: ARG002
        """What the handler answers: a number, or a description of what it raised."""
        return self._context.copy().run(self._answer, method, argument)

    def _answer(self, method: str, argument: str) -> int | bytes:
        if method == "log":
            if self._logger is not None:
                self._logger.info("%s", argument)
            return 0
        digest, stream, repository = argument.split("\0", 2)
        content = _Content(int(stream), ()) if method == "put" else None
        given = () if content is None else (io.BufferedReader(content),)
        try:
            answer = getattr(self._handler, method)(repository, new_hash(digest), *given)
        except BaseException as error:  # noqa: BLE001  (the registry answers it)
            failed = None if content is None else content.failed
            return json.dumps(_described(error, failed)).encode()
        finally:
            if content is not None:
                content.close()
        if method == "get":
            return self.add_file(cast("BinaryIO", answer))
        return int(answer) if method == "stat" else 0


class _Content(GoStream):
    """What is pushed; remembers the error that it ended with."""

    failed: Exception | None = None

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer as far as one read of Go does; 0 at the end."""
        try:
            return super().readinto(buffer)
        except Exception as error:
            self.failed = error
            raise


def _described(error: BaseException, failed: Exception | None) -> dict[str, object]:
    """An exception of a handler, as native/registry.go reads it."""
    text = str(error)
    if cause(error, BlobNotFoundError) is not None:
        return {"kind": "not found", "text": text}
    redirect = cause(error, RedirectError)
    if isinstance(redirect, RedirectError):
        return {
            "kind": "redirect",
            "text": text,
            "location": redirect.location,
            "code": redirect.code,
        }
    if failed is not None and _leads_to(error, failed):
        return {"kind": "content", "text": text}
    return {"kind": "other", "text": text}


def _leads_to(error: BaseException | None, wanted: BaseException) -> bool:
    while error is not None and error is not wanted:
        error = error.__cause__
    return error is wanted


def serve(
    *,
    address: str,
    referrers: bool,
    folder: str | None,
    blob_handler: BlobHandler | None,
    warnings: Mapping[float, str],
    logger: logging.Logger | None,
    tls: ServerCertificate | None,
) -> GoRegistry:
    """Serve a registry (``registry.New``).

    Args:
        address: host and port to listen on; port 0 for any that is free.
        referrers: whether it has the referrers API (``WithReferrersSupport``).
        folder: where it keeps blobs (``NewDiskBlobHandler``); in memory if there is none.
        blob_handler: what keeps blobs instead (``WithBlobHandler``).
        warnings: texts of ``Warning`` headers by their probability (``WithWarning``).
        logger: gets a line for each request (``Logger``).
        tls: the certificate to show; ``None`` for plain HTTP.

    Raises:
        TransportError: it cannot listen there.
    """
    called = blob_handler is not None or logger is not None
    callbacks = _Callbacks(blob_handler, logger) if called else None
    options = {
        "address": address,
        "referrers": referrers,
        "folder": folder or "",
        "warnings": [{"probability": it, "text": warnings[it]} for it in warnings],
        "certificate": "" if tls is None else tls.certificate.decode(),
        "key": "" if tls is None else tls.key.decode(),
        "handler": blob_handler is not None,
        "stats": hasattr(blob_handler, "stat"),
        "puts": hasattr(blob_handler, "put"),
        "deletes": hasattr(blob_handler, "delete"),
        "logs": logger is not None,
    }
    return GoRegistry(function("registry.Serve")(options, callbacks), callbacks)
