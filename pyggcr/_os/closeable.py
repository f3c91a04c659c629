"""``Closeable``: base class of objects that a ``with`` block closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Closeable"]


class Closeable:
    """Something with a ``close`` that does no harm when it is called again."""

    def close(self) -> None:
        """Release what is held; the object cannot be used afterwards. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
