"""What every image answers out of two documents, its config and its manifest.

Common to images that are completed from a core and to those of a store. Which bytes the documents
are, and what the layers are, is each image's own.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr._layers import derived
from pyggcr._layers.closing import Closing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ClaimedDiffIDs", "CompletedImage"]


class ClaimedDiffIDs:
    """The DiffIDs of a config that is asked for them again and again, parsed once.

    Only they are kept: a config may be large, and many images may have it.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: tuple[bytes, Sequence[v1.Hash]] | None = None

    def of(self, raw: bytes) -> Sequence[v1.Hash]:
        """The DiffIDs that the config lists; ``v1.parse_config_file`` says what is raised."""
        known = self._known
        if known is None or known[0] != raw:
            known = raw, tuple(v1.parse_config_file(raw).rootfs.diff_ids or ())
            self._known = known
        return known[1]


class CompletedImage(Closing, v1.Image):
    """An image whose parsed documents are its raw ones, parsed."""

    _kind = "image"

    def __init__(self, claimed: ClaimedDiffIDs | None = None) -> None:
        """Share what is known of the DiffIDs with whoever else parses the same config."""
        self._claimed = claimed if claimed is not None else ClaimedDiffIDs()

    def size(self) -> int:
        """Return the size of the manifest.

        Returns:
            Bytes.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return derived.size(self)

    def config_name(self) -> v1.Hash:
        """Return the hash of the config file.

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return derived.config_name(self)

    def config_file(self) -> v1.ConfigFile:
        """Return the parsed config file.

        Returns:
            A new object, which the caller may change.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return derived.config_file(self)

    def _claimed_diff_ids(self) -> Sequence[v1.Hash]:
        """The DiffIDs of the config file."""
        return self._claimed.of(self.raw_config_file())

    def digest(self) -> v1.Hash:
        """Return the hash of the manifest.

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return derived.digest(self)

    def manifest(self) -> v1.Manifest:
        """Return the parsed manifest.

        Returns:
            A new object, which the caller may change.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return derived.manifest(self)
