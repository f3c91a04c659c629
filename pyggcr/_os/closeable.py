"""``Closeable``: base class of objects that a ``with`` block closes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Closeable"]


class Closeable:
    """An object that a ``with`` block closes."""

    def close(self) -> None:
        """Release what the object holds, such as files and memory.

        The object cannot be used afterwards. Closing it again has no effect.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
