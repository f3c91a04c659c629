"""Tags of a repository, or repositories of a registry, page by page: what an engine hands out.

``pyggcr.remote`` makes a ``Lister`` or a ``Catalogger`` of them.
"""

from __future__ import annotations

import abc

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import quote
from pyggcr._os.closeable import Closeable
from pyggcr.errors import Error

__all__ = ["Page", "Pages"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        names: of tags, or of repositories.
        next: the address of the page after it; empty if it is the last one.
        repository: whose tags they are, as the registry says.
    """

    names: list[str]
    next: str = ""
    repository: str = ""


class Pages(Closeable, abc.ABC):
    """Fetches one page after the other; threads may share it (``remote.Lister``)."""

    def __init__(self) -> None:
        self._mark = ""
        self._steps = 0
        self._steps_to_mark = 1

    @abc.abstractmethod
    def has_next(self) -> bool:
        """Whether there is a page that was not handed out yet.

        Raises:
            ClosedError: it was closed.
        """

    @abc.abstractmethod
    def fetch(self) -> Page:
        """The next page; after the last one the first again, as in Go.

        A page that could not be fetched can be asked for once more.

        Raises:
            TransportError: the registry refuses.
            Error: it sends the client to another host or scheme for a page.
            JSONError: a page is no such list.
            ClosedError: it was closed.
        """

    def next(self) -> Page:
        """The next page, unless pages lead in a circle.

        Raises:
            Error: as ``fetch``, or they lead in a circle.
        """
        page = self.fetch()
        self._refuse_circle(page.next)
        return page

    def _refuse_circle(self, url: str) -> None:
        """Compare with an earlier address, farther back each time: Brent's algorithm.

        It remembers one address, whatever the number of pages.
        """
        if not url:
            self._mark, self._steps, self._steps_to_mark = "", 0, 1
            return
        if url == self._mark:
            raise Error(f"pagination URL {quote(url)} leads in a circle")
        self._steps += 1
        if self._steps == self._steps_to_mark:
            self._mark, self._steps = url, 0
            self._steps_to_mark *= 2
