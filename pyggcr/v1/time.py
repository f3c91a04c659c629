"""``v1.Time``: points in time with Go's nanoseconds, zones and zero value."""

from __future__ import annotations

from pyggcr._gostd.json import Unmarshaler
from pyggcr._gostd.json.scanner import Node
from pyggcr._gostd.json.state import State
from pyggcr._gostd.time import ZERO, Instant, format_rfc3339, parse_rfc3339
from pyggcr.errors import JSONError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime as dt  # which is loaded where somebody has or wants one

__all__ = ["TIME", "ZERO_TIME", "Time", "to_time"]

_QUOTE = b'"'


class Time(Instant):
    """A point in time (``v1.Time``).

    ``str()`` gives RFC 3339. Go's zero time is the first second of the year 1.

    Attributes:
        seconds: since 1970-01-01 00:00 UTC.
        nanoseconds: 0 to 999,999,999.
        offset: of the time zone, in seconds east of UTC.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return format_rfc3339(self)

    def datetime(self) -> dt.datetime:
        """Convert to an aware ``datetime``, truncated to microseconds.

        Returns:
            The same point in time.

        Raises:
            OverflowError: Python has no such year.
            ValueError: Python has no such time zone; Go accepts offsets of a whole day.
        """
        import datetime as dt

        zone = dt.timezone(dt.timedelta(seconds=self.offset))
        since = dt.timedelta(seconds=self.seconds, microseconds=self.nanoseconds // 1000)
        return (dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + since).astimezone(zone)


ZERO_TIME = Time(*ZERO)


def _unmarshal(node: Node, current: Time | None, _state: State) -> Time:
    if node == b"null":
        return current or ZERO_TIME
    # Go takes the text as it is written: escapes are not undone.
    if not isinstance(node, bytes) or not node.startswith(_QUOTE):
        raise JSONError("Time.UnmarshalJSON: input is not a JSON string")
    return Time(*parse_rfc3339(node[1:-1]))


TIME: Unmarshaler[Time] = Unmarshaler(
    "v1.Time", ZERO_TIME, _unmarshal, lambda time: f'"{format_rfc3339(time)}"'
)


def to_time(value: Time | dt.datetime) -> Time:
    """Convert an aware ``datetime`` to a point in time.

    Args:
        value: a ``datetime`` with a time zone, or a ``Time``, which is returned unchanged.

    Returns:
        The point in time.

    Raises:
        TypeError: the value has another type.
        ValueError: the ``datetime`` has no time zone.

    Examples:
        >>> import datetime as dt
        >>> str(to_time(dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone.utc)))
        '2024-02-29T12:00:00Z'
    """
    if isinstance(value, Time):
        return value
    import datetime as dt

    if not isinstance(value, dt.datetime):
        raise TypeError(f"expected a Time or a datetime, not {type(value).__name__}")
    offset = value.utcoffset()
    if offset is None:
        raise ValueError(f"{value} has no time zone")
    since = value - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    seconds = since.days * 86_400 + since.seconds
    return Time(seconds, since.microseconds * 1000, int(offset.total_seconds()))
