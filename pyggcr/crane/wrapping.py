"""Words before the text of an error, as Go's ``fmt.Errorf("…: %w", err)`` puts them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import TypeVar

from pyggcr.errors import Error

__all__ = ["LogFatalError", "fatal", "with_prefix", "wrapped"]

_E = TypeVar("_E", bound=Error)


class LogFatalError(Error):
    """What the command ``crane`` ends with by ``log.Fatal``: a time and the text, no ``Error:``.

    The functions raise it where crane does so; its ``__cause__`` is the error itself.
    """


def with_prefix(error: _E, prefix: str) -> _E:
    """A copy of an error whose text begins with a prefix and a colon; class and details stay.

    >>> str(with_prefix(Error("no such file"), "reading layer"))
    'reading layer: no such file'
    """
    copied = copy.copy(error)
    copied.message = f"{prefix}: {error.message}"
    copied.args = (copied.message,)
    return copied


@contextlib.contextmanager
def wrapped(prefix: str) -> Iterator[None]:
    """Put a prefix before the text of errors of the block."""
    try:
        yield
    except Error as error:
        raise with_prefix(error, prefix) from error


@contextlib.contextmanager
def fatal(prefix: str) -> Iterator[None]:
    """Raise errors of the block as ``LogFatalError``, with a prefix before their text."""
    try:
        yield
    except LogFatalError:
        raise
    except Error as error:
        raise LogFatalError(f"{prefix}: {error.message}") from error
