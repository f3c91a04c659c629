"""Merge the layers of an image into one: the command ``crane flatten``."""

from __future__ import annotations

import copy
import io
import time
from collections.abc import Callable

from pyggcr import empty, mutate, name, remote, stream, v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.json import marshal
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr.crane.indexing import addendum
from pyggcr.crane.options import with_keychain
from pyggcr.crane.readahead import Readahead
from pyggcr.crane.wrapping import fatal, wrapped
from pyggcr.errors import Error
from pyggcr.tarball import BEST_COMPRESSION
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, cast

    from typing_extensions import Unpack

    from pyggcr.remote.options import Options
else:
    from pyggcr._typing import BinaryIO, cast

__all__ = ["Flattening", "flatten_and_push"]

_UNKNOWN = "unknown"

_FAMILIES = {
    MediaType.OCI_MANIFEST_SCHEMA1: (MediaType.OCI_CONFIG_JSON, MediaType.DOCKER_CONFIG_JSON),
    MediaType.DOCKER_MANIFEST_SCHEMA2: (MediaType.DOCKER_CONFIG_JSON, MediaType.OCI_CONFIG_JSON),
}


def flatten_and_push(
    reference: str,
    *,
    tag: str = "",
    command: str = "crane",
    log: Callable[[str], None] | None = None,
    **options: Unpack[Options],
) -> str:
    """Merge the layers of each image into one, and push the result (``crane flatten``).

    The layer is sent while it is made, and usually never stored.

    Args:
        reference: an image or an index.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        command: the name of the program for the history of the result; default ``crane``.
        log: called with each line that crane writes to standard error; default none.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest.

    Raises:
        LogFatalError: something failed; its ``__cause__`` is for example an ``ArchiveError`` if a
            layer is not a tar, or a ``TransportError`` if the registry refused a request.
        TypeError: an option is unknown or has another type.
    """
    options = with_keychain(options)
    insecure = options.get("insecure", False)
    target_text = tag or reference
    with fatal(f"parsing {reference}"):
        source = name.parse_reference(reference, insecure=insecure)
    with fatal(f"parsing {target_text}"):
        target = name.parse_reference(target_text, insecure=insecure)
    repository = target.context()

    def uploaded(layer: v1.Layer) -> v1.Layer:
        remote.write_layer(repository, layer, **options)
        return layer

    flattening = Flattening(uploaded, command=command, engine=options.get("engine"), log=log)
    with fatal(f"flattening {source}"):
        flat = flattening.flattened(_pulled(source, options))
    with fatal("digesting new image"):
        digest = str(flat.digest())
    if isinstance(source, name.Digest):
        target = repository.digest(digest)
    with fatal(f"pushing {target}"):
        remote.push(target, flat, **options)
    return str(repository.digest(digest))


def _pulled(source: name.Reference, options: Options) -> v1.Image | v1.ImageIndex:
    with wrapped(f"pulling {source}"):
        found = remote.get(source, **options)
    if found.descriptor.media_type.is_index():
        return found.image_index()
    if found.descriptor.media_type.is_image():
        return found.image()
    raise Error(f"can't flatten {found.descriptor.media_type}")


