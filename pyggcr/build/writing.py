"""``write``: an image or an index into a registry, an archive, a layout or a daemon."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pyggcr import name, v1
from pyggcr._gostd.tar.entry import Entry
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr._layers.archive_writer import write_archive
from pyggcr._layers.composed import described, serialized
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr.errors import BuildError, UnsupportedOptionError
from pyggcr.store.transports import Location, parse_location
from pyggcr.types import MediaType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Unpack

    from pyggcr._values.remote import Options

__all__ = ["write"]

_LAYOUT_VERSION = b'{"imageLayoutVersion":"1.0.0"}'


def write(
    content: v1.Image | v1.ImageIndex,
    location: str | os.PathLike[str],
    *,
    tag: str | None = None,
    **options: Unpack[Options],
) -> None:
    """Write an image or an index to a location.

    Args:
        content: what to write.
        location: ``docker://REFERENCE`` for a registry, ``docker-archive:PATH`` for an archive of
            ``docker save``, ``oci:FOLDER`` and ``oci-archive:PATH`` for an OCI layout,
            ``docker-daemon:NAME`` for the Docker daemon. A path alone is a layout if it is a folder
            or ends with a slash, else an archive.
        tag: what the image is called in an archive or a layout; it may stand behind the path as
            well, after a colon.
        options: for a registry alone, those of ``pyggcr.remote.push``; credentials are by default
            those that Docker and Podman have stored. For a daemon ``engine`` alone.

    Raises:
        BuildError: the location cannot hold an index, needs a tag, or takes none.
        UnsupportedOptionError: there is no such transport, or an option is not for it.
        InvalidReferenceError: the tag is none.
        FileAccessError: the file or folder cannot be written; a file that was there still is.
        TransportError, DaemonError: the registry or the daemon refuses.
        Error: whatever the content raises.

    >>> import tempfile
    >>> from pyggcr import build, layout
    >>> app = build.image(layers=[build.layer({"/hello": "hello"})])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     build.write(app, f"oci:{folder}/app", tag="app:1")
    ...     written = layout.image_index_from_path(f"{folder}/app").index_manifest()
    >>> written.manifests[0].digest == app.digest()
    True
    """
    where = _located(location)
    _check_arguments(where, location, tag, options)
    tag = tag or where.reference or None
    if where.transport == "docker":
        from pyggcr import remote
        from pyggcr.crane.options import with_keychain

        reference = name.parse_reference(where.name, insecure=options.get("insecure", False))
        remote.push(reference, content, **with_keychain(options))
    elif where.transport == "docker-daemon":
        from pyggcr import daemon

        image = _only_image(content, location)
        daemon.loaded_images(
            daemon.write(name.new_tag(where.name), image, engine=options.get("engine"))
        )
    elif where.transport == "docker-archive":
        from pyggcr import tarball

        image = _only_image(content, location)
        if tag is None:
            raise BuildError(f"{location}: an archive of docker save needs a tag for the image")
        tarball.write_to_file(where.name, tag, image)
    elif where.transport == "oci":
        _write_layout(content, where.name, tag)
    else:
        write_archive(_layout_entries(content, tag), where.name)


def _check_arguments(where: Location, location: object, tag: str | None, options: Options) -> None:
    """Refuse what the location would ignore."""
    names_itself = where.transport in ("docker", "docker-daemon")
    if tag is not None and (names_itself or where.reference):
        raise BuildError(f"{location} names the image already, so it is not called {tag}")
    taken = {"docker": set(options), "docker-daemon": {"engine"}}.get(where.transport, set())
    if extra := set(options) - taken:
        raise UnsupportedOptionError(f"{location} takes no {', '.join(sorted(extra))}")


def _located(location: str | os.PathLike[str]) -> Location:
    text = os.fspath(location)
    found = parse_location(text) if isinstance(location, str) else None
    if found is not None:
        return found
    if not text:
        raise BuildError("no location is named")
    is_layout = text.endswith("/") or Path(text).is_dir()
    return Location("oci" if is_layout else "docker-archive", text)


def _only_image(content: v1.Image | v1.ImageIndex, location: object) -> v1.Image:
    if isinstance(content, v1.Image):
        return content
    raise BuildError(
        f"{location} holds images of one platform only; choose oci:, oci-archive: or docker://"
    )


def _write_layout(content: v1.Image | v1.ImageIndex, folder: str, tag: str | None) -> None:
    """Add it to a layout, in place of what had its name, or of itself where it has none."""
    from pyggcr import empty, layout

    if not (Path(folder) / "index.json").exists():
        layout.write(folder, empty.index(engine="python"))
    path = layout.Path(folder)
    annotations = {REFERENCE_NAME: tag} if tag else None
    digest = content.digest()

    def replaced(entry: v1.Descriptor) -> bool:
        name = (entry.annotations or {}).get(REFERENCE_NAME)
        return name == tag if tag else name is None and entry.digest == digest

    if isinstance(content, v1.Image):
        path.replace_image(content, replaced, annotations=annotations)
    else:
        path.replace_index(content, replaced, annotations=annotations)


def _layout_entries(content: v1.Image | v1.ImageIndex, tag: str | None) -> Iterator[Entry]:
    """The files of a layout: documents first, so that a reader of a stream finds them early."""
    entry = described(content.media_type(), content.raw_manifest())
    if tag:
        entry["annotations"] = {REFERENCE_NAME: tag}
    index = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_IMAGE_INDEX),
        "manifests": [entry],
    }
    yield Entry.of("oci-layout", _LAYOUT_VERSION)
    yield Entry.of("index.json", serialized(index))
    seen: set[v1.Hash] = set()
    for blob in _blobs(content):
        if blob.digest not in seen:
            seen.add(blob.digest)
            yield blob.entry


class _Blob:
    """A blob of a layout."""

    __slots__ = ("digest", "entry")

    def __init__(self, digest: v1.Hash, entry: Entry) -> None:
        self.digest = digest
        self.entry = entry

    @staticmethod
    def of(digest: v1.Hash, content: bytes) -> _Blob:
        """A document."""
        return _Blob(digest, Entry.of(_path_of(digest), content))


def _path_of(digest: v1.Hash) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def _blobs(content: v1.Image | v1.ImageIndex) -> Iterator[_Blob]:
    yield _Blob.of(content.digest(), content.raw_manifest())
    if isinstance(content, v1.Image):
        yield _Blob.of(content.config_name(), content.raw_config_file())
        for layer in content.layers():
            yield _layer_blob(layer)
        return
    for entry in content.index_manifest().manifests or ():
        if entry.media_type.is_index():
            yield from _blobs(content.image_index(entry.digest))
        else:
            yield from _blobs(content.image(entry.digest))


def _layer_blob(layer: v1.Layer) -> _Blob:
    digest = layer.digest()
    entry = Entry(_path_of(digest), layer.size(), layer.compressed, may_be_read_anywhere(layer))
    return _Blob(digest, entry)
