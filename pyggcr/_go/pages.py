"""Lists that Go fetches page by page: the twin of native/pages.go."""

from __future__ import annotations

from pyggcr._go.table import function
from pyggcr._values.pages import Page, Pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._go.handle import Handle
    from pyggcr._go.opener import Source

__all__ = ["GoPages"]


class GoPages(Pages):
    """A ``remote.Lister`` or ``remote.Catalogger`` in Go.

    Attributes:
        handle: what the library knows it by.
        sources: what Go may call back for it.
    """

    def __init__(self, handle: Handle, sources: tuple[Source, ...]) -> None:
        super().__init__()
        self.handle = handle
        self.sources = sources

    def has_next(self) -> bool:
        """Whether there is a page that was not handed out yet (``Lister.HasNext``)."""
        more: bool = function("Pages.HasNext")(self)
        return more

    def fetch(self) -> Page:
        """The next page (``Lister.Next``)."""
        following, repository, *names = function("Pages.Next")(self)
        return Page(names, following, repository)

    def close(self) -> None:
        """Release the list in Go. Idempotent."""
        self.handle.close()
