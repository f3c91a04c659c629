"""URLs of requests: written as net/url writes them, and without secrets (internal/redact)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["encode_query", "hostname", "query_of", "redacted", "with_query"]

# Values of a query that are shown (``paramAllowlist``): all others may be secrets.
_SHOWN = frozenset({"scope", "service", "mount", "from", "digest", "n", "last"})


def encode_query(values: Iterable[tuple[str, str]]) -> str:
    """The query of these keys and values, sorted by key (``url.Values.Encode``)."""
    return "&".join(
        f"{quote_plus(key)}={quote_plus(value)}"
        for key, value in sorted(values, key=lambda pair: pair[0])
    )


def query_of(url: str) -> list[tuple[str, str]]:
    """Keys and values of the query (``URL.Query``)."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def with_query(url: str, values: Iterable[tuple[str, str]]) -> str:
    """The URL with this query instead of its own."""
    return urlunsplit(urlsplit(url)._replace(query=encode_query(values)))


def hostname(url: str) -> str:
    """The host without its port (``URL.Hostname``)."""
    return urlsplit(url).hostname or ""


def redacted(url: str) -> str:
    """The URL without secrets (``redact.URL``)."""
    values = [(key, value if key in _SHOWN else "REDACTED") for key, value in query_of(url)]
    parts = urlsplit(with_query(url, values))
    if parts.password is not None:
        user, _, host = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user.partition(':')[0]}:xxxxx@{host}")
    return urlunsplit(parts)
