"""SHA-256 by the accelerator (native/accelerator/sha256.c), of several streams at once.

A processor hashes three streams nearly as fast as one. So ``bytes`` that a stream is given may wait
until others have some too.
"""

from __future__ import annotations

import functools
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Buffer, Self

    from pyggcr._gostd.accelerator import Module

__all__ = ["Sha256"]

# SHA256_LAST_WAITS and SHA256_NONE_WAITS of accelerator.h: looking them up takes longer.
_LAST_WAITS = 1
_NONE_WAITS = 2


class Sha256:
    """One stream, like the objects of hashlib, but for one thread at a time.

    Memory: up to 1 MiB of the ``bytes`` that it was given, until the next call.
    """

    __slots__ = ("_add", "_ffi", "_handle", "_kept", "_lib", "_lock")

    name = "sha256"
    digest_size = 32
    block_size = 64

    def __init__(self, module: Module) -> None:
        """Take the loaded accelerator; it has to have an implementation for this processor.

        Raises:
            MemoryError: there is not enough.
        """
        self._ffi, self._lib = module.ffi, module.lib
        self._take_over(self._lib.sha256_new())

    def _take_over(self, handle: Any) -> None:
        if handle == self._ffi.NULL:
            raise MemoryError
        self._lock = threading.Lock()
        # What C may still read: it must outlive the handle, whichever of the two is dropped first.
        self._kept: list[Any] = []
        self._add = self._lib.sha256_add
        free = functools.partial(self._lib.sha256_free)
        free.kept = self._kept  # type: ignore[attr-defined]
        self._handle = self._ffi.gc(handle, free)

    def update(self, data: Buffer, /) -> None:
        """Take the next piece.

        Raises:
            RuntimeError: another thread is using the stream.
        """
        self._begin()
        try:
            if type(data) is bytes:
                source = self._ffi.from_buffer("uint8_t[]", data)
                self._kept.append(source)
                waiting = self._add(self._handle, source, len(data), 1)
                if waiting == _NONE_WAITS:
                    self._kept.clear()
                elif waiting == _LAST_WAITS:
                    del self._kept[:-1]
            else:
                with self._ffi.from_buffer("uint8_t[]", data) as source:
                    self._add(self._handle, source, len(source), 0)
                self._kept.clear()
        finally:
            self._lock.release()

    def digest(self) -> bytes:
        """The digest of all so far.

        Raises:
            RuntimeError: another thread is using the stream.
        """
        out = self._ffi.new("uint8_t[]", self.digest_size)
        self._begin()
        try:
            self._lib.sha256_digest(self._handle, out)
            self._kept.clear()
        finally:
            self._lock.release()
        digest: bytes = self._ffi.buffer(out)[:]
        return digest

    def hexdigest(self) -> str:
        """The digest in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """Another stream, which has been given the same."""
        other = type(self).__new__(type(self))
        other._ffi, other._lib = self._ffi, self._lib
        self._begin()
        try:
            other._take_over(self._lib.sha256_copy(self._handle))
            self._kept.clear()
        finally:
            self._lock.release()
        return other

    def _begin(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("another thread is using this hash")
