"""Errors as rows: what class they have, their text, and no secret in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping

from pyggcr._dataclasses import replace
from pyggcr.audit.rows import Problem, Row
from pyggcr.doctor.report import in_one_line
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr import name

__all__ = ["failed_row", "problem_of", "secrets_of", "without_secrets"]

# Characters: what is hidden where a server says it again; a shorter word may be there by chance.
_SHORTEST_SECRET = 8
_LONGEST = 1000  # characters of a text: a server may say anything
_USER = re.compile(r"(://)[^/\s@\"']*@")


def problem_of(error: BaseException) -> Problem:
    """What is said of an error."""
    text = str(error) or type(error).__name__
    if not isinstance(error, Error):
        text = f"unexpected {type(error).__name__}: {text}"
    text = in_one_line(_USER.sub(r"\1", text))
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return Problem(type(error).__name__, text, getattr(error, "status", 0) or 0)


def failed_row(reference: str, error: BaseException, when: str) -> Row:
    """The row of what could not be read."""
    return replace(Row(reference), error=problem_of(error), when=when)


def secrets_of(
    options: Mapping[str, Any], resource: name.Registry | name.Repository
) -> tuple[str, ...]:
    """What a registry was told in trust, and may say again in its errors.

    Args:
        options: those of ``remote.Puller``.
        resource: what the credentials are for.
    """
    found: list[str] = []
    with contextlib.suppress(Exception):  # nothing was told then
        auth = options.get("auth")
        if auth is None and options.get("keychain") is not None:
            auth = options["keychain"].resolve(resource)
        if auth is not None:
            own = auth.authorization()
            found = [own.password, own.auth, own.identity_token, own.registry_token]
    return tuple(it for it in found if len(it) >= _SHORTEST_SECRET)


def without_secrets(rows: Iterable[Row], secrets: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows, in whose errors secrets are hidden."""
    return tuple(_hidden(row, secrets) for row in rows)


def _hidden(row: Row, secrets: tuple[str, ...]) -> Row:
    if row.error is None:
        return row
    message = row.error.message
    for secret in secrets:
        message = message.replace(secret, "REDACTED")
    return replace(row, error=replace(row.error, message=message))
