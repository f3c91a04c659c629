"""``open`` and ``Store``: the images of a file, a folder or a location, and the choice among them.

How an image is chosen is here, and the errors that list the images to choose from. Nothing here
reads the files themselves.
"""

from __future__ import annotations

import os

from pyggcr import name, v1
from pyggcr._dataclasses import replace
from pyggcr._gostd.gzip_options import check_profile
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr._layers.file_names import INDEX_JSON
from pyggcr._layers.index_walk import given_name
from pyggcr._layers.known_layers import chosen, use_optional
from pyggcr._os.closeable import Closeable
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import (
    AmbiguousImageError,
    CancelledError,
    ClosedError,
    Error,
    FileAccessError,
    ImageNotFoundError,
    InvalidReferenceError,
    MissingFileError,
    TagNotFoundError,
)
from pyggcr.store.archive_listing import Catalog, read_catalog
from pyggcr.store.blobs import Blobs
from pyggcr.store.documents import Documents, naming
from pyggcr.store.files import Files, explaining
from pyggcr.store.image import Shelf, StoredImage, open_image
from pyggcr.store.locations import open_location
from pyggcr.store.transports import Location, locate
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._layers.layer_cache import LayerCache

__all__ = ["Store", "is_name_of", "open", "open_store"]

_MAX_DEPTH = 8  # of indexes in indexes
_SHOWN = 20  # images that an error names
_LAYOUTS = ("oci", "oci-archive", "dir", "docker")  # transports whose manifests count


