"""``Parts``: documents of an image or index, where there is no image or index object.

The functions of pkg/v1/partial take small interfaces (``WithRawManifest``, ``WithRawConfigFile``)
that any Go value may implement. Both engines accept documents in place of such a value: the Go
engine passes the bytes on, the Python engine parses them. Reading files belongs elsewhere.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.manifest import IndexManifest, Manifest

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True, init=False)
class Parts:
    """Documents that every function of ``pyggcr.partial`` accepts in place of an image or index.

    A function needs the documents that it computes its result from: ``partial.config_name`` a
    config file, ``partial.blob_to_diff_id`` a manifest and a config file. Parts belong to an image
    or to an index, never to both, as no Go value is both.

    Attributes:
        raw_manifest: the manifest of an image; ``None`` if it was not given.
        raw_config_file: the config file of an image; ``None`` if it was not given.
        raw_index_manifest: the manifest of an index; ``None`` if it was not given.

    Examples:
        >>> from pyggcr import partial
        >>> str(partial.config_name(Parts(config_file=b"{}")))[:15]
        'sha256:44136fa3'
    """

    raw_manifest: bytes | None
    raw_config_file: bytes | None
    raw_index_manifest: bytes | None

    def __init__(
        self,
        *,
        manifest: bytes | Manifest | None = None,
        config_file: bytes | ConfigFile | None = None,
        index_manifest: bytes | IndexManifest | None = None,
    ) -> None:
        """Combine documents; a model is written as Go writes it.

        Args:
            manifest: the manifest of an image, as bytes or as a model; default none.
            config_file: the config file of an image, as bytes or as a model; default none.
            index_manifest: the manifest of an index, as bytes or as a model; default none.

        Raises:
            UnsupportedOptionError: there is no document, or there are documents of an image and of
                an index.
        """
        of_image = manifest is not None or config_file is not None
        if of_image == (index_manifest is not None):
            raise UnsupportedOptionError(
                "parts are a manifest, a config file or both, or else an index manifest"
            )
        for name, document in (
            ("raw_manifest", manifest),
            ("raw_config_file", config_file),
            ("raw_index_manifest", index_manifest),
        ):
            object.__setattr__(self, name, _written(document))

    def manifest_bytes(self) -> bytes:
        """Return the bytes of the manifest (``RawManifest``).

        Returns:
            The manifest of the image, or else of the index.

        Raises:
            UnsupportedOptionError: there is no manifest.
        """
        raw = self.raw_manifest if self.raw_index_manifest is None else self.raw_index_manifest
        return _present(raw, "manifest")

    def config_file_bytes(self) -> bytes:
        """Return the bytes of the config file (``RawConfigFile``).

        Returns:
            The config file.

        Raises:
            UnsupportedOptionError: there is no config file.
        """
        return _present(self.raw_config_file, "config file")

    def manifest(self) -> Manifest:
        """Parse the manifest of the image.

        Returns:
            The manifest.

        Raises:
            UnsupportedOptionError: there is no manifest of an image.
            JSONError: the document is malformed, or a value has the wrong type.
            InvalidHashError: a digest in it is malformed.
            TruncatedError: it ends too early.
        """
        from pyggcr.v1.manifest import parse_manifest

        return parse_manifest(_present(self.raw_manifest, "manifest"))

    def config_file(self) -> ConfigFile:
        """Parse the config file.

        Returns:
            The config file.

        Raises:
            UnsupportedOptionError: there is no config file.
            JSONError: the document is malformed, or a value has the wrong type.
            InvalidHashError: a digest in it is malformed.
            TruncatedError: it ends too early.
        """
        from pyggcr.v1.config import parse_config_file

        return parse_config_file(self.config_file_bytes())

    def index_manifest(self) -> IndexManifest:
        """Parse the manifest of the index.

        Returns:
            The index manifest.

        Raises:
            UnsupportedOptionError: there is no manifest of an index.
            JSONError: the document is malformed, or a value has the wrong type.
            InvalidHashError: a digest in it is malformed.
            TruncatedError: it ends too early.
        """
        from pyggcr.v1.manifest import parse_index_manifest

        return parse_index_manifest(_present(self.raw_index_manifest, "index manifest"))


def _written(document: bytes | Manifest | ConfigFile | IndexManifest | None) -> bytes | None:
    if document is None:
        return None
    return document if isinstance(document, bytes) else json.marshal(document)


def _present(document: bytes | None, name: str) -> bytes:
    if document is None:
        raise UnsupportedOptionError(f"the parts have no {name}")
    return document
