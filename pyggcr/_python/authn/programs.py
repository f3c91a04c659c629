"""Run a program that knows credentials: a credential helper, or gcloud."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from pyggcr import limits
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO


__all__ = ["ProgramError", "find", "run"]

_POLL = 0.05  # seconds


class ProgramError(Error):
    """A program could not be started, or did not answer in time."""


def find(program: str) -> str | None:
    """The path of a program in ``PATH``; names with a slash are not looked for."""
    import shutil  # only here: few have a helper, and importing takes a while

    return None if os.sep in program else shutil.which(program)


def run(
    command: Sequence[str], given: bytes, timeout: float, errors: IO[bytes] | None = None
) -> tuple[int, bytes]:
    """Run a program without a shell, under the limits of the call.

    Args:
        command: the path of the program, and its arguments.
        given: what it reads.
        timeout: seconds.
        errors: where its standard error goes; this process's by default.

    Returns:
        Its exit code, and what it wrote.

    Raises:
        ProgramError: it cannot be started, or did not answer in time.
        CancelledError: a limit of the call was reached.
    """
    import subprocess  # only here: few have a helper, and importing takes a while

    try:
        process = subprocess.Popen(  # noqa: S603  (no shell; the user's configuration names it)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProgramError(f"fork/exec {command[0]}: {reason}") from None
    deadline = time.monotonic() + timeout
    asked: bytes | None = given
    with process:
        try:
            while True:
                try:
                    output = process.communicate(asked, timeout=_POLL)[0]
                    break
                except subprocess.TimeoutExpired:
                    asked = None  # it was given already
                limits.current().check()
                if time.monotonic() > deadline:
                    raise ProgramError(f"no answer within {timeout:.0f} seconds")
        except BaseException:
            process.kill()
            raise
    return process.returncode, output
