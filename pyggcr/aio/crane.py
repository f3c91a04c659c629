"""``pyggcr.crane`` for asyncio: the same functions, to be awaited."""

from __future__ import annotations

from pyggcr import crane
from pyggcr.aio.threads import awaitable

__all__ = [
    "catalog",
    "config",
    "copy",
    "copy_repository",
    "delete",
    "digest",
    "export",
    "get",
    "head",
    "list_tags",
    "manifest",
    "pull",
    "pull_layer",
    "push",
    "save",
    "save_legacy",
    "save_oci",
    "tag",
    "token",
    "upload",
]

catalog = awaitable(crane.catalog)
config = awaitable(crane.config)
copy = awaitable(crane.copy)
copy_repository = awaitable(crane.copy_repository)
delete = awaitable(crane.delete)
digest = awaitable(crane.digest)
export = awaitable(crane.export)
get = awaitable(crane.get)
head = awaitable(crane.head)
list_tags = awaitable(crane.list_tags)
manifest = awaitable(crane.manifest)
pull = awaitable(crane.pull)
pull_layer = awaitable(crane.pull_layer)
push = awaitable(crane.push)
save = awaitable(crane.save)
save_legacy = awaitable(crane.save_legacy)
save_oci = awaitable(crane.save_oci)
tag = awaitable(crane.tag)
token = awaitable(crane.token)
upload = awaitable(crane.upload)
