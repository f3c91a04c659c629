"""The one time that everything in an image gets, so that equal input gives an equal digest.

``SOURCE_DATE_EPOCH`` is that of reproducible-builds.org: whole seconds since 1970.
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
    """Seconds since 1970 of a time; of ``None`` those of ``SOURCE_DATE_EPOCH``, or 0.

    Raises:
        BuildError: it is before 1970, after 9999, or the variable is no number.
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
    """The time as an image's config writes it."""
    return format_rfc3339(Time(seconds, 0, 0))
