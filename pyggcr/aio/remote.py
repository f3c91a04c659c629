"""``pyggcr.remote`` for asyncio: the same functions and classes, to be awaited.

The options are those of ``pyggcr.remote`` but for ``cancel``: cancel the task instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import name, remote, v1
from pyggcr.aio.threads import awaitable, run
from pyggcr.remote.options import CallOptions, ConnectionOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "Puller",
    "Pusher",
    "catalog",
    "check_push_permission",
    "delete",
    "get",
    "head",
    "image",
    "index",
    "layer",
    "list_tags",
    "multi_write",
    "push",
    "put",
    "referrers",
    "tag",
    "write",
    "write_index",
    "write_layer",
]

get = awaitable(remote.get)
head = awaitable(remote.head)
image = awaitable(remote.image)
index = awaitable(remote.index)
layer = awaitable(remote.layer)
list_tags = awaitable(remote.list_tags)
catalog = awaitable(remote.catalog)
referrers = awaitable(remote.referrers)
delete = awaitable(remote.delete)
tag = awaitable(remote.tag)
put = awaitable(remote.put)
push = awaitable(remote.push)
write = awaitable(remote.write)
write_index = awaitable(remote.write_index)
write_layer = awaitable(remote.write_layer)
multi_write = awaitable(remote.multi_write)
check_push_permission = awaitable(remote.check_push_permission)


class Puller:
    """``remote.Puller``, whose methods are awaited."""

    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:
        self._puller = remote.Puller(**options)

    async def get(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> remote.RemoteDescriptor:
        """See ``remote.Puller.get``."""
        return await run(self._puller.get, reference, **limits)

    async def head(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> v1.Descriptor:
        """See ``remote.Puller.head``."""
        return await run(self._puller.head, reference, **limits)

    async def image(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> v1.Image:
        """See ``remote.Puller.image``."""
        return await run(self._puller.image, reference, **limits)

    async def index(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> v1.ImageIndex:
        """See ``remote.Puller.index``."""
        return await run(self._puller.index, reference, **limits)

    async def layer(self, reference: name.Digest | str, **limits: Unpack[CallOptions]) -> v1.Layer:
        """See ``remote.Puller.layer``."""
        return await run(self._puller.layer, reference, **limits)

    async def list_tags(
        self, repository: name.Repository | str, **limits: Unpack[CallOptions]
    ) -> list[str]:
        """See ``remote.Puller.list_tags``."""
        return await run(self._puller.list_tags, repository, **limits)

    async def catalog(
        self, registry: name.Registry | str, **limits: Unpack[CallOptions]
    ) -> list[str]:
        """See ``remote.Puller.catalog``."""
        return await run(self._puller.catalog, registry, **limits)

    async def referrers(
        self, reference: name.Digest | str, **limits: Unpack[CallOptions]
    ) -> v1.ImageIndex:
        """See ``remote.Puller.referrers``."""
        return await run(self._puller.referrers, reference, **limits)


class Pusher:
    """``remote.Pusher``, whose methods are awaited."""

    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:
        self._pusher = remote.Pusher(**options)

    async def put(
        self, reference: name.Reference | str, source: remote.Source, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.Pusher.put``."""
        return await run(self._pusher.put, reference, source, **limits)

    async def push(
        self, reference: name.Reference | str, source: remote.Source, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.Pusher.push``."""
        return await run(self._pusher.push, reference, source, **limits)

    async def upload(
        self, repository: name.Repository | str, layer: v1.Layer, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.Pusher.upload``."""
        return await run(self._pusher.upload, repository, layer, **limits)

    async def delete(self, reference: name.Reference | str, **limits: Unpack[CallOptions]) -> None:
        """See ``remote.Pusher.delete``."""
        return await run(self._pusher.delete, reference, **limits)
