"""Images and layers completed from their compressed form: pkg/v1/partial/compressed.go."""

from __future__ import annotations

from pyggcr import v1
from pyggcr._layers import derived, one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.completed import CompletedImage
from pyggcr._layers.compression import peek_compression, unzip
from pyggcr._layers.core import anywhere
from pyggcr._layers.worker_pool import WorkerPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from pyggcr._layers.completed import ClaimedDiffIDs
    from pyggcr._layers.core import CompressedImageCore, CompressedLayerCore
    from pyggcr.types import MediaType

__all__ = ["CompressedImage", "CompressedLayer", "ContentMemo"]


class ContentMemo:
    """The hash of what a blob holds, once it is known."""

    __slots__ = ("diff_id",)

    def __init__(self) -> None:
        self.diff_id: v1.Hash | None = None


class CompressedLayer(Closing, v1.Layer):
    """A layer known by its blob (``partial.CompressedToLayer``)."""

    _kind = "layer"

    def __init__(self, core: CompressedLayerCore, memo: ContentMemo | None = None) -> None:
        self.core = core
        self.anywhere: bool = anywhere(core)
        self._memo = memo if memo is not None else ContentMemo()

    def digest(self) -> v1.Hash:
        """Return the hash of the compressed bytes.

        Returns:
            The digest.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        return self.core.digest()

    def diff_id(self) -> v1.Hash:
        """Return the hash of the content.

        Returns:
            The DiffID.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        if self._memo.diff_id is None:
            self._memo.diff_id = self._compute_diff_id()
        return self._memo.diff_id

    def _compute_diff_id(self) -> v1.Hash:
        try:
            with self.core.compressed() as blob, WorkerPool(1) as pool:
                return one_pass.read_blob(blob, pool).diff_id
        except one_pass.NOT_PLAINLY_GOOD:
            with self.uncompressed() as stream:
                return v1.sha256(stream)[0]

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``read_blob``."""
        from pyggcr._gostd.tar import Walk  # takes a while, and few calls look into layers

        self._use()
        with self.core.compressed() as blob:
            facts = one_pass.read_blob(blob, pool, Walk())
        self._memo.diff_id = facts.diff_id
        return facts

    def surveyed(self, files: dict[str, one_pass.Facts]) -> one_pass.Facts | None:
        """What the survey of its image says of this layer, if anything."""
        facts = files.get(getattr(self.core, "file", ""))
        if facts is not None:
            self._memo.diff_id = facts.diff_id
        return facts

    def compressed(self) -> io.RawIOBase:
        """Open the compressed bytes.

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        return self.core.compressed()

    def uncompressed(self) -> io.RawIOBase:
        """Open the content.

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        stream = self.core.compressed()
        try:
            compression, peeked = peek_compression(stream)
            return unzip(compression, peeked, self.core.compressed)
        except BaseException:
            stream.close()
            raise

    def size(self) -> int:
        """Return the size of the compressed bytes.

        Returns:
            Bytes.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        return self.core.size()

    def media_type(self) -> MediaType:
        """Return the media type of the layer.

        Returns:
            The media type.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        self._use()
        return self.core.media_type()


class CompressedImage(CompletedImage):
    """An image known by its manifest and blobs (``partial.CompressedToImage``)."""

    def __init__(self, core: CompressedImageCore, claimed: ClaimedDiffIDs | None = None) -> None:
        super().__init__(claimed)
        self.core = core
        self._table: derived.LayerTable | None = None
        self._memos: dict[v1.Hash, ContentMemo] = {}

    def survey(self) -> dict[str, one_pass.Facts]:
        """What the files of the layers say, where nothing is known of them yet.

        Makes the manifest out of the same pass, if it has to be made. Files with faults are left
        out; ``surveyed`` finds a layer's facts in the result.
        """
        self._use()
        survey = getattr(self.core, "survey", None)
        return survey() if survey is not None else {}

    def layers(self) -> list[v1.Layer]:
        """The layers in the manifest's order."""
        return [self.layer_by_digest(digest) for digest in derived.fs_layers(self)]

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        self._use()
        return self.core.media_type()

    def raw_config_file(self) -> bytes:
        """The bytes of the config file."""
        self._use()
        return self.core.raw_config_file()

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        self._use()
        return self.core.raw_manifest()

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer whose blob has this digest."""
        self._use()
        wanted = v1.to_hash(digest)
        core = self.core.layer_by_digest(wanted)
        return CompressedLayer(core, self._memos.setdefault(wanted, ContentMemo()))

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID."""
        self._use()
        if self._table is None:
            self._table = derived.LayerTable(self)
        return self.layer_by_digest(self._table.diff_id_to_blob(v1.to_hash(diff_id)))
