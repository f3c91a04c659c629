"""Python values on their way to Go: the twin of native/argument.go.

An argument is a tag, a number of eight bytes, and data. ``encoder(kind)`` gives the function that
writes values of a kind that the library's table reports. ``Arguments`` holds the openers and Python
values that Go calls back because of them.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Callable, Mapping, Sequence

from pyggcr._go.handle import GoObject, Handle
from pyggcr.errors import UnsupportedOptionError

# What only some calls need is imported there: most work on objects of Go.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, TypeAlias, cast

    from pyggcr import v1
    from pyggcr._go.opener import Opener, Source
    from pyggcr._go.pages import GoPages
    from pyggcr._go.python_value import Predicate, PythonValue, Value
    from pyggcr._go.remote import GoClient
    from pyggcr._layers.derived import Describable
    from pyggcr._values.cache import Cache
    from pyggcr._values.mutate import Addendum, IndexAddendum
    from pyggcr.match import Matcher
    from pyggcr.name import Reference, Registry, Repository
    from pyggcr.v1.time import Time
else:
    from pyggcr._typing import Any, cast

__all__ = ["Arguments", "CalledBack", "Docker", "encoder"]

# enum pyggcr_tag of pyggcr.h; a test compares them.
NULL, HANDLE, INTEGER, BYTES, LIST, OPENER = range(6)
PYTHON_IMAGE, PYTHON_INDEX, PYTHON_LAYER, PYTHON_VALUE = range(6, 10)

_head = struct.Struct("<Bq").pack
_handle_head = struct.Struct("<BQ").pack
_NOTHING = _head(NULL, 0)

# What Go asks of something that is added to an index (mutate.Appendable).
_APPENDABLE = ("digest", "size", "media_type")


class Arguments:
    """What the arguments of one call bring along.

    Attributes:
        sources: the openers and Python values behind them. What comes out of the call keeps them
            alive, and the last exception of one of them is raised where Go says that one raised.
    """

    __slots__ = ("_lasting", "sources")

    def __init__(self, *, lasting: bool) -> None:
        """Begin a call; ``lasting`` if its result goes on using the arguments."""
        self._lasting = lasting
        self.sources: tuple[Source, ...] = ()

    def python_value(self, value: Value) -> PythonValue:
        """Let Go call a value back; under the limits in force unless the result outlives them."""
        from pyggcr._go.python_value import PythonValue

        added = PythonValue(value, limited=not self._lasting)
        self.sources += (added,)
        return added


class Docker:
    """How to talk to a Docker daemon, as native/docker.go knows it, and what opens the archive."""

    __slots__ = ("opener", "options")

    def __init__(self, options: Mapping[str, Any], opener: Opener | None) -> None:
        self.options = options
        self.opener = opener


class CalledBack:
    """An image or an index that Go shall ask through Python, wherever it lives."""

    __slots__ = ("value",)

    def __init__(self, value: v1.Image | v1.ImageIndex) -> None:
        self.value = value


_Encoder: TypeAlias = Callable[[Any, Arguments], bytes]


def encoder(kind: str) -> _Encoder:
    """The function that encodes values of this kind."""
    word, _, rest = kind.partition(" ")
    if word == "list":
        return _list_encoder(encoder(rest))
    if word == "json":
        return _document
    return _ENCODERS[kind]


def _list_encoder(element: _Encoder) -> _Encoder:
    def encode(values: Sequence[object], given: Arguments) -> bytes:
        return _head(LIST, len(values)) + b"".join([element(value, given) for value in values])

    return encode


def _bytes(value: bytes | None, _given: Arguments | None = None) -> bytes:
    if value is None:
        return _NOTHING
    return _head(BYTES, len(value)) + value


def _text(value: object, _given: Arguments | None = None) -> bytes:
    data = str(value).encode("utf-8", "surrogateescape")
    return _head(BYTES, len(data)) + data


def _integer(value: int, _given: Arguments) -> bytes:
    return _head(INTEGER, value)


def _boolean(value: object, _given: Arguments) -> bytes:
    return _head(INTEGER, bool(value))


def _document(value: object, _given: Arguments) -> bytes:
    if value is None:
        return _NOTHING
    if isinstance(value, Mapping):
        return _bytes(json.dumps(dict(value)).encode())
    return _bytes(_marshal(value))


def _marshal(value: object) -> bytes:
    from pyggcr._go import models

    return models.document(value)


def _object(value: object, given: Arguments) -> bytes:
    if isinstance(value, GoObject):
        given.sources += value.sources
        return _handle_head(HANDLE, value.handle.number)
    return _python_value(value, given)


def _python_value(value: object, given: Arguments) -> bytes:
    """An object that does not live in Go."""
    from pyggcr import v1
    from pyggcr._values.remote import RemoteDescriptor
    from pyggcr.v1.parts import Parts

    if isinstance(value, CalledBack):
        value = value.value
    if isinstance(value, Parts):
        return _documents(value.raw_manifest, value.raw_config_file, value.raw_index_manifest)
    if isinstance(value, RemoteDescriptor):
        return _documents(value.manifest, str(value.descriptor.media_type).encode())
    for base, tag in (
        (v1.Image, PYTHON_IMAGE),
        (v1.ImageIndex, PYTHON_INDEX),
        (v1.Layer, PYTHON_LAYER),
    ):
        if isinstance(value, base):
            return _head(tag, given.python_value(value).number)
    if all(hasattr(value, method) for method in _APPENDABLE):
        return _head(PYTHON_VALUE, given.python_value(cast("Describable", value)).number)
    raise UnsupportedOptionError(
        f"the Go engine takes images, indexes and layers, not a {type(value).__qualname__}"
    )


def _addendum(add: Addendum, given: Arguments) -> bytes:
    layer = _NOTHING if add.layer is None else _object(add.layer, given)
    said = {
        "urls": None if add.urls is None else list(add.urls),
        "annotations": None if add.annotations is None else dict(add.annotations),
        "media_type": str(add.media_type),
    }
    history = _marshal(add.history)
    document = b'{"history":' + history + b"," + json.dumps(said).encode()[1:]
    return _head(LIST, 2) + layer + _bytes(document)


def _index_addendum(add: IndexAddendum, given: Arguments) -> bytes:
    return _head(LIST, 2) + _object(add.add, given) + _document(add.descriptor(), given)


def _time(time: Time, _given: Arguments) -> bytes:
    return _head(LIST, 3) + b"".join([_head(INTEGER, part) for part in time])


def _matcher(matcher: Matcher, given: Arguments) -> bytes:
    """A matcher as data, which Go builds again, or a function that Go calls."""
    spec = getattr(matcher, "spec", None)
    if spec is not None:
        return _bytes(json.dumps(spec()).encode())
    return _head(PYTHON_VALUE, given.python_value(matcher).number)


def _cache(cache: Cache, given: Arguments) -> bytes:
    """A cache as data, which Go makes again, or one that Go calls back."""
    spec = cache.spec()
    if spec is None:
        return _head(PYTHON_VALUE, given.python_value(cache).number)
    folder = base64.b64encode(os.fsencode(spec.folder)).decode()
    return _bytes(json.dumps({"folder": folder, "read_only": spec.read_only}).encode())


def _callbacks(value: PythonValue | None, _given: Arguments) -> bytes:
    """What its owner keeps for as long as Go may call it."""
    return _NOTHING if value is None else _head(PYTHON_VALUE, value.number)


def _documents(*documents: bytes | None) -> bytes:
    """An object that native/argument.go makes of its documents."""
    return _head(LIST, len(documents)) + b"".join(map(_bytes, documents))


def _with_sources(value: GoClient | GoPages, given: Arguments) -> bytes:
    """What asks Python's retry predicate."""
    for source in value.sources:
        source.raised = None  # by an earlier call
    given.sources += value.sources
    return _handle(value.handle, given)


