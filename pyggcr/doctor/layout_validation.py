"""PYG025 for layouts in folders: what go-containerregistry says of images, found out by asking.

As ``validation`` does it for archives: the images that are not plainly good are validated as the
newest version does it, and as v0.18.0 did.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from pyggcr import partial, v1, validate
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd import json, path
from pyggcr._layers.documents import DOCUMENT_LIMIT, read_document
from pyggcr._layers.file_names import INDEX_JSON, blob_name
from pyggcr._layers.index_walk import is_attestation
from pyggcr.doctor import failures
from pyggcr.doctor.report import Place, finding
from pyggcr.errors import ArchiveError, CancelledError, Error, MissingFileError
from pyggcr.layout import LayoutIndex, image_index_from_path
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

    from pyggcr.doctor.contents import Contents, OCIImage
    from pyggcr.doctor.report import Finding
    from pyggcr.store.files import FolderFiles

__all__ = ["check_layout_validation"]

# Which findings an image may have and be plainly good all the same.
_HARMLESS = ("PYG003", "PYG010", "PYG013")
# Links here would lead anywhere: nothing behind them is asked for.
_NEVER_LINKS = (INDEX_JSON, "blobs", "blobs/sha256", "blobs/sha512")
_LAYERS = "layers"  # the type that a root file system must have
_COUNTED = "mismatched number of diffids"
_LINK = " is a symlink"
# How v0.18.0 says what the newest version says otherwise.
_OLD_WORDS = (
    (re.compile(r"\blstat "), "open "),
    (
        re.compile(
            r"json: cannot unmarshal \w+ into Go struct field \S*(digest|diff_ids) of type string"
        ),
        "invalid syntax",
    ),
    (re.compile(r"layout blob \S* is not a regular file"), "read …: is a directory"),
    (re.compile(r" mediaType: .*"), " mediaType: …"),
)
_SINCE = "0.21.6"  # layers of other media types are not decompressed any more


@dataclass(frozen=True, slots=True)
class _Listed:
    """What an index lists: an image, or a nested index that cannot be read.

    Attributes:
        digest: by which it is listed; ``None`` for ``index.json`` itself.
        described: its descriptor, if it is an image.
        get: gives the image, or raises what is wrong.
        only_old: whether it stands behind a link, which only old versions follow.
    """

    digest: v1.Hash | None
    described: v1.Descriptor | None
    get: Callable[[], v1.Image]
    only_old: bool = False


def check_layout_validation(
    file: str, files: FolderFiles, contents: Contents, findings: list[Finding]
) -> list[Finding]:
    """The findings, made to fit what go-containerregistry says of the images of a layout.

    Args:
        file: what the report calls the layout.
        files: where it is, links followed as long as they stay inside.
        contents: what was read of it.
        findings: what the other checks have found.

    Raises:
        CancelledError: a limit ended the work.
    """
    unpacked = contents.has_manifest and INDEX_JSON not in contents.names
    if unpacked or any(
        (entry := contents.names.entries.get(name)) is not None and entry.is_link
        for name in _NEVER_LINKS
    ):
        return findings
    images = {image.name: image for image in contents.oci}
    for listed in _walk(files):
        name = INDEX_JSON if listed.digest is None else blob_name(listed.digest)
        image = images.get(name)
        if listed.described is not None and image is None and _is_no_image(listed.get):
            continue
        label = image.label if image else ""
        about = [it for it in findings if _is_about(it, image)] if image else []
        if image and _is_plainly_good(image, about, contents):
            continue
        newest = "" if listed.only_old else _said(listed.get)
        old = _said_by_old(files, listed, newest)
        if image:
            findings = [
                _fitting(it, newest=bool(newest), old=bool(old)) if it in about else it
                for it in findings
            ]
            about = [it for it in findings if _is_about(it, image)]
        # That the blobs are links is said of all images at once.
        about += [it for it in findings if it.code == "PYG015" and _LINK in newest]
        findings += _untold(Place(file, name, label), newest, old, about)
    return findings


def _is_about(found: Finding, image: OCIImage) -> bool:
    return found.place.image == image.label or found.place.entry == image.name


def _fitting(found: Finding, *, newest: bool, old: bool) -> Finding:
    """The finding without failures that do not happen."""
    fails = tuple(
        kept
        for failure in found.fails
        if (kept := failures.narrowed(failure, newest=newest, old=old, since=_SINCE))
    )
    return found if fails == found.fails else replace(found, fails=fails)


def _untold(place: Place, newest: str, old: str, about: list[Finding]) -> list[Finding]:
    """PYG025 where a version fails, and no finding says so."""
    told = [failures.tells_of(failure) for it in about for failure in it.fails]
    newest = "" if any(told_newest for told_newest, _ in told) else newest
    old = "" if any(told_old for _, told_old in told) else old
    if not newest and not old:
        return []
    fails = failures.layout_refused(newest, old)
    return [finding("PYG025", place, f"validate says: {newest or old}.", *fails)]


def _walk(files: FolderFiles) -> Iterator[_Listed]:
    """The images of a layout and what keeps them from being found, each digest once."""
    done: set[v1.Hash] = set()
    try:
        waiting: list[tuple[v1.Hash | None, LayoutIndex, bool]] = [
            (None, image_index_from_path(files.folder), False)
        ]
    except CancelledError:
        raise
    except Error as error:
        yield _Listed(None, None, functools.partial(_fail, error))
        return
    while waiting:
        digest, index, only_old = waiting.pop()
        try:
            manifests = index.index_manifest().manifests or []
        except CancelledError:
            raise
        except Error as error:
            yield _Listed(digest, None, functools.partial(_fail, error), only_old)
            continue
        for described in manifests:
            if described.digest in done:
                continue
            done.add(described.digest)
            if described.media_type.is_index():
                below = _below(index, described)
                if isinstance(below, Error):
                    get = functools.partial(_fail, below)
                    yield _Listed(described.digest, None, get, only_old)
                    linked = _behind_a_link(files, described) if _LINK in str(below) else None
                    waiting += [(described.digest, linked, True)] if linked else []
                else:
                    waiting.append((described.digest, below, only_old))
            elif (
                described.media_type.is_image() or not described.media_type
            ) and not is_attestation(described):
                get = functools.partial(index.image, described.digest)
                yield _Listed(described.digest, described, get, only_old)


def _below(index: LayoutIndex, described: v1.Descriptor) -> LayoutIndex | Error:
    """A nested index, or why it cannot be read."""
    try:
        return index.image_index(described.digest)
    except CancelledError:
        raise
    except Error as error:
        return error


def _behind_a_link(files: FolderFiles, described: v1.Descriptor) -> LayoutIndex | None:
    try:
        raw = files.read(blob_name(described.digest), DOCUMENT_LIMIT)
    except CancelledError:
        raise
    except Error:
        return None
    return LayoutIndex(files.folder, raw, described.media_type)


def _fail(error: Error) -> v1.Image:
    raise error


def _is_no_image(get: Callable[[], v1.Image]) -> bool:
    """Whether a manifest is that of an artifact, say."""
    try:
        media_type = get().manifest().config.media_type
    except CancelledError:
        raise
    except Error:
        return False
    return bool(media_type) and not media_type.is_config()


def _is_plainly_good(image: OCIImage, about: list[Finding], contents: Contents) -> bool:
    """Whether nothing about an image could make go-containerregistry refuse it."""
    return (
        all(found.code in _HARMLESS for found in about)
        and not contents.blob_links
        and image.is_as_described
        and image.root_type == _LAYERS
        and image.diff_ids is not None
        and len(image.diff_ids) == len(image.layers)
        and all(compression == "gzip" for compression in image.compressions)
        and all(media_type.is_layer() for media_type in image.media_types)
        and not any(blob_name(layer) in contents.odd for layer in image.layers)
    )


def _said(get: Callable[[], v1.Image], *, but: str = "") -> str:
    """The first line of what is wrong with an image, but those with ``but``; empty if none is."""
    try:
        validate.image(get(), engine="python")
    except (CancelledError, _NotKnownError):
        raise
    except Error as error:
        lines = [line for line in str(error).splitlines() if line and not (but and but in line)]
        return lines[0] if lines else "" if but else type(error).__name__
    return ""


def _said_by_old(files: FolderFiles, listed: _Listed, newest: str) -> str:
    """What v0.18.0 says: it follows links, and takes everything in an image for a layer."""
    if listed.described is None:
        return "" if _LINK in newest else _in_old_words(newest)
    try:
        listed.get()
    except CancelledError:
        raise
    except Error:
        return _in_old_words(newest)  # it is not listed as an image
    core = _OldCore(files, listed.described)
    try:
        return _in_old_words(_said(lambda: partial.compressed_to_image(core), but=_COUNTED))
    except _NotKnownError:
        return ""


def _in_old_words(text: str) -> str:
    """A text of the newest version as v0.18.0 has it; an ellipsis where that is not known."""
    for pattern, old in _OLD_WORDS:
        text = pattern.sub(old, text)
    return text


class _NotKnownError(Error):
    """A link leads out of the folder, where the doctor does not look, though v0.18.0 does."""


class _OldCore:
    """An image as v0.18.0 has it: links are followed, and media types make no difference."""

    def __init__(self, files: FolderFiles, described: v1.Descriptor) -> None:
        self._files = files
        self._described = described

    def media_type(self) -> MediaType:
        return self._described.media_type

    @functools.cached_property
    def _raw(self) -> tuple[bytes, v1.Hash]:
        raw = self._read(self._described.digest)
        manifest = v1.parse_manifest(raw)
        others = [it for it in manifest.layers or () if not it.media_type.is_layer()]
        blobs = (manifest.config, *(manifest.layers or ()))
        is_odd = others or not manifest.config.media_type.is_config()
        if is_odd and all(blob.digest.hex for blob in blobs):
            manifest.config.media_type = MediaType.OCI_CONFIG_JSON
            for layer in others:
                layer.media_type = MediaType.OCI_LAYER
            raw = json.marshal(manifest)
        return raw, manifest.config.digest

    def raw_manifest(self) -> bytes:
        return self._raw[0]

    def raw_config_file(self) -> bytes:
        return self._read(self._raw[1])

    def layer_by_digest(self, digest: v1.Hash) -> _OldBlob:
        manifest = v1.parse_manifest(self.raw_manifest())
        for described in (manifest.config, *(manifest.layers or ())):
            if described.digest == digest:
                return _OldBlob(self, described)
        raise Error(f"could not find layer in image: {digest}")

    def _read(self, digest: v1.Hash) -> bytes:
        with self.open(digest) as stream:
            return read_document(stream, blob_name(digest), DOCUMENT_LIMIT)

    def open(self, digest: v1.Hash) -> io.RawIOBase:
        """The content of a blob, of the one that it links to if it is a link."""
        shown = path.join(self._files.folder, blob_name(digest))
        try:
            return self._files.open(blob_name(digest))
        except MissingFileError:
            raise Error(f"open {shown}: no such file or directory") from None
        except ArchiveError:
            if Path(shown).is_dir():
                raise Error(f"read {shown}: is a directory") from None
            raise _NotKnownError from None


class _OldBlob:
    """A layer of such an image, or its config as one."""

    def __init__(self, image: _OldCore, described: v1.Descriptor) -> None:
        self._image = image
        self._described = described

    def digest(self) -> v1.Hash:
        return self._described.digest

    def compressed(self) -> io.RawIOBase:
        return self._image.open(self._described.digest)

    def size(self) -> int:
        return self._described.size

    def media_type(self) -> MediaType:
        return self._described.media_type
