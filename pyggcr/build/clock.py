"""The one time that everything in an image gets, so that equal input gives an equal digest.

``SOURCE_DATE_EPOCH`` is defined by reproducible-builds.org: whole seconds since 1970.
"""

from __future__ import annotations

import datetime as dt
import os
import re

from pyggcr._gostd.time import format_rfc3339
from pyggcr.errors import BuildError
from pyggcr.v1.time import Time

__all__ = ["VARIABLE", "rfc3339", "seconds_of"]

VARIABLE = "SOURCE_DATE_EPOCH"

_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_YEAR_10000 = 253402300800  # where RFC 3339 ends


def seconds_of(created: int | dt.datetime | None) -> int:
    """Convert a time to seconds since 1970.

    Args:
        created: seconds, or a ``datetime`` with a time zone; ``None`` for ``SOURCE_DATE_EPOCH``, or
            0.

    Returns:
        Seconds since 1970.

    Raises:
        BuildError: the time is before 1970, after 9999 or without a time zone, or the variable is
            not a number.
        TypeError: the value has another type.
    """
    if created is None:
        text = os.environ.get(VARIABLE, "")
        if not text:
            return 0
        if not _NUMBER.fullmatch(text):
            raise BuildError(f"{VARIABLE} is seconds since 1970, not {text!r}")
        created = int(text)
    if isinstance(created, dt.datetime):
        if created.tzinfo is None:
            raise BuildError(f"{created} is in no time zone")
        created = int(created.timestamp() // 1)
    if not 0 <= created < _YEAR_10000:
        raise BuildError(f"a time from 1970 to 9999 is needed, not {created} seconds")
    return created


def rfc3339(seconds: int) -> str:
    """Format a time as the config of an image has it.

    Args:
        seconds: since 1970.

    Returns:
        Such as ``2024-02-29T12:00:00Z``.
    """
    return format_rfc3339(Time(seconds, 0, 0))
