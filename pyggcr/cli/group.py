"""How a run ends: exit codes, one-line errors, Ctrl-C and broken pipes.

Every way out of a command passes through ``CommandLine.main``, also in tests.
"""

from __future__ import annotations

import os
import sys

from pyggcr.cli import reader
from pyggcr.cli.output import printable, write_note
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["CHECK_FAILED", "CommandLine", "HintedError"]

CHECK_FAILED = 1
_UNUSABLE = 2
# 128 plus the signal, as a shell reports a program that the signal ended.
_INTERRUPTED = 128 + 2
_BROKEN_PIPE = 128 + 13

TRACEBACK_VARIABLE = "PYGGCR_TRACEBACK"


class HintedError(Error):
    """An error whose text is the library's, with a hint for the user on a line of its own."""

    def __init__(self, message: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CommandLine(reader.Group):
    """A program that turns every outcome into an exit code and at most one error line.

    A command returns its exit code, or ``None`` for 0.
    """

    def main(self, arguments: Sequence[str] | None = None) -> NoReturn:
        """Run a command line and exit.

        Args:
            arguments: without the name of the program (default: those of this process).
        """
        _open_outputs()
        try:
            code = self.invoke(sys.argv[1:] if arguments is None else arguments, self.name)
            # The interpreter would flush at exit too, but could then only complain.
            sys.stdout.flush()
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - users see no traceback
            code = _exit_code(error)
            _flush_or_drop()
        sys.exit(code or 0)


def _open_outputs() -> None:
    """Let what nobody wants to hear go nowhere: Python has no stream where a shell closed one."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def _exit_code(error: BaseException) -> int:
    """The exit code after an error, which is reported unless the user knows of it."""
    if isinstance(error, KeyboardInterrupt):
        return _INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return _broken_pipe()
    if isinstance(error, HintedError):
        return _report(error.message, error.hint)
    if isinstance(error, (reader.CommandError, Error, OSError)):
        return _report(str(error), _helper_hint(str(error)))
    text = f"unexpected {type(error).__name__}: {error}"
    return _report(f"{text} (a bug; {TRACEBACK_VARIABLE}=1 shows where)")


def _helper_hint(text: str) -> str:
    """What to do where a credential helper is missing; else nothing."""
    if "docker-credential-" not in text:
        return ""
    from pyggcr.authn.helpers import install_hint

    return install_hint(text)


def _report(text: str, hint: str = "") -> int:
    if os.environ.get(TRACEBACK_VARIABLE, "") not in ("", "0"):
        import traceback

        traceback.print_exc()
    write_note(f"pyggcr: {printable(text.rstrip())}")
    if hint:
        write_note(f"pyggcr: hint: {printable(hint)}")
    return _UNUSABLE


def _broken_pipe() -> int:
    _drop_output()
    return _BROKEN_PIPE


def _flush_or_drop() -> None:
    """Write what is still buffered, or drop it if it cannot be written, as on a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    # The interpreter's own flush cannot fail then; since Python 3.14 that would be exit code 120.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
