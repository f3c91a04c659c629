"""Which layer cache is in force, and what layers ask of it.

The one place that chooses: what the image was opened with, ``use_layer_cache``, or the environment
variable. ``layer_cache`` has the file; it is loaded only when there is one.
"""

from __future__ import annotations

import contextlib
import functools
import os
from contextvars import ContextVar

from pyggcr.errors import LayerCacheError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from pyggcr import v1
    from pyggcr._layers.layer_cache import LayerCache

__all__ = [
    "NOT_WITH_GO",
    "VARIABLE",
    "Choice",
    "GzipKey",
    "chosen",
    "ignore_layer_cache",
    "is_ignored",
    "key_of",
    "use_layer_cache",
    "use_optional",
]

NOT_WITH_GO = (
    'the Go engine compresses layers by itself and has no layer cache; for one use engine="python"'
)

# Read whenever a layer is compressed; empty means no cache.
VARIABLE = "PYGGCR_LAYER_CACHE"

if TYPE_CHECKING:
    # A cache, none whatever the variable says (False), or no choice (None).
    Choice: TypeAlias = LayerCache | bool | None

_chosen: ContextVar[Choice] = ContextVar("pyggcr_layer_cache", default=None)
_ignored: ContextVar[bool] = ContextVar("pyggcr_layer_cache_ignored", default=False)


@contextlib.contextmanager
def use_layer_cache(
    layer_cache: LayerCache | str | os.PathLike[str] | None,
) -> Iterator[LayerCache | None]:
    """Remember the gzip of layers for all calls inside the ``with`` block, in this thread or task.

    What is opened inside keeps the cache after the block. The Go engine, which compresses by
    itself, refuses to open archives meanwhile; images that ``pyggcr.open`` has opened use the cache
    with both engines.

    Args:
        layer_cache: the path of the cache's file, which is made if it is not there; or a
            ``LayerCache``; or ``None`` for none, whatever ``PYGGCR_LAYER_CACHE`` says.

    Yields:
        The ``LayerCache``, or ``None``.

    Raises:
        LayerCacheError: others may write the file or its folder.

    Examples:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> with use_layer_cache(folder.name + "/layers.sqlite") as cache:
        ...     cache.count()
        0
        >>> folder.cleanup()
    """
    cache = _opened(layer_cache)
    reset = _chosen.set(False if cache is None else cache)
    try:
        yield cache
    finally:
        _chosen.reset(reset)


def use_optional(
    layer_cache: LayerCache | str | os.PathLike[str] | None,
) -> contextlib.AbstractContextManager[object]:
    """``use_layer_cache``, but ``None`` leaves the choice as it is."""
    return contextlib.nullcontext() if layer_cache is None else use_layer_cache(layer_cache)


@contextlib.contextmanager
def ignore_layer_cache() -> Iterator[None]:
    """Compute everything anew inside the ``with`` block, whatever cache an image has."""
    reset = _ignored.set(True)
    try:
        yield
    finally:
        _ignored.reset(reset)


def is_ignored() -> bool:
    """Whether everything is to be computed anew."""
    return _ignored.get()


def chosen() -> Choice:
    """The choice for images that are opened now, to be handed to ``key_of`` later."""
    return None if _ignored.get() else _chosen.get()


def key_of(choice: Choice, profile: str, level: int) -> GzipKey | None:
    """What remembers layers that are compressed now; nothing without a cache.

    Args:
        choice: what ``chosen`` said when the image was opened.
        profile, level: of the gzip.
    """
    if _ignored.get():
        return None
    if choice is None:
        choice = _chosen.get()
    if choice is None:
        choice = _opened(os.environ.get(VARIABLE) or None)
    return None if isinstance(choice, bool) or choice is None else GzipKey(choice, profile, level)


class GzipKey:
    """A cache, for gzip of one profile and level."""

    __slots__ = ("_cache", "_level", "_profile")

    def __init__(self, cache: LayerCache, profile: str, level: int) -> None:
        self._cache = cache
        self._profile = profile
        self._level = level

    def get(self, diff_id: v1.Hash) -> tuple[v1.Hash, int] | None:
        """Digest and size of the gzip, if they are remembered.

        Before the content was hashed this says only that hashing it is worth while.
        """
        if diff_id.algorithm != "sha256":
            return None
        return self._cache.get(diff_id, self._profile, self._level)

    def settle(self, diff_id: v1.Hash, digest: v1.Hash, size: int) -> None:
        """Remember what was computed, or compare it with what is remembered.

        Raises:
            LayerCacheError: it is something else; the row is removed.
        """
        known = self.get(diff_id)
        if known is None:
            self._cache.put(diff_id, self._profile, self._level, digest, size)
        elif known != (digest, size):
            self.refute(diff_id, known, (digest, size))

    def refute(
        self, diff_id: v1.Hash, known: tuple[v1.Hash, int], found: tuple[v1.Hash, int]
    ) -> None:
        """Remove a row that is wrong, and say so: its digest may have been told already.

        Raises:
            LayerCacheError: always.
        """
        self._cache.remove(diff_id, self._profile, self._level)
        raise LayerCacheError(
            f"the layer cache {self._cache.path} said that {diff_id} compresses to {known[0]} "
            f"({known[1]} bytes), but it compresses to {found[0]} ({found[1]} bytes); the entry is "
            "removed: run the command again"
        )


def _opened(layer_cache: LayerCache | str | os.PathLike[str] | None) -> LayerCache | None:
    if isinstance(layer_cache, (str, os.PathLike)):
        return _at(os.path.abspath(layer_cache))  # noqa: PTH100  (links stay as they are)
    return layer_cache


@functools.lru_cache(maxsize=16)
def _at(path: str) -> LayerCache:
    from pyggcr._layers.layer_cache import LayerCache

    return LayerCache(path)
