"""What the workers of an audit are given and give back; all of it can be pickled."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr._layers.compression import Compression
from pyggcr.audit.rows import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Item", "LayerFacts", "Outcome", "Reading", "Task"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How images are read.

    Attributes:
        platform: which images of an index; ``None`` for all.
        deep: whether to read and hash layers too.
        timeout: seconds that one image may take; ``None`` for any time.
        at_once: how many images of a registry one task reads at the same time.
        options: keyword arguments of ``remote.Puller``.
    """

    platform: str | None = None
    deep: bool = False
    timeout: float | None = None
    at_once: int = 1
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What reading a layer to its end told; the same for all images of a registry.

    Attributes:
        repository: where it was read.
        compression: by its first bytes.
        form: what it is; see ``pyggcr.doctor.layer_forms``.
        blob: the hash of the blob.
        content: the hash of the content; empty where it cannot be decompressed.
        damage: why it cannot.
        is_tar: whether the content is plainly a good tar.
    """

    repository: str
    compression: Compression
    form: str
    blob: str
    content: str
    damage: str
    is_tar: bool


@dataclass(frozen=True, slots=True)
class Task:
    """Some images of one repository, some layers of it, or an archive.

    Attributes:
        target: name of the repository, or whatever ``pyggcr.open`` takes.
        reading: how images are read.
        host: of the registry; empty for archives.
        tags: which images of the repository, tags or digests; ``None`` for all that are listed.
        most: how many of those that are listed to read.
        known: digests of images that were read before, by their references.
        done: references of those that need not be looked at.
        fresh: whether to read them though their digests may be known.
        facts: of the layers of these images, by digest; ``None`` to name the layers that must be
            read first, in ``Item.wants``. Layers that are missing here are read for each image.
        layers: digests of layers to read, in place of images.
    """

    target: str
    reading: Reading
    host: str = ""
    tags: tuple[str, ...] | None = ()
    most: int = 0
    known: dict[str, str] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    fresh: bool = False
    facts: dict[str, LayerFacts] | None = None
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A reference that was looked at.

    Attributes:
        reference: what was looked at, as the state knows it.
        digest: of the manifest or index, or what else changes with the content; empty where it
            could not be read, so that it will be tried again.
        rows: of its images; ``None`` if the digest is known, and the rows with it.
        wants: digests of layers that must be read before there are rows.
    """

    reference: str
    digest: str
    rows: tuple[Row, ...] | None
    wants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task.

    Attributes:
        items: what was looked at.
        rest: tags that were listed and not read.
        facts: of the layers that were read, by digest.
    """

    items: tuple[Item, ...]
    rest: tuple[str, ...] = ()
    facts: dict[str, LayerFacts] = field(default_factory=dict)
