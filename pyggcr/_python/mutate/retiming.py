"""An image with other times: ``Time`` of pkg/v1/mutate, its faults included."""

from __future__ import annotations

import io
import threading

from pyggcr import limits, v1
from pyggcr._gostd.fmt import wrapping
from pyggcr._gostd.tar import Reader
from pyggcr._gostd.tar.header import GNU, PAX
from pyggcr._gostd.tar.header import Time as TarTime
from pyggcr._gostd.tar.writer import Writer
from pyggcr._python import empty, mutate
from pyggcr._values.mutate import Addendum
from pyggcr.errors import MismatchedLayersError
from pyggcr.types import MediaType
from pyggcr.v1.time import ZERO_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO


__all__ = ["retimed"]

_CHUNK = 1 << 20
_REGULAR = "0"


def retimed(
    image: v1.Image, time: v1.Time, make: Callable[[Callable[[], BinaryIO]], v1.Layer]
) -> v1.Image:
    """The image with one time for everything: files, history and itself (``mutate.Time``).

    Args:
        image: any image.
        time: the time; Go's zero time is 1970 in tar files.
        make: makes a layer of what opens its tar.

    Raises:
        MismatchedLayersError: there are fewer entries in the history than layers. Go panics.
    """
    with wrapping("getting image layers"):
        layers = image.layers()
    with wrapping("getting original config file"):
        original = image.config_file()
    history = original.history or []
    changed = [RetimedLayer(layer, time, make) for layer in layers]
    with wrapping("appending layers"):
        made = mutate.append(base=empty.image(), adds=_addenda(history, changed))
    with wrapping("setting config file"):
        config = made.config_file()
    config.architecture = original.architecture
    config.os = original.os
    config.os_version = original.os_version
    config.config = original.config
    config.created = time
    if len(config.history or ()) > len(history):
        raise MismatchedLayersError(
            f"the history has {len(history)} entries, which is too few for {len(layers)} layers"
        )
    config.history = config.history and [
        v1.History(
            created=time,
            created_by=entry.created_by,
            comment=entry.comment,
            empty_layer=entry.empty_layer,
        )
        for entry in history
    ]
    return mutate.config_file(base=made, config_file=config)


def _addenda(history: Sequence[v1.History], layers: Sequence[v1.Layer]) -> list[Addendum]:
    """Each entry of the history with the layer that it made.

    There are as many as there are entries or layers, whichever are more. If empty entries make up
    the number, layers that none is left for are lost, as in Go (docs/upstream-findings.md).
    """
    count = max(len(history), len(layers))
    entries = [*history, *(v1.History() for _ in range(count - len(history)))]
    found: list[v1.Layer | None] = [None] * count
    at = 0
    for layer in layers:
        while at < len(history) and history[at].empty_layer:
            at += 1
        if at < count:
            found[at] = layer
        at += 1
    return [Addendum(layer, entry) for layer, entry in zip(found, entries, strict=True)]


class RetimedLayer(v1.Layer):
    """A layer written anew with one time for all files, when it is first asked (``timeLayer``)."""

    def __init__(
        self, inner: v1.Layer, time: v1.Time, make: Callable[[Callable[[], BinaryIO]], v1.Layer]
    ) -> None:
        self._inner = inner
        seconds, nanoseconds, _offset = time
        # None is Go's zero time.
        is_zero = (seconds, nanoseconds) == ZERO_TIME[:2]
        self._time = None if is_zero else TarTime(seconds, nanoseconds)
        self._make = make
        self._made: v1.Layer | None = None
        self._lock = threading.Lock()

    def _layer(self) -> v1.Layer:
        with self._lock:
            if self._made is None:
                content = self._content()
                with wrapping("creating layer"):
                    self._made = self._make(lambda: io.BytesIO(content))
            return self._made

    def _content(self) -> bytes:
        """The tar with other times, whole in memory as in Go (``materializeLayerTime``)."""
        archive = io.BytesIO()
        writer = Writer(archive)
        with wrapping("getting layer"):
            stream = self._inner.uncompressed()
        with stream:
            self._copy(Reader(stream), writer)
            # To the very end, where the layer is compared with its digest.
            with wrapping("verifying layer"):
                while stream.read(_CHUNK):
                    limits.current().check()
        writer.close()
        return archive.getvalue()

    def _copy(self, reader: Reader, writer: Writer) -> None:
        while True:
            with wrapping("reading layer"):
                header = reader.next()
            if header is None:
                return
            header.mod_time = self._time
            if header.format in (PAX, GNU):
                header.access_time = header.change_time = self._time
            with wrapping("writing tar header"):
                writer.write_header(header)
            if header.typeflag == _REGULAR:
                # Other types may have content too, which Go misses (docs/upstream-findings.md).
                with wrapping("writing layer file"):
                    writer.copy_from(reader, header.size)

    def digest(self) -> v1.Hash:
        """Hash of the compressed layer (``Layer.Digest``)."""
        return self._layer().digest()

    def diff_id(self) -> v1.Hash:
        """Hash of the uncompressed layer (``Layer.DiffID``)."""
        return self._layer().diff_id()

    def compressed(self) -> io.RawIOBase:
        """A stream of the compressed bytes (``Layer.Compressed``)."""
        return self._layer().compressed()

    def uncompressed(self) -> io.RawIOBase:
        """A stream of the uncompressed bytes (``Layer.Uncompressed``)."""
        return self._layer().uncompressed()

    def size(self) -> int:
        """Size of the compressed layer in bytes (``Layer.Size``)."""
        return self._layer().size()

    def media_type(self) -> MediaType:
        """Media type of the layer (``Layer.MediaType``)."""
        return self._layer().media_type()
