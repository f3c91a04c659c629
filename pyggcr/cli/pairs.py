"""Lists and pairs in options, as crane's command line takes them: ``a,b``, ``key=value``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable

from pyggcr.cli.reader import BadValueError

__all__ = ["listed", "paired", "variables"]


def listed(texts: Iterable[str]) -> tuple[str, ...]:
    """All words of lists with commas; quotes keep one in a word, and a JSON list does too.

    >>> listed(["/bin/sh,-c", '["echo a,b"]'])
    ('/bin/sh', '-c', 'echo a,b')
    """
    found: list[str] = []
    for text in texts:
        found += _words(text)
    return tuple(found)


def _words(text: str) -> list[str]:
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadValueError("this is no JSON list of texts")
        return words
    return next(csv.reader([text]), [])


def paired(texts: Iterable[str]) -> dict[str, str]:
    """A mapping of texts like ``key=value``, or ``a=1,b=2``.

    >>> paired(["a=1,b=2", "c=x,y"])
    {'a': '1', 'b': '2', 'c': 'x,y'}
    """
    found = {}
    for text in texts:
        # With one sign of equality, a comma belongs to the value.
        for pair in [text] if text.count("=") == 1 else _words(text):
            key, value = _split(pair)
            found[key] = value
    return found


def variables(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of texts like ``NAME=value``; of a name that is there twice, the last counts.

    >>> variables(["A=1", "B=2,3", "A=4"])
    (('A', '4'), ('B', '2,3'))
    """
    return tuple(dict(_split(text) for text in texts).items())


def _split(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise BadValueError(f"{text} must be formatted as key=value")
    return key, value
