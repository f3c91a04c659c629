"""Images, indexes and layers of Python that Go works on: the twin of native/python_value.go.

Go asks them by number and by the name of a method, from threads of its own, under the limits and
with the engine of the call. What a method raises is kept and raised again, unchanged, by the call
that failed because of it. A number is good for as long as its ``PythonValue`` lives.
"""

from __future__ import annotations

import contextvars
import itertools
import struct
import threading
import weakref

from pyggcr import limits, v1
from pyggcr._go import error, foreign_thread, library, models, opener
from pyggcr._layers import derived
from pyggcr._layers.core import origin_of
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    EngineUnavailableError,
    Error,
    LayerNotFoundError,
    NativePanicError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from pyggcr._values.cache import Cache
    from pyggcr.match import Matcher

__all__ = ["Predicate", "PythonValue", "Value"]

# The last three are a matcher, a cache of layers and a retry predicate.
Value: TypeAlias = (
    "v1.Image | v1.ImageIndex | v1.Layer | derived.Describable | Matcher | Cache "
    "| Callable[[Error], bool]"
)

# What a method answers, on its way to Go: a number or bytes.
_Answer: TypeAlias = int | bytes

# Errors of ours that say nothing of the value: they are no finding of package validate.
_NO_FINDINGS = (CancelledError, ClosedError, EngineUnavailableError, NativePanicError)

_numbers = itertools.count(1)
# Weak, for a value may keep an exception whose traceback leads to the call, and to the PythonValue.
_python_values: weakref.WeakValueDictionary[int, PythonValue] = weakref.WeakValueDictionary()
_lock = threading.Lock()
_installed: list[Any] = []  # cffi's callback, which must never be freed


class PythonValue(opener.Source):
    """A value, and all that Go finds through it."""

    __slots__ = ("__weakref__", "_context", "_known", "_values", "number")

    def __init__(self, value: Value, *, limited: bool) -> None:
        """Let Go ask a value.

        Args:
            value: what Go asks.
            limited: whether under the limits in force now. What lasts must not be: they would stop
                work of later calls.
        """
        _install()
        super().__init__()
        self._context = contextvars.copy_context()
        if not limited:
            self._context.run(limits.lift)
        self._values: dict[int, Value] = {}
        self._known: dict[int, int] = {}  # numbers by the identity of values, which are all alive
        self.number = self.add(value)

    def add(self, value: Value) -> int:
        """A number for a value that this one led to."""
        number = self._known.get(id(value))
        if number is None:
            number = self._known[id(value)] = next(_numbers)
            self._values[number] = value
            _python_values[number] = self
        return number

    def answer(self, number: int, method: str, argument: str) -> _Answer:
        """What a method of the value with this number answers."""
        # A context can be entered once at a time, and Go asks from several threads.
        return self._context.copy().run(_ANSWERS[method], self, self._values[number], argument)


class Predicate(PythonValue):
    """Says whether a request is tried again; lasts as long as what sends requests.

    Go knows no errors of a predicate: it gives up, and the call fails because of the request.
    """

    __slots__ = ()

    decides = True

    def __init__(self, predicate: Callable[[Error], bool]) -> None:
        super().__init__(predicate, limited=False)


def _text(method: str) -> Callable[[PythonValue, Any, str], _Answer]:
    """A method whose answer is a hash or a media type."""
    return lambda _source, value, _argument: str(getattr(value, method)()).encode(
        "utf-8", "surrogateescape"
    )


def _plain(method: str) -> Callable[[PythonValue, Any, str], _Answer]:
    """A method whose answer is bytes or a number already."""
    return lambda _source, value, _argument: getattr(value, method)()


def _document(method: str) -> Callable[[PythonValue, Any, str], _Answer]:
    return lambda _source, value, _argument: models.document(getattr(value, method)())


def _stream(method: str) -> Callable[[PythonValue, Any, str], _Answer]:
    return lambda source, value, _argument: source.add_file(getattr(value, method)())


