"""What a registry asks for in ``WWW-Authenticate``: internal/authchallenge."""

from __future__ import annotations

import re

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Parsed", "parse_challenges", "pick"]

# Of RFC 2616.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
_SPACE = re.compile(r"[ \t\r\n]*")

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
    # By position: a header may have megabytes, and copies of what is left would be quadratic.
    scheme, at = _token(header, 0)
    parameters: dict[str, str] = {}
    more = bool(scheme)
    while more:
        key, at = _token(header, _after_space(header, at))
        if not key or not header.startswith("=", at):
            break
        value, at = _token_or_quoted(header, at + 1)
        if not value:
            break
        parameters[key.lower()] = value
        at = _after_space(header, at)
        more = header.startswith(",", at)
        at += 1
    return Parsed(scheme.lower(), parameters)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None  # it matches nothing too
    return match.end()


def _token(text: str, at: int) -> tuple[str, int]:
    match = _TOKEN.match(text, at)
    assert match is not None  # it matches nothing too
    return match[0], match.end()


def _token_or_quoted(text: str, at: int) -> tuple[str, int]:
    if not text.startswith('"', at):
        return _token(text, at)
    value: list[str] = []
    positions = iter(range(at + 1, len(text)))
    for position in positions:
        if text[position] == '"':
            return "".join(value), position + 1
        if text[position] == "\\":
            position = next(positions, -1)
            if position < 0:
                break
        value.append(text[position])
    return "", len(text)
