# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Errors with more to say: ``fmt.Errorf("…: %w", err)``."""

from __future__ import annotations

from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["wrapped", "wrapping"]


def wrapped(text: str, error: Error) -> Error:
    """The error with a text before its own; its class and attributes stay.

    >>> str(wrapped("reading layer", Error("broken")))
    'reading layer: broken'
    """
    rebuild, (kind, message, state) = error.__reduce__()
    again: Error = rebuild(kind, f"{text}: {message}", state)
    return again


class wrapping:  # noqa: N801  (reads like a function)
    """Put a text before the errors of a ``with`` block.

    What says that the work was cut off stays as it is, as it does on the Go engine.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Error) and not isinstance(error, CancelledError):
            raise wrapped(self._text, error) from error