def _predicate(value: Predicate | None, _given: Arguments) -> bytes:
    return _NOTHING if value is None else _head(PYTHON_VALUE, value.number)


def _handle(value: Handle, _given: Arguments) -> bytes:
    return _handle_head(HANDLE, value.number)


def _opener(value: object, given: Arguments) -> bytes:
    if not callable(value):
        return _bytes(os.fsencode(cast("str", value)))
    from pyggcr._go.opener import Opener

    return _given_opener(Opener(value), given)


def _given_opener(opener: Opener, given: Arguments) -> bytes:
    given.sources += (opener,)
    return _head(OPENER, opener.number)


def _reader(value: BinaryIO, given: Arguments) -> bytes:
    """A stream that is open already."""
    from pyggcr._go.opener import Opener

    return _given_opener(Opener(lambda: value), given)


def _docker(value: Docker, given: Arguments) -> bytes:
    opener = _NOTHING if value.opener is None else _given_opener(value.opener, given)
    return _head(LIST, 2) + _document(value.options, given) + opener


def _name(value: Reference | Registry | Repository | None, _given: Arguments) -> bytes:
    """A name: the text that it was parsed from, with what it was completed by.

    So errors of Go name it as its user did.
    """
    if value is None:
        return _NOTHING
    from pyggcr.name import Digest, Registry, Repository, Tag

    default_registry = default_tag = ""
    if isinstance(value, Registry):
        kind, text, registry = "registry", value.host, value
    elif isinstance(value, Repository):
        kind, text, registry = "repository", value.name(), value.registry
    else:
        kind, text = "digest" if isinstance(value, Digest) else "tag", str(value)
        registry = value.context().registry
        default_registry = registry.host
        default_tag = value.identifier() if isinstance(value, Tag) else ""
    texts = b"".join(map(_text, (kind, text, default_registry, default_tag)))
    return _head(LIST, 5) + texts + _head(INTEGER, registry.insecure)


_ENCODERS: dict[str, _Encoder] = {
    **dict.fromkeys(("image", "index", "layer", "value", "descriptor"), _object),
    **dict.fromkeys(("client", "pages"), _with_sources),
    "server": _handle,
    "predicate": _predicate,
    **dict.fromkeys(
        ("tag", "optional tag", "digest", "reference", "repository", "registry", "name"), _name
    ),
    "hash": _text,
    "text": _text,
    "bytes": _bytes,
    "integer": _integer,
    "boolean": _boolean,
    "opener": _opener,
    "reader": _reader,
    "docker": _docker,
    "addendum": _addendum,
    "index addendum": _index_addendum,
    "time": _time,
    "matcher": _matcher,
    "cache": _cache,
    "callbacks": _callbacks,
}
