"""Points in time, and what becomes one."""

from __future__ import annotations

import datetime as dt

import pytest

from pyggcr import v1


def test_a_datetime_becomes_a_time() -> None:
    zone = dt.timezone(dt.timedelta(hours=-3, minutes=-30))
    when = dt.datetime(2024, 2, 29, 12, 30, 0, 250_001, tzinfo=zone)
    time = v1.to_time(when)
    assert time == (int(when.timestamp()), 250_001_000, -12_600)
    assert str(time) == "2024-02-29T12:30:00.250001-03:30"
    assert time.datetime() == when


def test_the_first_and_the_last_datetime_become_times() -> None:
    utc = dt.timezone.utc
    assert v1.to_time(dt.datetime(1, 1, 1, tzinfo=utc)) == v1.ConfigFile().created
    last = v1.to_time(dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=utc))
    assert str(last) == "9999-12-31T23:59:59.999999Z"


def test_a_time_stays_as_it_is() -> None:
    time = v1.Time(1, 2, 3)
    assert v1.to_time(time) is time


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone$"):
        v1.to_time(dt.datetime(2024, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("value", [0, "2024-01-01T00:00:00Z", None])
def test_anything_else_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="^expected a Time or a datetime, not "):
        v1.to_time(value)  # type: ignore[arg-type]
