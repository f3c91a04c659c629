"""Lists and pairs in options, as crane's command line takes them: ``a,b``, ``key=value``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable

import click

__all__ = ["listed", "paired", "variables"]


def listed(
    _context: click.Context, parameter: click.Parameter, texts: Iterable[str]
) -> tuple[str, ...]:
    """All words of lists with commas; quotes keep one in a word, and a JSON list does too.

    >>> listed(None, None, ["/bin/sh,-c", '["echo a,b"]'])
    ('/bin/sh', '-c', 'echo a,b')
    """
    found: list[str] = []
    for text in texts:
        found += _words(text, parameter)
    return tuple(found)


def _words(text: str, parameter: click.Parameter) -> list[str]:
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise click.BadParameter("this is no JSON list of texts", param=parameter)
        return words
    return next(csv.reader([text]), [])


def paired(
    _context: click.Context, parameter: click.Parameter, texts: Iterable[str]
) -> dict[str, str]:
    """A mapping of texts like ``key=value``, or ``a=1,b=2``.

    >>> paired(None, None, ["a=1,b=2", "c=x,y"])
    {'a': '1', 'b': '2', 'c': 'x,y'}
    """
    found = {}
    for text in texts:
        # With one sign of equality, a comma belongs to the value.
        for pair in [text] if text.count("=") == 1 else _words(text, parameter):
            key, value = _split(pair, parameter)
            found[key] = value
    return found


def variables(
    _context: click.Context, parameter: click.Parameter, texts: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of texts like ``NAME=value``; of a name that is there twice, the last counts.

    >>> variables(None, None, ["A=1", "B=2,3", "A=4"])
    (('A', '4'), ('B', '2,3'))
    """
    return tuple(dict(_split(text, parameter) for text in texts).items())


def _split(text: str, parameter: click.Parameter) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text} must be formatted as key=value", param=parameter)
    return key, value


Callback = Callable[[click.Context, click.Parameter, Iterable[str]], object]