class Store(Closeable):
    """The images in a file, a folder or another location; ``pyggcr.open`` returns one.

    A store is a context manager, and any thread may use it. Streams that are open when it is
    closed stay open.

    Attributes:
        path: the path of the file or folder, or the location as it was given.
        passed_over: the errors for images and indexes of ``index.json`` that ``images`` leaves out
            because they are damaged, for instance because a blob does not match its digest. A
            manifest that is not in the archive causes no error.
        reference: the name of the image after the path of the location (``oci:path:name``); empty
            if there is none.
        index_damage: why ``index.json`` could not be read; ``None`` if it could, or if there is
            none. It is set only if ``manifest.json`` lists images.
    """

    def __init__(
        self, path: str, files: Files, gzip_profile: str, location: Location | None = None
    ) -> None:
        """Read which images there are; use ``pyggcr.open`` instead.

        Args:
            path: what errors call the store.
            files: the open files.
            gzip_profile: the gzip encoder for uncompressed layers, such as ``go1.26``.
            location: which of the images to keep; default: all.

        Raises:
            ArchiveError: there are no images, or the files are damaged.
            JSONError, InvalidHashError: a document that lists the images is malformed.
            FileAccessError: a file cannot be read.
            TransportError: a registry does not return a file.
            TagNotFoundError: no image has the name or position that the location asks for.
        """
        self.path = path
        self._files = files
        self.reference: str = location.reference if location is not None else ""
        self._documents = documents = Documents(files)
        self._shelf = Shelf(files, documents, Blobs(files), gzip_profile, chosen())
        with naming(path), explaining(files):
            by_index = location is not None and location.transport in _LAYOUTS
            self._catalog: Catalog = read_catalog(documents, by_index=by_index)
        if location is not None:
            self._narrow(location)
        self.passed_over: tuple[Error, ...] = self._catalog.passed_over
        self.index_damage: Error | None = self._catalog.index_damage

    def __repr__(self) -> str:
        count = len(self._catalog.records)
        return f"<store {self.path!r} with {count} image{'s' * (count != 1)}>"

    def images(
        self,
        *,
        tag: name.Tag | str | None = None,
        digest: v1.Hash | str | None = None,
        platform: v1.Platform | str | None = None,
    ) -> list[StoredImage]:
        """List all images, or those that match every argument.

        Args:
            tag: a name of the image. Full names are compared: ``app`` also matches
                ``docker.io/library/app:latest``. Default: any.
            digest: the digest of the image's manifest, of its config (the image ID), or of an index
                that contains the image. Default: any.
            platform: the platform that the image has to satisfy (``v1.Platform.satisfies``), such
                as ``linux/arm64``. Default: any. An image whose config is damaged does not match.

        Returns:
            The images: first those of ``manifest.json``, in its order, then those that only
            ``index.json`` contains. The list is empty if no image matches.

        Raises:
            InvalidHashError: ``digest`` is not a digest.
            InvalidPlatformError: ``platform`` is not a platform.
            FileAccessError: a config or a layer that has to be compared cannot be read.
            ClosedError: the store was closed.

        >>> import pathlib, tempfile, pyggcr
        >>> from pyggcr import random, tarball
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     archive = pathlib.Path(folder, "app.tar")
        ...     tarball.write_to_file(archive, "app:1", random.image(16, 1))
        ...     with pyggcr.open(archive) as images:
        ...         [image.tags for image in images.images(tag="docker.io/library/app:1")]
        [('app:1',)]
        """
        found = self._all()
        if tag is not None:
            found = [image for image in found if is_name_of(image.tags, tag)]
        if platform is not None:
            found = _on_platform(found, platform)
        return found if digest is None else _with_digest(found, v1.to_hash(digest))

    def image(
        self,
        *,
        tag: name.Tag | str | None = None,
        digest: v1.Hash | str | None = None,
        platform: v1.Platform | str | None = None,
    ) -> StoredImage:
        """Return the only image that matches every argument.

        Args:
            tag: a name of the image, as for ``images``; default: any.
            digest: a digest of the image, as for ``images``; default: any.
            platform: a platform that the image satisfies, as for ``images``; default: any.

        Returns:
            The image; its layers are read when they are asked for.

        Raises:
            TagNotFoundError: no image has the tag.
            ImageNotFoundError: no image matches all arguments.
            AmbiguousImageError: several images match; the text lists them.
            InvalidHashError: ``digest`` is not a digest.
            InvalidPlatformError: ``platform`` is not a platform.
            FileAccessError: a config or a layer that has to be compared cannot be read.
            ClosedError: the store was closed.
        """
        found = self.images(tag=tag, digest=digest, platform=platform)
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousImageError(
                f"{self.path}: {len(found)} images to choose from by tag, digest or platform: "
                + _shown(found)
            )
        if tag is not None and not self.images(tag=tag):
            raise TagNotFoundError(f"{self.path}: no image has the tag {tag}; " + self._there_are())
        asked = [f"{what} {value}" for what, value in _asked(tag, digest, platform)]
        raise ImageNotFoundError(
            f"{self.path}: no image is of {' and '.join(asked)}; " + self._there_are()
        )

    def content(
        self,
        *,
        tag: name.Tag | str | None = None,
        platform: v1.Platform | str | None = None,
    ) -> StoredImage | v1.ImageIndex:
        """Return the image that matches, or an index if the match is a multi-platform image.

        An index is returned only if ``index.json`` lists it, under the tag or as its only entry,
        and if all manifests in it are present; ``docker save`` often leaves some out.

        Args:
            tag: a name of the image or of the index, as for ``images``; default: any.
            platform: a platform that the image satisfies, as for ``images``. With a platform the
                result is always an image.

        Returns:
            The image or the index.

        Raises:
            TagNotFoundError: no image has the tag.
            ImageNotFoundError: no image matches both arguments.
            AmbiguousImageError: several images match; the text lists them.
            InvalidPlatformError: ``platform`` is not a platform.
            ArchiveError, JSONError, InvalidHashError: an index is damaged or malformed.
            FileAccessError: a file cannot be read.
            TransportError: a registry does not return a file.
            ClosedError: the store was closed.
        """
        if platform is None:
            index = self._listed_index(None if tag is None else str(tag))
            if index is not None:
                return index
        return self.image(tag=tag, platform=platform)

    def _listed_index(self, tag: str | None) -> v1.ImageIndex | None:
        """The only index of that name in ``index.json``, if all that it lists is there."""
        tag = tag or self.reference or None
        try:
            index = self.index()
        except MissingFileError:
            return None
        listed = index.index_manifest().manifests or []
        if tag is not None:
            listed = [it for it in listed if is_name_of((given_name(it),), tag)]
        digests = {it.digest for it in listed}
        if len(digests) != 1 or not listed[0].media_type.is_index():
            return None
        found = index.image_index(listed[0].digest)
        return found if self._is_whole(found, 0) else None

    def _is_whole(self, index: v1.ImageIndex, depth: int) -> bool:
        """Whether all manifests that an index lists are there."""
        for entry in index.index_manifest().manifests or ():
            if not self._documents.has_blob(entry.digest):
                return False
            is_nested = entry.media_type.is_index() and depth < _MAX_DEPTH
            if is_nested and not self._is_whole(index.image_index(entry.digest), depth + 1):
                return False
        return True

    def index(self) -> v1.ImageIndex:
        """Return ``index.json`` as an index.

        Returns:
            The index; its images and indexes are read when they are asked for.

        Raises:
            MissingFileError: there is no ``index.json``, as in archives of Docker before 25.
            ArchiveError: ``index.json`` is too large, or the archive is damaged.
            JSONError, InvalidHashError: ``index.json`` is malformed.
            FileAccessError: ``index.json`` cannot be read.
            ClosedError: the store was closed.
        """
        from pyggcr.store.layout_index import StoredIndex

        self._files.check_open()
        raw = self._files.read(INDEX_JSON, DOCUMENT_LIMIT)
        media_type = v1.parse_index_manifest(raw).media_type or MediaType.OCI_IMAGE_INDEX
        return StoredIndex(self._files, self._documents, raw, media_type)

    @property
    def is_saved(self) -> bool:
        """Whether a ``manifest.json`` lists images, as in an archive of ``docker save``."""
        return any(record.saved is not None for record in self._catalog.records)

    def _narrow(self, location: Location) -> None:
        """Keep only the images that a location names, if it names one."""
        records = self._catalog.records
        if location.position is not None:
            kept = records[location.position : location.position + 1]
            asked = f"the position {location.position}"
        elif location.reference:
            kept = tuple(it for it in records if is_name_of(it.tags, location.reference))
            asked = f"the tag {location.reference}"
        else:
            return
        if not kept:
            raise TagNotFoundError(f"{self.path}: no image has {asked}; {self._there_are()}")
        self._catalog = replace(self._catalog, records=kept)

    def _all(self) -> list[StoredImage]:
        self._files.check_open()
        return [open_image(self._shelf, record) for record in self._catalog.records]

    def _there_are(self) -> str:
        return f"there are {_shown(self._all())}"

    def close(self) -> None:
        """Close the store and its images; a second call does nothing."""
        self._files.close()


