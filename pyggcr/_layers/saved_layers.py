"""The layers that ``manifest.json`` of a docker-save archive names: which file, which descriptor.

One decision for all readers of such archives: of files that are stored uncompressed the first with
a DiffID counts, and ``LayerSources`` makes the descriptor of some layers. The order in which files
are looked at is each reader's own.
"""

from __future__ import annotations

from pyggcr.v1.tarball_manifest import OWN_LAYERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from pyggcr.types import MediaType
    from pyggcr.v1.hash import Hash
    from pyggcr.v1.manifest import Descriptor

    class OpenFile(Protocol):
        """A file of an archive; ``anywhere`` says whether any thread may read it."""

        anywhere: bool

        def open(self) -> io.RawIOBase: ...


__all__ = ["ForeignLayer", "PlainLayer", "descriptors_of", "first_positions", "is_own_layer"]


def first_positions(hashes: Sequence[Hash]) -> dict[Hash, int]:
    """The place at which each hash stands first, by hash."""
    return {hash_: position for position, hash_ in reversed(list(enumerate(hashes)))}


def is_own_layer(source: Descriptor) -> bool:
    """Whether an entry of ``LayerSources`` is of a layer that Docker stored uncompressed itself."""
    return source.media_type in OWN_LAYERS


def descriptors_of(
    sources: Mapping[Hash, Descriptor] | None, *, compressed: bool, trusted: bool = False
) -> Mapping[Hash, Descriptor]:
    """The entries of ``LayerSources`` that go-containerregistry takes for descriptors, by DiffID.

    Args:
        sources: what ``manifest.json`` has.
        compressed: whether it takes the image's layers for compressed, as the first one is; then
            it takes every entry.
        trusted: also take the entries of Docker's own layers, as it did before v0.19.
    """
    if not sources:
        return {}
    if compressed or trusted:
        return sources
    return {diff_id: it for diff_id, it in sources.items() if not is_own_layer(it)}


class PlainLayer:
    """A layer known by its content (``partial.UncompressedLayer``)."""

    def __init__(self, file: OpenFile, diff_id: Hash, media_type: MediaType) -> None:
        self._file = file
        self.anywhere = file.anywhere
        self._diff_id = diff_id
        self._media_type = media_type

    def diff_id(self) -> Hash:
        """The DiffID that the config claims."""
        return self._diff_id

    def uncompressed(self) -> io.RawIOBase:
        """The content."""
        return self._file.open()

    def media_type(self) -> MediaType:
        """Media type of the layer when compressed."""
        return self._media_type


class ForeignLayer(PlainLayer):
    """A layer whose descriptor is what ``LayerSources`` says (``foreignUncompressedLayer``)."""

    def __init__(self, file: OpenFile, diff_id: Hash, source: Descriptor) -> None:
        super().__init__(file, diff_id, source.media_type)
        self._source = source

    def descriptor(self) -> Descriptor:
        """What ``LayerSources`` says."""
        return self._source
