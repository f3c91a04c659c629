"""Images and single layers of a registry: pkg/v1/remote/image.go and layer.go.

Nothing is read before it is asked for. Layers know which repository they come from, so that they
can be mounted into another one of the same registry (mount.go).
"""

from __future__ import annotations

import io
import threading

from pyggcr import v1
from pyggcr._gostd.strconv import quote
from pyggcr._layers.compressed import CompressedImage, CompressedLayer, ContentMemo
from pyggcr._python import partial
from pyggcr._python.remote.blob import DataStream, verify_data
from pyggcr.errors import CancelledError, Error, UnsupportedOptionError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._python.remote.fetcher import Fetcher

__all__ = ["RemoteImage", "RemoteLayer", "remote_layer", "unsupported_schema1"]


class _BlobCore:
    """A blob of which only the digest is known (``remoteLayer``)."""

    anywhere = True

    def __init__(self, fetcher: Fetcher, digest: v1.Hash) -> None:
        self._fetcher = fetcher
        self._digest = digest
        self.origin: name.Repository = fetcher.repository

    def digest(self) -> v1.Hash:
        return self._digest

    def compressed(self) -> io.RawIOBase:
        return self._fetcher.blob(self._digest, None)

    def size(self) -> int:
        return self._fetcher.head_blob(self._digest)

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_LAYER

    def exists(self) -> bool:
        return self._fetcher.blob_exists(self._digest)


def remote_layer(fetcher: Fetcher, digest: v1.Hash) -> v1.Layer:
    """A blob as a layer (``remote.Layer``)."""
    return CompressedLayer(_BlobCore(fetcher, digest))


class ImageCore:
    """What a manifest and its blobs say (``remoteImage``)."""

    def __init__(self, fetcher: Fetcher, manifest: bytes, described: v1.Descriptor) -> None:
        self.fetcher = fetcher
        self._raw_manifest = manifest
        self._described = described
        self._lock = threading.Lock()
        self._manifest: v1.Manifest | None = None
        self._config: bytes | None = None
        self._config_file: v1.ConfigFile | None = None

    def raw_manifest(self) -> bytes:
        return self._raw_manifest

    def media_type(self) -> MediaType:
        return self._described.media_type or MediaType.DOCKER_MANIFEST_SCHEMA2

    def manifest(self) -> v1.Manifest:
        """The parsed manifest, kept: each layer asks for it."""
        if self._manifest is None:
            self._manifest = v1.parse_manifest(self._raw_manifest)
        return self._manifest

    def config_file(self) -> v1.ConfigFile:
        """The parsed config file, kept likewise."""
        if self._config_file is None:
            self._config_file = v1.parse_config_file(self.raw_config_file())
        return self._config_file

    def raw_config_file(self) -> bytes:
        with self._lock:
            if self._config is None:
                self._config = self._read_config()
            return self._config

    def _read_config(self) -> bytes:
        config = self.manifest().config
        if config.data is not None:
            return verify_data(config)
        with self.fetcher.blob(config.digest, config.size) as stream:
            return stream.readall() or b""

    def descriptor(self) -> v1.Descriptor:
        """How the index described it, or the registry."""
        return self._described

    def artifact_type(self) -> str:
        """The artifact type."""
        return self._described.artifact_type

    def layer_by_digest(self, digest: v1.Hash) -> LayerCore:
        return LayerCore(self, digest)


class LayerCore:
    """A blob that a manifest describes (``remoteImageLayer``)."""

    anywhere = True

    def __init__(self, image: ImageCore, digest: v1.Hash) -> None:
        self._image = image
        self._digest = digest
        self.origin: name.Repository = image.fetcher.repository

    def digest(self) -> v1.Hash:
        return self._digest

    def descriptor(self) -> v1.Descriptor:
        """How the manifest describes it."""
        return partial.blob_descriptor(self._image, self._digest)

    def size(self) -> int:
        return self.descriptor().size

    def media_type(self) -> MediaType:
        return self.descriptor().media_type

    def diff_id(self) -> v1.Hash:
        """The DiffID that the config claims."""
        return partial.blob_to_diff_id(self._image, self._digest)

    def exists(self) -> bool:
        """Whether the registry has the blob."""
        return self._image.fetcher.blob_exists(self._digest)

    def compressed(self) -> io.RawIOBase:
        described = self.descriptor()
        if described.data is not None:
            return DataStream(described)
        fetcher = self._image.fetcher
        try:
            return fetcher.blob(self._digest, described.size)
        except CancelledError:
            raise
        except Error as error:
            failure = error
        # Layers that must not be distributed are elsewhere.
        for url in described.urls or ():
            fetcher.check_foreign(url)
        for url in described.urls or ():
            try:
                return fetcher.foreign_blob(url, self._digest, described.size)
            except CancelledError:
                raise
            except Error as error:
                failure = error
        raise failure


class RemoteLayer(CompressedLayer):
    """A layer of a registry's image; its DiffID is the config's claim."""

    core: LayerCore

    def _known_as(self) -> str:
        return str(self.core.digest())

    def diff_id(self) -> v1.Hash:
        """The DiffID that the config claims."""
        self._use()
        return self.core.diff_id()


class RemoteImage(CompressedImage):
    """An image of a registry (``mountableImage``)."""

    core: ImageCore

    def _known_as(self) -> str:
        return f"{self.core.fetcher.repository}@{self.core.descriptor().digest}"

    def manifest(self) -> v1.Manifest:
        """The manifest."""
        self._use()
        return self.core.manifest()

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The blob with this digest; as in Go it need not be of this image until it is read."""
        self._use()
        wanted = v1.to_hash(digest)
        memo = self._memos.setdefault(wanted, ContentMemo())
        return RemoteLayer(self.core.layer_by_digest(wanted), memo)

    def config_layer(self) -> v1.Layer:
        """The config as a layer that can be mounted (``ConfigLayer``)."""
        self._use()
        return CompressedLayer(self.core.layer_by_digest(self.core.manifest().config.digest))


def unsupported_schema1(media_type: MediaType) -> UnsupportedOptionError:
    """The error for what cannot be done with schema 1 (``ErrSchema1``)."""
    return UnsupportedOptionError(
        f"unsupported MediaType: {quote(media_type)}, "
        "see https://github.com/google/go-containerregistry/issues/377"
    )
