"""Versions of the daemon's API, and which one is spoken: ``negotiateAPIVersion`` of client.go."""

from __future__ import annotations

import re

from pyggcr.errors import UnsupportedOptionError

__all__ = ["NEWEST", "agreed", "pinned"]

NEWEST = "1.55"  # client.MaxAPIVersion
_OLDEST = (1, 40)  # client.MinAPIVersion
_NUMBER = re.compile(r"[+-]?[0-9]+")
_FORM = "must be formatted <major>.<minor>"


def pinned(text: str | None) -> str | None:
    """The version that options ask for (``client.WithAPIVersion``); ``None`` to agree on one.

    Raises:
        UnsupportedOptionError: it is no version.
    """
    version = (text or "").strip()
    bare = version.removeprefix("v")
    if not bare:
        return None
    try:
        return "{}.{}".format(*_parse(bare))
    except ValueError as error:
        raise UnsupportedOptionError(f"invalid API version ({version}): {error}") from None


def agreed(offered: str) -> str | None:
    """The version to speak with a daemon that offers this one; ``None`` if there is none.

    A daemon that offers none may be of any kind, and gets the newest.
    """
    if not offered:
        return NEWEST
    try:
        version = _parse(offered)
    except ValueError:
        return None
    if version < _OLDEST:
        return None
    return "{}.{}".format(*min(version, _parse(NEWEST)))


def _parse(text: str) -> tuple[int, int]:
    """Major and minor (``parseMajorMinor``)."""
    major, dot, minor = text.partition(".")
    if not dot or text.startswith("v"):
        raise ValueError(_FORM)
    if not _NUMBER.fullmatch(major):
        raise ValueError(f"invalid major version: {_FORM}")
    if not _NUMBER.fullmatch(minor):
        raise ValueError(f"invalid minor version: {_FORM}")
    return int(major), int(minor)
