"""Tags and repositories page by page: ``Lister`` and ``Catalogger`` of pkg/v1/remote.

``lister`` and ``catalogger``, of ``pyggcr.remote`` or of a ``Puller``, make them. Only the current
page is in memory, so a repository may have any number of tags.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr import limits as limits_of_call
from pyggcr._dataclasses import dataclass
from pyggcr._os.closeable import Closeable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr._values.pages import Page, Pages
    from pyggcr.limits import CallOptions

__all__ = ["Catalogger", "Catalogs", "Lister", "Tags"]


@dataclass(frozen=True, slots=True)
class Tags:
    """A page of tags (``remote.Tags``).

    Attributes:
        name: the path of the repository, as the registry reports it.
        tags: the tags, in the registry's order.
        next: the address of the next page; empty on the last one.
    """

    name: str
    tags: list[str]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Catalogs:
    """A page of repositories (``remote.Catalogs``).

    Attributes:
        repos: paths of repositories, in the registry's order.
        next: the address of the next page; empty on the last one.
    """

    repos: list[str]
    next: str = ""


class _Listing(Closeable):
    """What lists of both kinds have in common; threads may share one."""

    def __init__(self, pages: Pages, of: str = "") -> None:
        self._pages = pages
        self._of = of

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{self._of and f' of {self._of}'}>"

    def has_next(self) -> bool:
        """Tell whether ``next`` has a page that it has not returned yet (``Lister.HasNext``).

        Returns:
            True until the last page was returned.

        Raises:
            ClosedError: the list was closed.
        """
        return self._pages.has_next()

    def close(self) -> None:
        """Release the connection; closing again has no effect.

        Without it the garbage collector releases the connection.
        """
        self._pages.close()

    def _next(self, given: CallOptions) -> Page:
        limits_of_call.check_known(given)
        with limits_of_call.limit(**given):
            return self._pages.next()


class Lister(_Listing):
    """The tags of a repository, page by page (``remote.Lister``).

    Iterating yields the pages. The first one was fetched when the lister was made. Threads may
    share a lister.

    Examples:
        >>> from pyggcr import random, registry, remote
        >>> with registry.serve() as server:
        ...     remote.write(f"{server.host}/team/app:1.0", random.image(16, 1))
        ...     for page in remote.lister(f"{server.host}/team/app"):
        ...         print(page.name, *page.tags)
        team/app 1.0
    """

    def next(self, **limits: Unpack[CallOptions]) -> Tags:
        """Return the next page; after the last one the first again, as in Go (``Lister.Next``).

        If a page could not be fetched, it can be asked for again; Go panics then.

        Args:
            limits: ``timeout`` (seconds), ``cancel`` and ``progress`` for this page; default none.

        Returns:
            The page.

        Raises:
            TransportError: the registry refused the request, or could not be reached.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not such a list.
            ClosedError: the lister was closed.
            CancelledError: the call was cancelled.
            DeadlineExceededError: the call took longer than its timeout.
        """
        page = self._next(limits)
        return Tags(page.repository, page.names, page.next)

    def __iter__(self) -> Iterator[Tags]:
        while self.has_next():
            yield self.next()


class Catalogger(_Listing):
    """The repositories of a registry, page by page (``remote.Catalogger``).

    Iterating yields the pages. The first one was fetched when the catalogger was made. Threads may
    share a catalogger.

    Examples:
        >>> from pyggcr import random, registry, remote
        >>> with registry.serve() as server:
        ...     remote.write(f"{server.host}/team/app:1.0", random.image(16, 1))
        ...     for page in remote.catalogger(server.host):
        ...         print(*page.repos)
        team/app
    """

    def next(self, **limits: Unpack[CallOptions]) -> Catalogs:
        """Return the next page; after the last one the first again, as in Go (``Catalogger.Next``).

        If a page could not be fetched, it can be asked for again; Go panics then.

        Args:
            limits: ``timeout`` (seconds), ``cancel`` and ``progress`` for this page; default none.

        Returns:
            The page.

        Raises:
            TransportError: the registry refused the request, or could not be reached.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not such a list.
            ClosedError: the catalogger was closed.
            CancelledError: the call was cancelled.
            DeadlineExceededError: the call took longer than its timeout.
        """
        page = self._next(limits)
        return Catalogs(page.names, page.next)

    def __iter__(self) -> Iterator[Catalogs]:
        while self.has_next():
            yield self.next()
