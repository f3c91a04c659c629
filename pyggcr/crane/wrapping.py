"""Put words before the message of an error, as Go does with ``fmt.Errorf("…: %w", err)``."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator

from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = ["LogFatalError", "fatal", "with_prefix", "wrapped"]

_E = TypeVar("_E", bound=Error)


class LogFatalError(Error):
    """An error on which the command ``crane`` ends by ``log.Fatal``, with a time and no ``Error:``.

    Its ``__cause__`` is the error itself.
    """


def with_prefix(error: _E, prefix: str) -> _E:
    """Copy an error, with a prefix and a colon before its message.

    Args:
        error: the error.
        prefix: the words to put before the message, without the colon.

    Returns:
        An error of the same class with the same details.

    Examples:
        >>> str(with_prefix(Error("no such file"), "reading layer"))
        'reading layer: no such file'
    """
    copied = copy.copy(error)
    copied.message = f"{prefix}: {error.message}"
    copied.args = (copied.message,)
    return copied


@contextlib.contextmanager
def wrapped(prefix: str) -> Iterator[None]:
    """Put a prefix before the message of errors in the block.

    Args:
        prefix: the words to put before the message, without the colon.

    Raises:
        Error: the error of the block, with the prefix.
    """
    try:
        yield
    except Error as error:
        raise with_prefix(error, prefix) from error


@contextlib.contextmanager
def fatal(prefix: str) -> Iterator[None]:
    """Turn errors in the block into ``LogFatalError``, with a prefix before the message.

    Args:
        prefix: the words to put before the message, without the colon.

    Raises:
        LogFatalError: an error in the block.
    """
    try:
        yield
    except LogFatalError:
        raise
    except Error as error:
        raise LogFatalError(f"{prefix}: {error.message}") from error
