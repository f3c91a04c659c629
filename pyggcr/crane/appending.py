"""Add tar files to an image as layers: pkg/crane/append.go, and the command ``crane append``."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Sequence

from pyggcr import empty, mutate, name, stream, tarball, v1
from pyggcr._gostd.strconv import quote
from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
from pyggcr._layers.compression import peek_compression
from pyggcr._os.file import path_error
from pyggcr.crane.wrapping import wrapped
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, cast

    from typing_extensions import Unpack

    from pyggcr._layers.layer_cache import LayerCache
    from pyggcr.remote.options import Options
else:
    from pyggcr._typing import BinaryIO, cast

__all__ = ["append", "append_and_push", "shown"]

_STANDARD_INPUT = "-"


def append(
    base: v1.Image,
    *paths: str | os.PathLike[str],
    engine: str | None = None,
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Image:
    """Add tar files on top of an image, each as a layer (``crane.Append``).

    The layers get Docker's or OCI's media type, like the base; a file compressed with zstd gets
    that of OCI. Files are read at once, for their digests; ``-`` (standard input), pipes and
    devices are read once, when the image is written or pushed. The content of a file is not
    checked: a text becomes a layer that no tool can unpack. For a Windows image, files move below
    ``Files/``.

    Args:
        base: an image of either engine, or your own.
        paths: tar files, plain or compressed with gzip or zstd, lowest layer first. They must not
            change while the image is used.
        engine: the engine of the new image; default: that of ``base``.
        layer_cache: a ``LayerCache``, or the path of its file, as for ``tarball.image_from_path``;
            default: the one in force, if any.

    Returns:
        A new image.

    Raises:
        FileAccessError: a file cannot be read.
        ArchiveError: for a Windows image, a file is not a tar, or is for Windows already.
        CompressionError: a compressed file is damaged.
        TruncatedError: a compressed file ends too early.
        TypeError: the base is not an image.
        UnsupportedOptionError: there is a layer cache, and the engine is Go's.
        LayerCacheError: others may write the file of the layer cache.
        EngineUnavailableError: the engine is not available.
        Error: the base cannot be read; the subclass says why.

    Examples:
        >>> import io, pathlib, tarfile, tempfile
        >>> from pyggcr import empty
        >>> path = pathlib.Path(tempfile.mkdtemp(), "files.tar")
        >>> tarfile.open(path, "w").close()
        >>> len(append(empty.image(), path).layers())
        1
    """
    if not isinstance(base, v1.Image):
        raise TypeError(f"expected an Image, not {type(base).__name__}")
    engine = engine or base.engine
    with wrapped("getting base image"):
        for_windows = base.config_file().os == "windows"
    with wrapped("getting base image media type"):
        of_base = base.media_type()
    is_oci = of_base == MediaType.OCI_MANIFEST_SCHEMA1
    media_type = MediaType.OCI_LAYER if is_oci else MediaType.DOCKER_LAYER
    layers = []
    for path in [os.fspath(it) for it in paths]:
        with wrapped(f"reading layer {quote(path)}"):
            layer = _layer(path, media_type, engine, layer_cache)
        if for_windows:
            from pyggcr.crane.windows import converted

            with wrapped(f"converting {quote(path)} for Windows"):
                layer = converted(layer, engine=engine)
        layers.append(layer)
    return mutate.append_layers(base, *layers, engine=engine)


def append_and_push(
    layers: Sequence[str],
    *,
    new_tag: str,
    base: str = "",
    output: str = "",
    oci_empty_base: bool = False,
    annotate: bool = False,
    log: Callable[[str], None] | None = None,
    **options: Unpack[Options],
) -> str | None:
    """Append layers to an image in a registry, and push or save the result (``crane append``).

    Args:
        layers: paths of tar files, as for ``append``.
        new_tag: the reference of the result.
        base: the reference of the base; default: an empty image.
        output: the archive to write instead of pushing; default: push.
        oci_empty_base: give the empty image OCI's media types instead of Docker's; default false.
        annotate: store name and digest of the base in annotations; default false.
        log: called with each line that crane writes to standard error; default none.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest; ``None`` if it was saved.

    Raises:
        FileAccessError: a file cannot be read or written.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    from pyggcr import crane

    engine = options.get("engine")
    if base:
        with wrapped(f"pulling {base}"):
            image = crane.pull(base, **options)
    else:
        if log is not None:
            log("base unspecified, using empty image")
        image = empty.image(engine=engine)
        if oci_empty_base:
            image = mutate.media_type(image, MediaType.OCI_MANIFEST_SCHEMA1)
            image = mutate.config_media_type(image, MediaType.OCI_CONFIG_JSON)
    with image:
        with wrapped(f"appending {shown(layers)}"):
            made = append(image, *layers, engine=engine)
        if base and annotate:
            made = mutate.annotations(made, base_annotations(image, base))
        if output:
            with wrapped(f"writing output {quote(output)}"):
                crane.save({new_tag: made}, output)
            return None
        with wrapped(f"pushing image {new_tag}"):
            crane.push(made, new_tag, **options)
        with wrapped(f"parsing reference {new_tag}"):
            reference = name.parse_reference(new_tag)
        with wrapped("digest"):
            return str(reference.context().digest(str(made.digest())))


def base_annotations(base: v1.Image, reference: str) -> dict[str, str]:
    """Return the annotations that identify the base of an image.

    Args:
        base: the base.
        reference: its reference.

    Returns:
        The digest; and the name, if the reference is a tag.

    Raises:
        InvalidReferenceError: the text is not a reference.
        Error: an image cannot be read; the subclass says why.
    """
    with wrapped(f"parsing ref {quote(reference)}"):
        parsed = name.parse_reference(reference)
    annotations = {BASE_DIGEST: str(base.digest())}
    if isinstance(parsed, name.Tag):
        annotations[BASE_NAME] = parsed.name()
    return annotations


def shown(texts: Sequence[str]) -> str:
    """Format a list of texts as Go does with ``%v``.

    Args:
        texts: the texts.

    Returns:
        The list in brackets.

    Examples:
        >>> shown(["a.tar", "b.tar"])
        '[a.tar b.tar]'
    """
    return f"[{' '.join(texts)}]"


def _layer(
    path: str,
    media_type: MediaType,
    engine: str,
    layer_cache: LayerCache | str | os.PathLike[str] | None,
) -> v1.Layer:
    if path == _STANDARD_INPUT:
        return stream.new_layer(sys.stdin.buffer, media_type=media_type, engine=engine)
    try:
        is_regular = stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise path_error("stat", path, error) from None
    file = _FileStream(path)
    if not is_regular:
        content = cast(BinaryIO, file)
        return stream.new_layer(content, media_type=media_type, engine=engine)
    with file:
        if peek_compression(file)[0] == "zstd":
            media_type = MediaType.OCI_LAYER_ZSTD
    return tarball.layer_from_path(
        path, media_type=media_type, engine=engine, layer_cache=layer_cache
    )


class _FileStream(io.RawIOBase):
    """A file, pipe, device or folder with Go's errors: a folder opens, and cannot be read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise path_error("open", path, error) from None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            piece = os.read(self._descriptor, len(buffer))
        except OSError as error:
            raise path_error("read", self._path, error) from None
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        super().close()