@dataclass(frozen=True, slots=True)
class Flattening:
    """How images are flattened.

    Attributes:
        store: called with a layer that is made while it is read; reads it, and returns it, or one
            with the same content. Only then are digest and size of the layer known.
        command: the name of the program for the history of the result.
        engine: the engine of the new images; ``None`` for that of the old ones.
        created: the creation time of the result, in seconds since 1970; ``None`` for now.
        log: called with warnings.
    """

    store: Callable[[v1.Layer], v1.Layer]
    command: str = "crane"
    engine: str | None = None
    created: int | None = None
    log: Callable[[str], None] | None = None

    def flattened(self, content: v1.Image | v1.ImageIndex) -> v1.Image | v1.ImageIndex:
        """Flatten an image, or all images of an index.

        Args:
            content: the image or index.

        Returns:
            An image with one layer, or an index of such images.

        Raises:
            ArchiveError: a layer is not a tar, or an entry leads out of it.
            Error: an image cannot be read; and whatever ``store`` raises.
        """
        if isinstance(content, v1.Image):
            return self.flattened_image(content)
        return self.flattened_index(content)

    def flattened_index(self, old: v1.ImageIndex) -> v1.ImageIndex:
        """Flatten all images of an index.

        Args:
            old: the index.

        Returns:
            An index of flattened images, with the old annotations and without attestations.

        Raises:
            ArchiveError: a layer is not a tar, or an entry leads out of it.
            Error: an image cannot be read; and whatever ``store`` raises.
        """
        manifest = old.index_manifest()
        adds = []
        for entry in manifest.manifests or ():
            platform = entry.platform
            if platform is not None and platform.os == platform.architecture == _UNKNOWN:
                continue
            if entry.media_type.is_image():
                flat: v1.Image | v1.ImageIndex = self.flattened_image(old.image(entry.digest))
            elif entry.media_type.is_index():
                flat = self.flattened_index(old.image_index(entry.digest))
            else:
                self._skip(entry)
                continue
            described = replace(entry, size=flat.size(), digest=flat.digest())
            adds.append(addendum(flat, described))
        index = mutate.append_manifests(empty.index(engine=self.engine), *adds)
        if manifest.annotations:
            index = mutate.annotations(index, manifest.annotations)
        # Some registries refuse an OCI index that lists Docker's images.
        return mutate.index_media_type(index, old.media_type())

    def flattened_image(self, old: v1.Image) -> v1.Image:
        """Flatten an image.

        Args:
            old: the image.

        Returns:
            An image with one layer, whose history has the old history as a comment.

        Raises:
            ArchiveError: a layer is not a tar, or an entry leads out of it.
            Error: the image cannot be read; and whatever ``store`` raises.
        """
        with wrapped("getting old digest"):
            digest = old.digest()
        with wrapped("reading manifest"):
            manifest = old.manifest()
        with wrapped("getting config"):
            config_file = copy.deepcopy(old.config_file())
        history = _go_list(config_file.history)
        config_file.rootfs.diff_ids = []
        config_file.history = []
        config_file.created = self._now()
        with wrapped("mutating config"):
            image = mutate.config_file(empty.image(engine=self.engine), config_file)
        with wrapped("getting media type"):
            media_type = old.media_type()
        is_oci = media_type == MediaType.OCI_MANIFEST_SCHEMA1
        layer_type = MediaType.OCI_LAYER if is_oci else MediaType.DOCKER_LAYER
        with wrapped("uploading layer"):
            layer = self.store(
                stream.new_layer(
                    cast(BinaryIO, _files_of(old)),
                    compression_level=BEST_COMPRESSION,
                    media_type=layer_type,
                    engine=self.engine,
                )
            )
        added = mutate.Addendum(
            layer,
            history=v1.History(
                created=config_file.created,
                created_by=f"{self.command} flatten {digest}",
                comment=history,
            ),
            media_type=layer_type,
        )
        with wrapped("appending layers"):
            image = mutate.append(image, added)
        if manifest.annotations:
            image = mutate.annotations(image, manifest.annotations)
        image = mutate.media_type(image, media_type)
        return mutate.config_media_type(image, _config_type(media_type, manifest.config.media_type))

    def _now(self) -> v1.Time:
        if self.created is not None:
            return v1.Time(self.created, 0, 0)
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        return v1.Time(seconds, nanoseconds, 0)

    def _skip(self, entry: v1.Descriptor) -> None:
        if self.log is not None:
            self.log(f"can't flatten {entry.media_type} {entry.digest}, leaving it out")


def _files_of(image: v1.Image) -> io.RawIOBase:
    """The files of an image as a tar, which is made while what was made before is compressed."""
    files = mutate.extract(image)
    if all(map(may_be_read_anywhere, image.layers())):
        return Readahead(files)
    return files


def _go_list(history: list[v1.History] | None) -> str:
    """A history as Go marshals the slice."""
    if history is None:
        return "null"
    return f"[{','.join(marshal(entry).decode() for entry in history)}]"


def _config_type(manifest_type: MediaType, config_type: MediaType) -> MediaType:
    """The media type of a config that goes with the manifest's."""
    own, other = _FAMILIES.get(manifest_type, (MediaType.DOCKER_CONFIG_JSON, MediaType("-")))
    return own if config_type in ("", other) else config_type
