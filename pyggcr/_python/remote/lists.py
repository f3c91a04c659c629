"""Tags of a repository and repositories of a registry, page by page: list.go and catalog.go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Slice, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.transport import Request
from pyggcr._python.remote.urls import resolve
from pyggcr.errors import Error

if TYPE_CHECKING:
    from pyggcr._python.remote.session import Session
    from pyggcr._python.remote.transport import Response
    from pyggcr._values.remote import RemoteOptions

__all__ = ["CATALOG", "PAGE_LIMIT", "TAGS", "list_all", "next_page"]

PAGE_LIMIT = 64 << 20  # bytes; Go has none


@dataclass(slots=True)
class _Page:
    names: list[str] | None = None
    repository: str = ""


TAGS = Struct(
    "remote.Tags",
    _Page,
    Field("repository", "name", STRING),
    Field("names", "tags", Slice(STRING)),
)
CATALOG = Struct("remote.Catalogs", _Page, Field("names", "repositories", Slice(STRING)))


def list_all(session: Session, path: str, page: Struct[_Page], options: RemoteOptions) -> list[str]:
    """The names of all pages.

    Args:
        session: the registry.
        path: where the first page is.
        page: ``TAGS`` or ``CATALOG``.
        options: say how many names to ask for at once.

    Raises:
        TransportError: the registry refuses.
        Error: it sends the client elsewhere for the next page.
        JSONError: a page is no such list.
    """
    host = session.registry.registry_str()
    url = f"{session.scheme}://{host}{path}"
    if options.page_size > 0:
        url = f"{url}?n={options.page_size}"
    names: list[str] = []
    seen: set[str] = set()
    while url:
        seen.add(url)
        response = session.do(Request("GET", url))
        try:
            check_status(response, 200)
            parsed: _Page = json.decode(response.read_all(PAGE_LIMIT), page)
        finally:
            response.close()
        names += parsed.names or ()
        url = next_page(response, session.scheme, host)
        if url in seen:
            raise Error(f"pagination URL {quote(url)} leads in a circle")
    return names


def next_page(response: Response, scheme: str, host: str) -> str:
    """The address in the ``Link`` header, empty if there is none (``getNextPageURL``)."""
    link = response.header("Link")
    if not link:
        return ""
    if link[0] != "<":
        raise Error(f"failed to parse link header: missing '<' in: {link}")
    target, end, _ = link[1:].partition(">")
    if not end:
        raise Error(f"failed to parse link header: missing '>' in: {link}")
    if not target:
        return ""
    url = resolve(response.url, target)
    parts = urlsplit(url)
    if parts.scheme != scheme:
        raise Error(
            f"pagination URL scheme {quote(parts.scheme)} does not match registry scheme "
            f"{quote(scheme)}"
        )
    if parts.netloc != host:
        raise Error("pagination URL host does not match registry host: potential SSRF attack")
    return url
