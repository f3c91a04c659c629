"""``crane registry serve``: a registry until Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import threading

from pyggcr.cli.crane import streams
from pyggcr.cli.crane.cobra import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["serve"]


class _ToLog(logging.Handler):
    """Writes what the registry logs as crane does."""

    def emit(self, record: logging.LogRecord) -> None:
        streams.log(record.getMessage())


def serve(session: Session) -> None:
    """``crane registry serve``; like crane it listens on all addresses, if none is given."""
    from pyggcr import registry
    from pyggcr.crane.wrapping import LogFatalError
    from pyggcr.errors import TransportError

    folder = session.flag("disk") or None
    if session.given("blobs-to-disk"):
        if folder:
            raise CommandError("--disk and --blobs-to-disk can't be used together")
        folder = tempfile.mkdtemp(prefix="craneregistry")
    address = session.flag("address") or f":{os.environ.get('PORT') or 0}"
    logger = logging.Logger("crane registry")  # noqa: LOG001  (nobody else's)
    logger.addHandler(_ToLog())
    try:
        started = registry.serve(address, folder=folder, logger=logger)
    except TransportError as error:
        raise LogFatalError(error.message) from error
    with started as server:
        with contextlib.suppress(KeyboardInterrupt):
            if folder:
                streams.log(f"storing blobs in {folder}")
            streams.log(f"serving on port {server.host.rpartition(':')[2]}")
            threading.Event().wait()
        streams.log("shutting down...")
