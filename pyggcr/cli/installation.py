"""What an installation lacks, and how to get it: compiled parts are optional, but not unimportant.

Without the accelerator everything works, and some of it takes a hundred times as long.
``warn_once`` says so to a person at a terminal, the first time; ``pyggcr engines`` gives the
``advice`` each time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


__all__ = ["VARIABLE", "advice", "warn_once"]

VARIABLE = "PYGGCR_HINTS"

_ACCELERATOR_VARIABLE = "PYGGCR_ACCELERATOR"
_MARKER = "said-that-the-accelerator-is-missing"

_AGAIN = "pip install --force-reinstall --no-deps --no-cache-dir --no-binary pyggcr pyggcr"
_COMPILER = (
    "a C compiler and Python's headers (Debian: apt install gcc python3-dev; Fedora: dnf install "
    "gcc python3-devel; Alpine: apk add gcc musl-dev python3-dev; macOS: xcode-select --install)"
)
_GO_COMPILER = (
    "a C compiler (Debian: apt install gcc libc6-dev); pip fetches Go where there is none"
)


def advice() -> Iterator[str]:
    """One paragraph for each part that is missing: why, what that means and what to install."""
    from pyggcr._gostd import accelerator
    from pyggcr.engine import engines

    if reason := accelerator.why_missing():
        cure = f"Install {_COMPILER}, then run: {_AGAIN}"
        if os.environ.get(_ACCELERATOR_VARIABLE) == "0":
            cure = f"Unset {_ACCELERATOR_VARIABLE} to use it."
        yield (
            f"The C accelerator is missing: {reason}. Results are the same without it, but "
            f"compressing takes up to 100 times as long. {cure}"
        )
    go = engines()["go"]
    if not go.available:
        reason = f"{go.reason[:1].upper()}{go.reason[1:]}"
        yield (
            f"{reason}. The Python engine gives the same answers. "
            f"To have both, install {_GO_COMPILER}. Then run: {_AGAIN}"
        )


def warn_once(stream: TextIO | None = None) -> None:
    """Say that the accelerator is missing: on a terminal, once per user, unless PYGGCR_HINTS=0."""
    stream = stream or sys.stderr
    wanted = os.environ.get(VARIABLE) != "0" and os.environ.get(_ACCELERATOR_VARIABLE) != "0"
    if not wanted or not stream.isatty() or _was_built() or not _is_first_time():
        return
    stream.write(
        "pyggcr: hint: this installation has no C accelerator, so compressing takes up to 100 "
        "times as long; `pyggcr engines` says what to install. This is said once "
        f"({VARIABLE}=0: never).\n"
    )


def _was_built() -> bool:
    """Whether the accelerator is there, by its file: loading it takes longer than many commands."""
    import pyggcr._gostd

    folder = os.path.dirname(str(pyggcr._gostd.__file__))
    return any(name.startswith("_accelerator.") for name in os.listdir(folder))


def _is_first_time() -> bool:
    """Whether this user was told nothing yet; remembers that this has changed.

    Where nothing can be remembered, each time is the first.
    """
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(folder, "pyggcr")
    try:
        os.makedirs(folder, exist_ok=True)
        os.close(os.open(os.path.join(folder, _MARKER), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    except OSError:
        return True
    return True
