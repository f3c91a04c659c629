"""Layers of registries, each read once for all images that have it.

``read_layer`` is what a worker does, in one request if all is well. ``WaitingImages`` is the side
of the coordinator: images wait there until their layers are read. A layer that cannot be read has
no facts, and each of its images reads it again, so that each row says what is wrong.
"""

from __future__ import annotations

import collections
import io
from collections.abc import Iterable

from pyggcr import limits, v1
from pyggcr._dataclasses import replace
from pyggcr._layers.compression import peek_compression
from pyggcr._layers.file_names import blob_name
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.audit.tasks import LayerFacts, Task
from pyggcr.doctor.blob_checks import Hashed, hash_blob
from pyggcr.doctor.layer_forms import HEAD_SIZE, form_of
from pyggcr.errors import CancelledError, DeadlineExceededError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr.audit.state import State

__all__ = ["WaitingImages", "hashed_of", "read_layer"]

_MOST_WAITING = 16  # tasks, each with some images


def read_layer(
    open_blob: Callable[[v1.Hash], io.RawIOBase],
    digest: str,
    repository: str,
    timeout: float | None,
) -> LayerFacts | None:
    """Read a layer to its end; nothing if it cannot be read.

    Raises:
        CancelledError: the work was cancelled as a whole.
    """
    try:
        with limits.limit(timeout=timeout):
            return _read_layer(open_blob, v1.new_hash(digest), repository)
    except DeadlineExceededError:
        limits.current().check()  # the limit of all, not that of this layer
        return None
    except CancelledError:
        raise
    except Error:
        return None


def _read_layer(
    open_blob: Callable[[v1.Hash], io.RawIOBase], digest: v1.Hash, repository: str
) -> LayerFacts:
    with open_blob(digest) as stream:
        compression, peeked = peek_compression(stream)
        head = b"" if compression != "none" else peeked.peek(HEAD_SIZE)
        opened: list[io.RawIOBase] = [peeked]

        def opener(_name: str) -> io.RawIOBase:
            return opened.pop() if opened else open_blob(digest)

        with WorkerPool(0) as pool:
            found = hash_blob(opener, pool, blob_name(digest), compression, digest.algorithm)
    return LayerFacts(
        repository,
        compression,
        form_of(compression, head),
        str(found.blob),
        "" if found.content is None else str(found.content),
        found.damage,
        found.is_tar,
    )


def hashed_of(facts: LayerFacts) -> Hashed:
    """The same, as the doctor has it."""
    content = v1.new_hash(facts.content) if facts.content else None
    return Hashed(v1.new_hash(facts.blob), content, facts.damage, facts.is_tar)


class WaitingImages:
    """Tasks whose images wait for layers; each layer is read by one task at a time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._ready: collections.deque[Task] = collections.deque()
        self._missing: dict[int, set[str]] = {}  # layers that a waiting task lacks
        self._tasks: dict[int, tuple[Task, frozenset[str]]] = {}  # and all layers of its images
        self._readers: dict[tuple[str, str], list[int]] = {}  # who waits for a layer
        self._number = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be started."""
        return not self._ready

    @property
    def is_full(self) -> bool:
        """Whether so many images wait that others should not be begun."""
        return len(self._tasks) >= _MOST_WAITING

    def next(self) -> Task | None:
        """The next task that can begin."""
        return self._ready.popleft() if self._ready else None

    def add(self, task: Task, identifiers: tuple[str, ...], layers: Iterable[str]) -> None:
        """Have images wait until layers are read that nobody has read before.

        Args:
            task: the one that looked at the images.
            identifiers: of the images, tags or digests.
            layers: digests of all their layers.
        """
        # These images are read in any case.
        waiting = replace(task, tags=identifiers, known={}, fresh=True, done=frozenset())
        wanted = frozenset(layers)
        missing = {it for it in wanted if self._state.layer(task.host, it) is None}
        if not missing:
            self._go_on(waiting, wanted)
            return
        self._number += 1
        self._tasks[self._number], self._missing[self._number] = (waiting, wanted), set(missing)
        unread = []
        for digest in sorted(missing):
            readers = self._readers.setdefault((task.host, digest), [])
            if not readers:
                unread.append(digest)
            readers.append(self._number)
        at_once = max(1, task.reading.at_once)
        for begin in range(0, len(unread), at_once):
            some = tuple(unread[begin : begin + at_once])
            self._ready.append(replace(task, tags=(), known={}, done=frozenset(), layers=some))

    def take(self, task: Task, facts: dict[str, LayerFacts]) -> None:
        """Keep what a task that read layers found, by digest."""
        self._state.keep_layers(task.host, facts)
        for digest in task.layers:
            for number in self._readers.pop((task.host, digest), ()):
                self._missing[number].discard(digest)
                if not self._missing[number]:
                    del self._missing[number]
                    self._go_on(*self._tasks.pop(number))

    def _go_on(self, task: Task, layers: frozenset[str]) -> None:
        """Have the images of a task read, whose layers were read as far as they can be."""
        found = {it: self._state.layer(task.host, it) for it in layers}
        self._state.use_layers(task.host, found)
        facts = {digest: facts for digest, facts in found.items() if facts is not None}
        self._ready.append(replace(task, facts=facts))
