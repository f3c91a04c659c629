"""Files that the user's code opens and Go reads: the twin of native/opener.go.

Go calls back by number, from threads of its own. What the user's code raises is kept and raised
again, unchanged, by the call that failed because of it. An opener lives as long as an image,
layer, stream or file that may still use it.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import weakref

from pyggcr._go import foreign_thread, library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

__all__ = ["Opener", "Raised", "Source"]

_FAILED = -1

_numbers = itertools.count(1)
_openers: weakref.WeakValueDictionary[int, Opener] = weakref.WeakValueDictionary()
_files: dict[int, tuple[Source, BinaryIO]] = {}
_lock = threading.Lock()
_installed: list[Any] = []  # cffi's callbacks, which must never be freed


class Raised:
    """An exception of the user's code; a higher number was raised later."""

    __slots__ = ("exception", "number")

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception
        self.number = next(_numbers)


class Source:
    """What Go may get open files from.

    Attributes:
        raised: the last exception that kept it from giving one, or from reading it.
        decides: whether a call that fails, for whatever reason, failed because of that exception.
    """

    __slots__ = ("raised",)

    decides = False

    def __init__(self) -> None:
        _install()
        self.raised: Raised | None = None

    def add_file(self, file: BinaryIO) -> int:
        """A number for an open file, which Go reads and closes."""
        number = next(_numbers)
        _files[number] = (self, file)
        return number


class Opener(Source):
    """A function that opens the archive anew each time, under the number that Go knows it by."""

    __slots__ = ("__weakref__", "number", "open")

    def __init__(self, opener: Callable[[], BinaryIO]) -> None:
        super().__init__()
        self.open = opener
        self.number = next(_numbers)
        _openers[self.number] = self


def _install() -> None:
    """Tell the library, once, which functions to call."""
    loaded = library.load()
    with _lock:
        if _installed:
            return
        ffi = loaded.ffi

        def read(number: int, buffer: Any, size: int) -> int:
            return _read(ffi, number, buffer, size)

        _installed.extend(
            [
                ffi.callback("int64_t(uint64_t)", _open, error=_FAILED),
                ffi.callback("int64_t(uint64_t, char *, size_t)", read, error=_FAILED),
                ffi.callback("void(uint64_t)", _close),
            ]
        )
        callbacks = ffi.new("pyggcr_opener_callbacks *", _installed)
        loaded.lib.pyggcr_set_opener_callbacks(callbacks)


def _open(number: int) -> int:
    opener = _openers.get(number)
    if opener is None:
        return _FAILED
    try:
        return opener.add_file(opener.open())
    except BaseException as error:  # noqa: BLE001  (raised again by the call that Go makes fail)
        opener.raised = Raised(error)
        return _FAILED
    finally:
        foreign_thread.leave()


def _read(ffi: Any, number: int, buffer: Any, size: int) -> int:
    opened = _files.get(number)
    if opened is None:
        # Work that go-containerregistry left behind reads on after its file was closed.
        return _FAILED
    opener, file = opened
    try:
        data = file.read(size)
        if data is None:
            raise BlockingIOError("an archive must be opened in blocking mode")
        if len(data) > size:
            raise ValueError(f"read({size}) returned {len(data)} bytes")
        ffi.memmove(buffer, data, len(data))
    except BaseException as error:  # noqa: BLE001  (raised again by the call that Go makes fail)
        opener.raised = Raised(error)
        return _FAILED
    finally:
        foreign_thread.leave()
    return len(data)


def _close(number: int) -> None:
    _opener, file = _files.pop(number)
    try:
        # No exception may pass through Go, which ignores errors of Close.
        with contextlib.suppress(BaseException):
            file.close()
    finally:
        foreign_thread.leave()
