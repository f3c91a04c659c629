"""Follows a tar archive as it streams by: would archive/tar read it to its end, no name twice?

That is what pkg/v1/validate asks of a layer. A walk never decides that something is wrong: what is
not plainly good, or is rare (sparse files), makes it give up, and ``Reader`` has to find out.
native/accelerator/tar_walk.c does the work where the accelerator is there, python_walk elsewhere.
"""

from __future__ import annotations

import os

from pyggcr._gostd import codecs
from pyggcr._gostd.accelerator import Module
from pyggcr._gostd.tar.names import KEY_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Buffer
else:
    from pyggcr._typing import Protocol

__all__ = ["CompiledWalk", "Walk"]


class _Steps(Protocol):
    """What either way of walking offers."""

    @property
    def gave_up(self) -> bool: ...

    def feed(self, data: Buffer) -> None: ...

    def clean(self) -> bool: ...


class Walk:
    """One walk from an archive's first byte to its last, used by one thread at a time.

    It takes 8 bytes per entry, times two to three, and at most 2 MiB for what precedes an entry.
    """

    def __init__(self) -> None:
        module = codecs.tar_walker()
        self._steps: _Steps
        if module is not None:
            self._steps = CompiledWalk(module)
            return
        # Imported here: where the accelerator is, nobody needs it.
        from pyggcr._gostd.tar.python_walk import PythonWalk

        self._steps = PythonWalk()

    @property
    def gave_up(self) -> bool:
        """Whether the walk cannot be clean any more: there is no use in feeding it."""
        return self._steps.gave_up

    def feed(self, data: Buffer) -> None:
        """Take the next bytes of the archive, in pieces of any size; free of the GIL in C."""
        self._steps.feed(data)

    def clean(self) -> bool:
        """Whether ``Reader`` would come to the end without an error and meet no name twice.

        To be asked once all has been fed. False says only that it may be otherwise.
        """
        return self._steps.clean()


class CompiledWalk:
    """A walk by the accelerator."""

    def __init__(self, module: Module) -> None:
        self._lib = module.lib
        self._from_buffer = module.ffi.from_buffer
        walk = module.lib.tar_walk_new(os.urandom(KEY_SIZE))
        if not walk:
            raise MemoryError
        self._walk = module.ffi.gc(walk, module.lib.tar_walk_free)
        self.gave_up = False

    def feed(self, data: Buffer) -> None:
        """Take the next bytes of the archive."""
        with self._from_buffer("uint8_t[]", data) as view:
            self.gave_up = not self._lib.tar_walk_feed(self._walk, view, len(view))

    def clean(self) -> bool:
        """Whether the archive may end here, and all of it was good."""
        self.gave_up = not self._lib.tar_walk_finish(self._walk)
        return not self.gave_up
