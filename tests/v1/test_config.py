"""Configs: what is in them by name, times, and the platform."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from pyggcr import errors, tarball, v1
from pyggcr._gostd import json as gojson

DATA = Path(__file__).parents[1] / "data" / "docker"


def config_of(created: str) -> v1.ConfigFile:
    """A config with that time."""
    return v1.parse_config_file(json.dumps({"created": created}).encode())


def test_a_real_config():
    with tarball.image_from_path(DATA / "25.0.2" / "app-tag.tar", engine="python") as image:
        config = image.config_file()
        assert config.raw == image.raw_config_file()
    assert config.platform() == v1.Platform(os="linux", architecture="amd64")
    assert config.config.user == "1000:1001"
    assert config.config.exposed_ports == {"8080/tcp"}
    assert config.config.volumes == {"/var/empty"}
    assert config.config.labels["org.example.title"] == "app"
    assert config.rootfs.type == "layers"
    assert sum(not step.empty_layer for step in config.history) == len(config.rootfs.diff_ids) == 4


def test_no_platform():
    assert v1.parse_config_file(b"{}").platform() is None


def test_times_keep_nanoseconds_and_zone():
    created = config_of("2024-01-02T03:04:05.123456789+02:00").created
    assert str(created) == "2024-01-02T03:04:05.123456789+02:00"
    zone = dt.timezone(dt.timedelta(hours=2))
    assert created.datetime() == dt.datetime(2024, 1, 2, 3, 4, 5, 123456, zone)


def test_the_zero_time_is_the_year_one():
    assert str(v1.ConfigFile().created) == "0001-01-01T00:00:00Z"
    assert gojson.marshal(v1.ConfigFile()).startswith(
        b'{"architecture":"","created":"0001-01-01T00:00:00Z"'
    )


@pytest.mark.parametrize(
    ("created", "written"),
    [
        ("2024-01-02T3:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05,50Z", "2024-01-02T03:04:05.5Z"),
        ("0000-02-29T00:00:00-00:00", "0000-02-29T00:00:00Z"),
    ],
)
def test_times_are_read_as_leniently_as_go_does(created, written):
    assert str(config_of(created).created) == written


@pytest.mark.parametrize(
    ("created", "text"),
    [
        ("2024-02-30T00:00:00Z", 'parsing time "2024-02-30T00:00:00Z": day out of range'),
        ("2024-13-01T00:00:00Z", 'parsing time "2024-13-01T00:00:00Z": month out of range'),
        ("now", 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"'),
        (
            "2024-01-02T03:04:05Zé",
            'parsing time "2024-01-02T03:04:05Z\\\\u00e9": extra text: "\\\\u00e9"',
        ),
    ],
)
def test_times_that_are_none(created, text):
    with pytest.raises(errors.JSONError) as caught:
        config_of(created)
    assert str(caught.value) == text


def test_a_time_that_cannot_be_written():
    config = config_of("2024-01-02T03:04:05+24:00")
    with pytest.raises(errors.JSONError, match=r"timezone hour outside of range \[0,23\]"):
        gojson.marshal(config)
