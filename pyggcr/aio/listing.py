"""``remote.Lister`` and ``remote.Catalogger`` for asyncio: pages to be awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from pyggcr.aio.threads import AsyncClient, run

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr import remote
    from pyggcr.limits import CallOptions

__all__ = ["Catalogger", "Lister"]


class Lister(AsyncClient):
    """``remote.Lister``, whose pages are awaited; ``async for`` gives them."""

    def __init__(self, lister: remote.Lister) -> None:
        self._lister = lister
        super().__init__(lister)

    async def has_next(self) -> bool:
        """Whether ``next`` has a page that it did not return yet (``Lister.HasNext``)."""
        return await run(self._lister.has_next)

    async def next(self, **limits: Unpack[CallOptions]) -> remote.Tags:
        """The next page (``Lister.Next``)."""
        return await run(self._lister.next, **limits)

    async def __aiter__(self) -> AsyncIterator[remote.Tags]:
        while await self.has_next():
            yield await self.next()


class Catalogger(AsyncClient):
    """``remote.Catalogger``, whose pages are awaited; ``async for`` gives them."""

    def __init__(self, catalogger: remote.Catalogger) -> None:
        self._catalogger = catalogger
        super().__init__(catalogger)

    async def has_next(self) -> bool:
        """Whether ``next`` has a page that it did not return yet (``Catalogger.HasNext``)."""
        return await run(self._catalogger.has_next)

    async def next(self, **limits: Unpack[CallOptions]) -> remote.Catalogs:
        """The next page (``Catalogger.Next``)."""
        return await run(self._catalogger.next, **limits)

    async def __aiter__(self) -> AsyncIterator[remote.Catalogs]:
        while await self.has_next():
            yield await self.next()