def open(  # noqa: A001  (as gzip.open and tarfile.open are called)
    path: str | os.PathLike[str],
    *,
    gzip_profile: str | None = None,
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> Store:
    """Open the images of a docker-save archive, an OCI layout, a daemon or a registry.

    An archive or a layout can be a folder or a tar. A tar can be compressed as a whole with gzip,
    zstd, xz or bzip2; it is then unpacked once into a temporary file without a name. Layers can be
    uncompressed, gzip or zstd, even within one image.

    A string can also be ``-`` for standard input, or a location of containers-transports(5):
    ``docker-archive:path[:tag]``, ``oci:path[:tag]``, ``oci-archive:path[:tag]``, ``dir:path``,
    ``docker-daemon:app:1`` (the Docker daemon saves the image to a temporary file) and
    ``docker://registry.example.com/app:1``. ``docker://`` can be omitted, unless a file of that
    name exists or the string looks like a path (``./app``, ``app.tar``).

    Args:
        path: the file or folder, or the location. Write a path that begins like a location as
            ``./oci:x``, or pass it as a ``pathlib.Path``.
        gzip_profile: the gzip encoder for uncompressed layers: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, as in ``tarball``.
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md); default: the one in force, if any.

    Returns:
        The store; close it after use, or use it as a context manager.

    Raises:
        ArchiveError: there are no images, the file is damaged, or the path is neither a file nor a
            folder.
        JSONError, InvalidHashError: a document that lists the images is malformed.
        CompressionError: the compressed file is damaged.
        TruncatedError: the file ends too early.
        MissingPathError: there is no such file.
        FileAccessError: the file cannot be read or unpacked.
        TagNotFoundError: no image in the archive or layout has the name or position that the
            location asks for.
        DaemonError: the Docker daemon does not return the image.
        TransportError: the registry does not return the image.
        InvalidReferenceError: the name of the image is not a valid reference.
        UnsupportedOptionError: there is no such profile, or the transport is not supported.
        LayerCacheError: others may write the file of the layer cache.

    >>> import pathlib, tempfile
    >>> from pyggcr import random, tarball
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = pathlib.Path(folder, "app.tar")
    ...     tarball.write_to_file(archive, "app:1", random.image(16, 1))
    ...     with open(archive) as images:
    ...         images.image(tag="app:1").tags
    ('app:1',)
    """
    shown = os.fsdecode(path)
    location = locate(path) if isinstance(path, str) else Location("path", shown)
    with use_optional(layer_cache):
        return open_store(open_location(location, shown), shown, location, gzip_profile)


def open_store(
    files: Files, shown: str, location: Location, gzip_profile: str | None = None
) -> Store:
    """The images in files that are open, which are closed if there are none.

    Args:
        files: what ``open_location`` gave.
        shown: what errors call it.
        location: where it is, and which image is meant.
        gzip_profile: as for ``open``.
    """
    try:
        profile = gzip_profile_for(select("python"), gzip_profile)
        assert profile is not None
        check_profile(profile)
        return Store(shown, files, profile, location)
    except BaseException:
        files.close()
        raise


def is_name_of(tags: tuple[str, ...], tag: name.Tag | str) -> bool:
    """Whether a tag is among those of an image, compared in full."""
    wanted = str(tag)
    if wanted in tags:
        return True
    full = _full_name(wanted)
    return full is not None and any(full == _full_name(own) for own in tags)


def _full_name(tag: str) -> str | None:
    """The name with all that Docker leaves out; nothing for what is no name."""
    try:
        return name.new_tag(tag).name()
    except InvalidReferenceError:
        return None


def _on_platform(images: list[StoredImage], platform: v1.Platform | str) -> list[StoredImage]:
    spec = v1.parse_platform(platform) if isinstance(platform, str) else platform

    def satisfies(image: StoredImage) -> bool:
        own = image.platform
        return own is not None and own.satisfies(spec)

    return [image for image in images if _holds(image, satisfies)]


def _with_digest(images: list[StoredImage], wanted: v1.Hash) -> list[StoredImage]:
    """Those whose digest it is, by what is written; only else by what has to be computed."""
    written = [
        image
        for image in images
        if wanted in image.record.digests or wanted in image.record.indexes
    ]
    return written or [
        image for image in images if _holds(image, lambda image: image.digest() == wanted)
    ]


def _holds(image: StoredImage, question: Callable[[StoredImage], bool]) -> bool:
    """The answer; no, where the image is damaged: it must not hide the others."""
    try:
        return question(image)
    except (CancelledError, ClosedError, FileAccessError):
        raise
    except Error:
        return False


def _asked(tag: object, digest: object, platform: object) -> list[tuple[str, object]]:
    asked = (("tag", tag), ("digest", digest), ("platform", platform))
    return [(what, value) for what, value in asked if value is not None]


def _shown(images: list[StoredImage]) -> str:
    shown = [_describe(image) for image in images[:_SHOWN]]
    if len(images) > _SHOWN:
        shown.append(f"{len(images) - _SHOWN} more")
    return ", ".join(shown)


def _describe(image: StoredImage) -> str:
    try:
        label = " ".join(image.tags) or f"untagged {image.config_name()}"
        platform = image.platform
    except (CancelledError, ClosedError, FileAccessError):
        raise
    except Error as error:
        return f"an image whose config cannot be read ({error.message})"
    return f"{label} ({platform})" if platform is not None else label
