"""Delete blobs of an OCI layout that no index refers to: the command ``crane layout gc``."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyggcr import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["collect_garbage"]


def collect_garbage(folder: str | os.PathLike[str], *, dry_run: bool = False) -> Iterator[v1.Hash]:
    """Delete the blobs of a layout that nothing refers to, one by one.

    Args:
        folder: the folder of the layout.
        dry_run: delete nothing; default false.

    Yields:
        The digest of each blob, after it was deleted; crane prints ``garbage collecting: …`` to
        standard error.

    Raises:
        FileAccessError: there is no layout, or it cannot be changed.
        Error: a document or the name of a blob is malformed; nothing is deleted then.
    """
    path = layout.from_path(folder)
    for digest in path.garbage_collect():
        if not dry_run:
            path.remove_blob(digest)
        yield digest
