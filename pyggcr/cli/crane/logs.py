"""What the library logs, as crane shows it: Go's log on standard error, warnings at the end.

On the Go engine go-containerregistry writes its log itself; on the Python engine its twins log
through ``logging``, as do the functions of pkg/crane for both.
"""

from __future__ import annotations

import logging
import os

from pyggcr.cli.crane import streams

__all__ = ["hide", "report_warnings", "show"]

_NOTICES = "pyggcr._python.remote.notices"
_REQUESTS = "pyggcr.requests"
_SILENT = logging.CRITICAL + 1


class _Handler(logging.Handler):
    """Writes lines; what registries tell people is kept for the end."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == _NOTICES:
            self.warnings.add(record.__dict__["told"])
        elif "plain" in record.__dict__:
            streams.write_error(f"{record.getMessage()}\n")
        else:
            streams.log(record.getMessage())

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  (logging's)
        raise  # noqa: PLE0704  (called while an exception is handled)


_handler = _Handler()


def show(engine: str, *, verbose: bool) -> None:
    """Show what is logged from now on."""
    _handler.warnings.clear()
    log = logging.getLogger("pyggcr")
    if _handler not in log.handlers:
        log.addHandler(_handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    if engine == "go":
        from pyggcr._os import go_log

        go_log.show(2, debug=verbose)
        go_log.warnings()
    logging.getLogger(_REQUESTS).setLevel(_SILENT if engine == "go" else logging.NOTSET)


def hide() -> None:
    """Show nothing from now on."""
    from pyggcr._os import go_log

    log = logging.getLogger("pyggcr")
    log.removeHandler(_handler)
    log.setLevel(logging.NOTSET)
    logging.getLogger(_REQUESTS).setLevel(logging.NOTSET)
    go_log.hide()


def report_warnings() -> None:
    """Print what registries told people, each once (``warnTransport.Report``)."""
    from pyggcr._os import go_log

    told = _handler.warnings.union(go_log.warnings())
    plain = os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ
    prefix = "[WARNING]:" if plain else "\033[1;33m[WARNING]\033[0m:"
    for warning in sorted(told):
        streams.write_error(f"{prefix} {warning}\n")