def _other(method: str) -> Callable[[PythonValue, Any, str], _Answer]:
    """A method that finds another value by its hash."""
    return lambda source, value, argument: source.add(
        getattr(value, method)(models.hash_of(argument))
    )


def _lists_layers(_source: PythonValue, index: v1.ImageIndex, _argument: str) -> int:
    return int(derived.layer_finder(index) is not None)


def _descriptor(_source: PythonValue, value: Any, _argument: str) -> bytes:
    return models.document(derived.descriptor(value))


def _matches(_source: PythonValue, matcher: Any, argument: str) -> int:
    return int(bool(matcher(models.descriptor(argument.encode("utf-8", "surrogateescape")))))


def _cache_get(source: PythonValue, cache: Cache, argument: str) -> int:
    """The number of a layer, or 0 if the cache has none."""
    try:
        return source.add(cache.get(models.hash_of(argument)))
    except LayerNotFoundError:
        return 0


def _cache_put(source: PythonValue, cache: Cache, argument: str) -> int:
    """The number of the layer to use from now on, for that of the one to put."""
    number = int(argument)
    owner = _python_values.get(number)
    if owner is None:
        raise ClosedError("already closed")
    layer: Any = owner._values[number]
    return source.add(cache.put(layer))


def _cache_delete(_source: PythonValue, cache: Cache, argument: str) -> int:
    cache.delete(models.hash_of(argument))
    return 1


def _retries(_source: PythonValue, predicate: Any, argument: str) -> int:
    return int(bool(predicate(error.from_text(argument))))


def _layers(source: PythonValue, image: v1.Image, _argument: str) -> bytes:
    numbers = [source.add(layer) for layer in image.layers()]
    return struct.pack(f"={len(numbers)}Q", *numbers)


def _origin(_source: PythonValue, layer: v1.Layer, _argument: str) -> bytes:
    origin = origin_of(layer)
    return b"" if origin is None else origin.name().encode()


def _raised(source: PythonValue, _value: Value, _argument: str) -> bytes:
    """What a stream raised, if Go may go on with it."""
    return _text_for_go(source.raised.exception if source.raised else None)


_ANSWERS: dict[str, Callable[[PythonValue, Any, str], _Answer]] = {
    **{name: _text(name) for name in ("digest", "diff_id", "config_name", "media_type")},
    **{name: _plain(name) for name in ("size", "raw_manifest", "raw_config_file")},
    **{name: _document(name) for name in ("manifest", "config_file", "index_manifest")},
    **{name: _stream(name) for name in ("compressed", "uncompressed")},
    **{
        name: _other(name)
        for name in ("layer_by_digest", "layer_by_diff_id", "image", "image_index", "layer")
    },
    "cache_get": _cache_get,
    "cache_put": _cache_put,
    "cache_delete": _cache_delete,
    "layers": _layers,
    "descriptor": _descriptor,
    "lists_layers": _lists_layers,
    "matches": _matches,
    "origin": _origin,
    "raised": _raised,
    "retries": _retries,
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
    source = _python_values.get(number)
    if source is None:
        # Work that nobody waits for any more asks on.
        return _refuse(lib, ClosedError("already closed"), answer)
    try:
        found = source.answer(number, method, argument)
        if isinstance(found, int):
            answer.number = found
        else:
            lib.pyggcr_result_put(answer, found, len(found))
    except BaseException as raised:  # noqa: BLE001  (raised again by the call that Go makes fail)
        source.raised = opener.Raised(raised)
        return _refuse(lib, raised, answer)
    finally:
        foreign_thread.leave()
    status: int = lib.PYGGCR_OK
    return status


def _refuse(lib: Any, raised: BaseException, answer: Any) -> int:
    text = _text_for_go(raised)
    if text:
        lib.pyggcr_result_put(answer, text, len(text))
    status: int = lib.PYGGCR_OPENER_RAISED
    return status


def _text_for_go(raised: BaseException | None) -> bytes:
    """Go may go on with an error of ours as with one of its own, and only needs its text."""
    if isinstance(raised, Error) and not isinstance(raised, _NO_FINDINGS):
        return str(raised).encode("utf-8", "surrogateescape")
    return b""
