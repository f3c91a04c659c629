"""Tags of a repository and repositories of a registry, page by page: list.go and catalog.go."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Slice, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.transport import Request
from pyggcr._python.remote.urls import encode_query, resolve
from pyggcr._values.pages import Page, Pages
from pyggcr.errors import ClosedError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._python.remote.session import Session
    from pyggcr._python.remote.transport import Response
    from pyggcr._values.remote import RemoteOptions

__all__ = ["CATALOG", "PAGE_LIMIT", "TAGS", "ListedPages", "list_one", "next_page"]

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


class ListedPages(Pages):
    """Pages of a list; the first one is fetched at once (``Lister``, ``Catalogger``)."""

    def __init__(
        self, session: Session, path: str, page: Struct[_Page], options: RemoteOptions
    ) -> None:
        """Fetch the first page.

        Args:
            session: the registry.
            path: where the first page is.
            page: ``TAGS`` or ``CATALOG``.
            options: the page size.

        Raises:
            TransportError: the registry refuses.
            Error: it sends the client elsewhere for the next page.
            JSONError: a page is no such list.
        """
        super().__init__()
        self._session = session
        self._kind = page
        self._host = session.registry.registry_str()
        self._first = f"{session.scheme}://{self._host}{path}"
        if options.page_size > 0:
            self._first = f"{self._first}?n={options.page_size}"
        self._lock = threading.Lock()
        self._closed = False
        self._next = ""
        self._waiting: Page | None = self._ask(self._first)

    def has_next(self) -> bool:
        """Whether there is a page that was not handed out yet (``Lister.HasNext``)."""
        self._check_open()
        return self._waiting is not None or bool(self._next)

    def fetch(self) -> Page:
        """The next page (``Lister.Next``)."""
        with self._lock:
            self._check_open()
            page, self._waiting = self._waiting, None
            if page is None:
                page = self._ask(self._next or self._first)
            self._next = page.next
            return page

    def close(self) -> None:
        """Let go of the registry. Idempotent."""
        self._closed = True
        self._waiting = None

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("pages already closed")

    def _ask(self, url: str) -> Page:
        parsed, response = _parsed_answer(self._session, url, self._kind)
        following = next_page(response, self._session.scheme, self._host)
        return Page(parsed.names or [], following, parsed.repository)


def list_one(session: Session, path: str, page: Struct[_Page], last: str, count: int) -> list[str]:
    """The names of one page, which begins after a name (``CatalogPage``).

    Raises:
        TransportError: the registry refuses.
        JSONError: the page is no such list.
    """
    host = session.registry.registry_str()
    query = encode_query([("last", last), ("n", str(count))])
    parsed, _response = _parsed_answer(session, f"{session.scheme}://{host}{path}?{query}", page)
    return parsed.names or []


def _parsed_answer(session: Session, url: str, page: Struct[_Page]) -> tuple[_Page, Response]:
    response = session.do(Request("GET", url))
    try:
        check_status(response, 200)
        parsed: _Page = json.decode(response.read_all(PAGE_LIMIT), page)
    finally:
        response.close()
    return parsed, response


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
