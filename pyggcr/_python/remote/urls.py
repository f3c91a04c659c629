"""URLs of requests: written as net/url writes them, and without secrets (internal/redact).

What a server names goes through ``parse`` or ``resolve`` first; then nothing else here fails.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote_plus, urljoin, urlsplit, urlunsplit

from pyggcr._gostd.strconv import quote
from pyggcr._gostd.url import is_host
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "encode_query",
    "hostname",
    "parse",
    "query_of",
    "redacted",
    "resolve",
    "unparsed",
    "with_query",
]

_CONTROL = re.compile("[\\x00-\\x1f\\x7f]")
_USER = re.compile("[A-Za-z0-9._:~!$&'()*+,;=%@-]*")  # validUserinfo
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)

# Values of a query that are shown (``paramAllowlist``): all others may be secrets.
_SHOWN = frozenset({"scope", "service", "mount", "from", "digest", "n", "last"})


def parse(url: str) -> SplitResult:
    """The parts of a URL (``url.Parse``).

    Python's functions take what is no URL, such as ``http://inside\\@outside/``, in ways of
    their own.

    Raises:
        Error: it is none.
    """
    try:
        parts = urlsplit(url)
        fault = _fault_of(url, parts)
    except ValueError:
        fault = "missing ']' in host"
    if fault:
        raise Error(f"parse {quote(unparsed(url))}: {fault}")
    return parts


def _fault_of(url: str, parts: SplitResult) -> str:
    if _CONTROL.search(url):
        return "net/url: invalid control character in URL"
    if url.startswith(" "):
        return "first path segment in URL cannot contain colon"
    escape = _BAD_ESCAPE.search(parts.path) or _BAD_ESCAPE.search(parts.fragment)
    if escape:
        return f"invalid URL escape {quote(escape[0])}"
    user, _, host = parts.netloc.rpartition("@")
    if not _USER.fullmatch(user):
        return "net/url: invalid userinfo"
    for character in host:
        if character not in "[]" and not is_host(character):
            return f"invalid character {quote(character)} in host name"
    if not is_host(host) or not _has_good_port(parts):
        return f"invalid port {quote(host[host.rfind(':') :])} after host"
    return ""


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port >= 0
    except ValueError:
        return False


def resolve(base: str, reference: str) -> str:
    """The URL that a reference means, seen from another one (``URL.ResolveReference``).

    Raises:
        Error: it is none.
    """
    # Python takes a reference with a scheme, but without a host, for one of the base's host.
    return reference if parse(reference).scheme else urljoin(base, reference)


def encode_query(values: Iterable[tuple[str, str]]) -> str:
    """The query of these keys and values, sorted by key (``url.Values.Encode``)."""
    return "&".join(
        f"{_escaped(key)}={_escaped(value)}"
        for key, value in sorted(values, key=lambda pair: pair[0])
    )


def _escaped(text: str) -> str:
    return quote_plus(text, errors="surrogateescape")


def query_of(url: str) -> list[tuple[str, str]]:
    """Keys and values of the query (``URL.Query``)."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def with_query(url: str, values: Iterable[tuple[str, str]]) -> str:
    """The URL with this query instead of its own."""
    query = encode_query(values)
    parts = urlsplit(url)
    if not parts.netloc:  # urlunsplit would write a host that is empty, or leave it out
        return re.split("[?#]", url, maxsplit=1)[0] + (f"?{query}" if query else "")
    return urlunsplit(parts._replace(query=query))


def hostname(url: str) -> str:
    """The host without its port (``URL.Hostname``)."""
    return urlsplit(url).hostname or ""


def unparsed(text: str) -> str:
    """What may be shown of a text that is no URL: no user, query or fragment."""
    path = re.split("[?#]", text, maxsplit=1)[0]
    before, slashes, after = path.partition("//")
    return before + slashes + after.rpartition("@")[2]


def redacted(url: str) -> str:
    """The URL without secrets (``redact.URL``)."""
    values = [(key, value if key in _SHOWN else "REDACTED") for key, value in query_of(url)]
    shown = with_query(url, values)
    parts = urlsplit(shown)
    if parts.password is None:
        return shown
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:xxxxx@{host}"))
