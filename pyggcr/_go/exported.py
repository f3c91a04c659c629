"""Images, indexes and layers of Python that Go works on: the twin of native/python_value.go.

Go asks them by number and by the name of a method, from threads of its own, under the limits and
with the engine of the call. What a method raises is kept and raised again, unchanged, by the call
that failed because of it. Numbers are good for as long as the ``Exported`` lives that they are of.
"""

from __future__ import annotations

import contextvars
import itertools
import struct
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeAlias

from pyggcr import v1
from pyggcr._go import guest, library, models, opener
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    EngineUnavailableError,
    Error,
    NativePanicError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Exported", "Value"]

Value: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer

# What a method answers, on its way to Go: a number or bytes.
_Answer: TypeAlias = int | bytes

# Errors of ours that say nothing of the value: they are no finding of package validate.
_NO_FINDINGS = (CancelledError, ClosedError, EngineUnavailableError, NativePanicError)

_numbers = itertools.count(1)
# Weak, for a value may keep an exception whose traceback leads to the call, and to the Exported.
_exported: weakref.WeakValueDictionary[int, Exported] = weakref.WeakValueDictionary()
_lock = threading.Lock()
_installed: list[Any] = []  # cffi's callback, which must never be freed


class Exported(opener.Files):
    """A value, and all that Go finds through it."""

    __slots__ = ("__weakref__", "_context", "_values", "number")

    def __init__(self, value: Value) -> None:
        _install()
        super().__init__()
        self._context = contextvars.copy_context()
        self._values: dict[int, Value] = {}
        self.number = self.add(value)

    def add(self, value: Value) -> int:
        """A number for a value that this one led to."""
        number = next(_numbers)
        self._values[number] = value
        _exported[number] = self
        return number

    def answer(self, number: int, method: str, argument: str) -> _Answer:
        """What a method of the value with this number answers."""
        # A context can be entered once at a time, and Go asks from several threads.
        return self._context.copy().run(_ANSWERS[method], self, self._values[number], argument)


def _text(method: str) -> Callable[[Exported, Any, str], _Answer]:
    """A method whose answer is a hash or a media type."""
    return lambda _exported, value, _argument: str(getattr(value, method)()).encode(
        "utf-8", "surrogateescape"
    )


def _plain(method: str) -> Callable[[Exported, Any, str], _Answer]:
    """A method whose answer is bytes or a number already."""
    return lambda _exported, value, _argument: getattr(value, method)()


def _document(method: str) -> Callable[[Exported, Any, str], _Answer]:
    return lambda _exported, value, _argument: models.document(getattr(value, method)())


def _stream(method: str) -> Callable[[Exported, Any, str], _Answer]:
    return lambda exported, value, _argument: exported.add_file(getattr(value, method)())


def _other(method: str) -> Callable[[Exported, Any, str], _Answer]:
    """A method that finds another value by its hash."""
    return lambda exported, value, argument: exported.add(
        getattr(value, method)(models.hash_of(argument))
    )


def _lists_layers(_exported: Exported, index: v1.ImageIndex, _argument: str) -> int:
    # The interface has no such method, in Go neither, and it is used where it is there.
    return int(hasattr(index, "layer"))


def _layers(exported: Exported, image: v1.Image, _argument: str) -> bytes:
    numbers = [exported.add(layer) for layer in image.layers()]
    return struct.pack(f"={len(numbers)}Q", *numbers)


def _raised(exported: Exported, _value: Value, _argument: str) -> bytes:
    """What a stream raised, if Go may go on with it."""
    return _text_for_go(exported.raised)


_ANSWERS: dict[str, Callable[[Exported, Any, str], _Answer]] = {
    **{name: _text(name) for name in ("digest", "diff_id", "config_name", "media_type")},
    **{name: _plain(name) for name in ("size", "raw_manifest", "raw_config_file")},
    **{name: _document(name) for name in ("manifest", "config_file", "index_manifest")},
    **{name: _stream(name) for name in ("compressed", "uncompressed")},
    **{
        name: _other(name)
        for name in ("layer_by_digest", "layer_by_diff_id", "image", "image_index", "layer")
    },
    "layers": _layers,
    "lists_layers": _lists_layers,
    "raised": _raised,
}


def _install() -> None:
    """Tell the library, once, which function to call."""
    loaded = library.load()
    with _lock:
        if _installed:
            return
        ffi, lib = loaded.ffi, loaded.lib

        def ask(
            number: int, method: Any, method_size: int, argument: Any, size: int, answer: Any
        ) -> int:
            words = [
                ffi.unpack(text, length).decode("utf-8", "surrogateescape") if length else ""
                for text, length in ((method, method_size), (argument, size))
            ]
            return _ask(lib, number, words[0], words[1], answer)

        callback = ffi.callback("pyggcr_value_callback", ask, error=lib.PYGGCR_OPENER_RAISED)
        lib.pyggcr_set_value_callback(callback)
        _installed.append(callback)


def _ask(lib: Any, number: int, method: str, argument: str, answer: Any) -> int:
    exported = _exported.get(number)
    if exported is None:
        # Work that nobody waits for any more asks on.
        return _refuse(lib, ClosedError("already closed"), answer)
    try:
        found = exported.answer(number, method, argument)
        if isinstance(found, int):
            answer.number = found
        else:
            lib.pyggcr_result_put(answer, found, len(found))
    except BaseException as error:  # noqa: BLE001  (raised again by the call that Go makes fail)
        exported.raised = error
        return _refuse(lib, error, answer)
    finally:
        guest.leave()
    status: int = lib.PYGGCR_OK
    return status


def _refuse(lib: Any, error: BaseException, answer: Any) -> int:
    text = _text_for_go(error)
    if text:
        lib.pyggcr_result_put(answer, text, len(text))
    status: int = lib.PYGGCR_OPENER_RAISED
    return status


def _text_for_go(error: BaseException | None) -> bytes:
    """Go may go on with an error of ours as with one of its own, and only needs its text."""
    if isinstance(error, Error) and not isinstance(error, _NO_FINDINGS):
        return str(error).encode("utf-8", "surrogateescape")
    return b""
