"""Trying again after a while: internal/retry, and ``Retry-After``, which Go does not heed."""

from __future__ import annotations

import time

from pyggcr.limits import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVar

    from pyggcr._values.remote import Retry

    T = TypeVar("T")

__all__ = ["Patience", "pause", "retry_after", "retrying"]

_LONGEST = 60.0  # seconds that a server may ask for


class Patience:
    """Waits between tries, as often and as long as there are tries left; for one thread."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._waits = retry.waits()

    def renew(self) -> None:
        """Count anew: the last try has brought something."""
        self._waits = self._retry.waits()

    def wait(self, error: Exception, least: float) -> None:
        """Wait before the next try, so many seconds at least.

        Raises:
            Exception: the error, if there are no tries left.
        """
        wait = next(self._waits, None)
        if wait is None:
            raise error
        pause(max(wait, least))


def retrying(
    work: Callable[[], T], retry: Retry, wait_after: Callable[[Exception], float | None]
) -> T:
    """Do it until it succeeds, fails for good, or there are no tries left (``retry.Retry``).

    Args:
        work: what to do.
        retry: how often, and after how long.
        wait_after: seconds to wait at least after this failure; ``None`` if it is for good.
    """
    patience = Patience(retry)
    while True:
        try:
            return work()
        except Exception as error:
            failure, least = error, wait_after(error)
            if least is None:
                raise
        patience.wait(failure, least)


def retry_after(header: str | None) -> float:
    """Seconds that a ``Retry-After`` header asks for, within reason; 0 without one."""
    if not header:
        return 0.0
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        from email.utils import parsedate_to_datetime  # takes long, and few answers have a date

        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST)
