"""What a registry asks for in ``WWW-Authenticate``: internal/authchallenge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyggcr._dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Parsed", "parse_challenges", "pick"]

# Of RFC 2616.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
_SPACE = " \t\r\n"

_KNOWN = ("basic", "bearer")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A challenge of one header: ``scheme`` and the keys of parameters in lower case."""

    scheme: str
    parameters: dict[str, str]


def parse_challenges(headers: Iterable[str]) -> list[Parsed]:
    """The challenges, one for each header line that has one (``parseAuthHeader``)."""
    parsed = map(_parse, headers)
    return [challenge for challenge in parsed if challenge.scheme]


def pick(challenges: list[Parsed]) -> Parsed:
    """The first that is understood, else the first (``pickFromMultipleParseds``)."""
    return next((it for it in challenges if it.scheme in _KNOWN), challenges[0])


def _parse(header: str) -> Parsed:
    scheme, rest = _token(header)
    parameters: dict[str, str] = {}
    rest = "," + rest.lstrip(_SPACE)
    while scheme and rest.startswith(","):
        key, rest = _token(rest[1:].lstrip(_SPACE))
        if not key or not rest.startswith("="):
            break
        value, rest = _token_or_quoted(rest[1:])
        if not value:
            break
        parameters[key.lower()] = value
        rest = rest.lstrip(_SPACE)
    return Parsed(scheme.lower(), parameters)


def _token(text: str) -> tuple[str, str]:
    match = _TOKEN.match(text)
    assert match is not None  # it matches nothing too
    return match[0], text[match.end() :]


def _token_or_quoted(text: str) -> tuple[str, str]:
    if not text.startswith('"'):
        return _token(text)
    value: list[str] = []
    letters = iter(range(1, len(text)))
    for at in letters:
        if text[at] == '"':
            return "".join(value), text[at + 1 :]
        if text[at] == "\\":
            at = next(letters, -1)
            if at < 0:
                break
        value.append(text[at])
    return "", ""
