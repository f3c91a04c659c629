"""The classes ``remote.Lister`` and ``remote.Catalogger`` for asyncio: pages to be awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pyggcr.aio.objects import AsyncObject
from pyggcr.remote import listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr import remote
    from pyggcr.limits import CallOptions

__all__ = ["Catalogger", "Lister"]


class Lister(AsyncObject[listing.Lister]):
    """The class ``remote.Lister`` with methods to be awaited; ``async for`` yields pages."""

    async def has_next(self) -> bool:
        """Tell whether ``next`` has a page that it has not returned yet (``Lister.HasNext``).

        Returns:
            True until the last page was returned.

        Raises:
            ClosedError: the list was closed.
        """
        return await self._call(listing.Lister.has_next)

    async def next(self, **limits: Unpack[CallOptions]) -> remote.Tags:
        """Return the next page; after the last one the first again, as in Go (``Lister.Next``).

        Args:
            limits: ``timeout`` (seconds) and ``progress`` for this page; cancel the task instead of
                using ``cancel``.

        Returns:
            The page.

        Raises:
            TransportError: the registry refused the request, or could not be reached.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not a list of tags.
            ClosedError: the list was closed.
        """
        return await self._call(listing.Lister.next, **limits)

    async def __aiter__(self) -> AsyncIterator[remote.Tags]:
        while await self.has_next():
            yield await self.next()


class Catalogger(AsyncObject[listing.Catalogger]):
    """The class ``remote.Catalogger`` with methods to be awaited; ``async for`` yields pages."""

    async def has_next(self) -> bool:
        """Tell whether ``next`` has a page that it has not returned yet (``Catalogger.HasNext``).

        Returns:
            True until the last page was returned.

        Raises:
            ClosedError: the list was closed.
        """
        return await self._call(listing.Catalogger.has_next)

    async def next(self, **limits: Unpack[CallOptions]) -> remote.Catalogs:
        """Return the next page; after the last one the first again, as in Go (``Catalogger.Next``).

        Args:
            limits: ``timeout`` (seconds) and ``progress`` for this page; cancel the task instead of
                using ``cancel``.

        Returns:
            The page.

        Raises:
            TransportError: the registry refused the request, or could not be reached.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not a list of repositories.
            ClosedError: the list was closed.
        """
        return await self._call(listing.Catalogger.next, **limits)

    async def __aiter__(self) -> AsyncIterator[remote.Catalogs]:
        while await self.has_next():
            yield await self.next()
