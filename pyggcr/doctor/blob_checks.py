"""PYG010 and PYG011: every blob hashed, every layer decompressed and hashed, each once.

Documents that were read anyway are checked without that (``check_documents``).
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Iterator, Mapping

from pyggcr import v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd import path
from pyggcr._gostd.tar import Walk
from pyggcr._layers import one_pass
from pyggcr._layers.compression import Compression, unzip
from pyggcr._layers.file_names import blob_digest, blob_name
from pyggcr._layers.hashing import HashingStream
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.doctor import failures
from pyggcr.doctor.contents import Contents, OCIImage, SavedImage, SavedLayer
from pyggcr.doctor.image_checks import own_sources
from pyggcr.doctor.layer_forms import is_foreign_form
from pyggcr.doctor.report import Finding, Place, finding
from pyggcr.doctor.versions import EVERY
from pyggcr.errors import CancelledError, Error
from pyggcr.store.files import Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

__all__ = ["Hashed", "check_blobs", "check_documents", "hash_blob"]

_READ_SIZE = 1 << 20
_ALGORITHMS = ("sha256", "sha512")

_Opener = Callable[[str], io.RawIOBase]

# The config of an image, as Docker up to 24 names it.
_CONFIG = re.compile(r"([0-9a-f]{64})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hashed:
    """What a file hashes to, and its content, decompressed if it is compressed.

    Attributes:
        blob: of the file as it is stored.
        content: of the content; ``None`` where nobody asks, or where it cannot be decompressed.
        damage: why it cannot.
        is_tar: whether the content is plainly a good tar.
    """

    blob: v1.Hash
    content: v1.Hash | None = None
    damage: str = ""
    is_tar: bool = False


def check_documents(file: str, contents: Contents) -> Iterator[Finding]:
    """PYG010 for what was read without hashing blobs."""
    used = _used(contents)
    for name, digest in contents.documents.items():
        promised = _promised(path.clean(name))
        if promised is not None and promised.algorithm == "sha256" and promised != digest:
            yield _wrong_blob(file, used, name, promised, digest)


def _used(contents: Contents) -> frozenset[v1.Hash]:
    """The blobs that OCI manifests name."""
    return frozenset(
        digest for image in contents.oci for digest in (image.config_digest, *image.layers)
    )


def _promised(name: str) -> v1.Hash | None:
    config = _CONFIG.fullmatch(name)
    return v1.Hash("sha256", config[1]) if config else blob_digest(name)


def check_blobs(
    file: str,
    files: Files,
    contents: Contents,
    pool: WorkerPool,
    known: Mapping[str, Hashed] | None = None,
) -> Iterator[Finding]:
    """PYG010 for all other blobs, PYG011 for all layers; fills ``contents.odd``.

    Args:
        file: the archive or the folder.
        files: what is in it.
        contents: what was read of it.
        pool: does the work.
        known: by name, what was read before and need not be read again.

    Raises:
        Error: a file cannot be read to its end.
    """
    hashed = _hash_all(files, contents, pool, known or {})
    for image in contents.saved:
        for layer in image.layers:
            content = hashed.get(path.clean(layer.way.name))
            if content is None or not content.is_tar:
                contents.odd.add(layer.name)
    for oci in contents.oci:
        for digest, diff_id in zip(oci.layers, oci.diff_ids or (), strict=False):
            content = hashed.get(blob_name(digest))
            if content is None or not content.is_tar or content.content != diff_id:
                contents.odd.add(blob_name(digest))
    used = _used(contents)
    for name, promised in contents.names.blobs():
        if name in hashed and name not in contents.documents and promised != hashed[name].blob:
            yield _wrong_blob(file, used, name, promised, hashed[name].blob)
    for image in contents.saved:
        for layer, diff_id in zip(image.layers, image.diff_ids, strict=False):
            found = hashed.get(path.clean(layer.way.name))
            if _differs(found, diff_id):
                place = Place(file, layer.way.name, image.label, (layer.number,))
                fails = _failures(image, layer, diff_id, found)
                yield _wrong_layer(place, diff_id, found, *fails)
    yield from _check_oci_layers(file, contents, hashed)


def _check_oci_layers(
    file: str, contents: Contents, hashed: dict[str, Hashed]
) -> Iterator[Finding]:
    """PYG011 for layers of images that ``manifest.json`` does not have."""
    saved = {image.config_digest for image in contents.saved}
    for image in contents.oci:
        if image.config_digest in saved:
            continue
        for number, (digest, diff_id) in enumerate(
            zip(image.layers, image.diff_ids or (), strict=False)
        ):
            found = hashed.get(blob_name(digest))
            if _differs(found, diff_id):
                place = Place(file, blob_name(digest), image.label, (number,))
                fails = _oci_failures(image, number, diff_id, found)
                yield _wrong_layer(place, diff_id, found, *fails)


def _oci_failures(
    image: OCIImage, number: int, diff_id: v1.Hash, found: Hashed
) -> tuple[failures.Failure, ...]:
    """What go-containerregistry says of it, where it is the gzip that it is taken for."""
    if image.compressions[number] != "gzip" or not image.media_types[number].is_layer():
        return ()
    if found.content is None:
        return (failures.damaged(number, found.damage),)
    if found.content in (image.diff_ids or ()):
        return (failures.layer_out_of_place(number, str(diff_id), str(found.content)),)
    return (failures.unknown_diff_id(str(found.content)),)


def _differs(found: Hashed | None, diff_id: v1.Hash) -> TypeGuard[Hashed]:
    """Whether a layer is not what the config says, as far as its algorithm is one of ours."""
    return found is not None and diff_id.algorithm == "sha256" and found.content != diff_id


def _wrong_blob(
    file: str, used: frozenset[v1.Hash], name: str, promised: v1.Hash, actual: v1.Hash
) -> Finding:
    fails = [failures.skopeo_digest(str(promised), str(actual))] if promised in used else []
    return finding(
        "PYG010",
        Place(file, name),
        f"The blob hashes to {actual}.",
        *fails,
        details={"expected": str(promised), "actual": str(actual)},
    )


def _wrong_layer(
    place: Place, diff_id: v1.Hash, found: Hashed, *fails: failures.Failure
) -> Finding:
    if found.content is None:
        message = f"The layer cannot be decompressed: {found.damage}."
        return finding("PYG011", place, message, *fails, details={"expected": str(diff_id)})
    return finding(
        "PYG011",
        place,
        f"The layer hashes to {found.content}, the config says {diff_id}.",
        *fails,
        details={"expected": str(diff_id), "actual": str(found.content)},
    )


def _failures(
    image: SavedImage, layer: SavedLayer, diff_id: v1.Hash, found: Hashed
) -> tuple[failures.Failure, ...]:
    """What go-containerregistry says of it, unless it stumbles over another finding first."""
    listed, listed_oddly = own_sources(image)
    kind = "gzip" if image.compressed else "none"
    if listed_oddly or layer.compression != kind or not image.is_read(layer):
        return ()
    if is_foreign_form(layer.form):
        return ()
    if found.content is None:
        return (failures.damaged(layer.number, found.damage),)
    actual = str(found.content)
    if not image.compressed:
        versions = failures.SINCE_PATCH if listed else EVERY
        return (failures.wrong_diff_id(layer.number, str(diff_id), actual, versions),)
    if found.content in image.diff_ids:
        return (failures.layer_out_of_place(layer.number, str(diff_id), actual),)
    return (failures.unknown_diff_id(actual),)


def _hash_all(
    files: Files, contents: Contents, pool: WorkerPool, known: Mapping[str, Hashed]
) -> dict[str, Hashed]:
    """By name: each blob, and each layer with its content."""
    layers = _layers(contents)
    blobs = {
        name: promised.algorithm
        for name, promised in contents.names.blobs()
        if name not in contents.documents and promised.algorithm in _ALGORITHMS
    }
    names = list({**layers, **blobs})
    unread = [name for name in names if name not in known]
    tasks = [
        functools.partial(
            hash_blob, files.open, pool, name, layers.get(name), blobs.get(name, "sha256")
        )
        for name in unread
    ]
    read = dict(zip(unread, pool.in_order(tasks, anywhere=files.anywhere), strict=True))
    return {name: read[name] if name in read else known[name] for name in names}


def _layers(contents: Contents) -> dict[str, Compression]:
    """The files that are layers of an image, by their cleaned names, with their compression."""
    layers = {}
    for image in contents.saved:
        for layer in image.layers:
            if layer.compression is not None:
                layers[path.clean(layer.way.name)] = layer.compression
    for oci in contents.oci:
        for digest, compression in zip(oci.layers, oci.compressions, strict=True):
            if compression is not None:
                layers[blob_name(digest)] = compression
    return layers


def hash_blob(
    opener: _Opener, pool: WorkerPool, name: str, compression: Compression | None, algorithm: str
) -> Hashed:
    """Hash one file, in one pass if all is well.

    Args:
        opener: opens a file by its name; it is called again where the first pass gave up.
        pool: does the work.
        name: of the file.
        compression: of a layer; ``None`` for what is no layer.
        algorithm: of the digest of the file.

    Raises:
        Error: the file cannot be read to its end.
    """
    if compression == "gzip":
        hashed = _hash_gzip(opener, pool, name)
    elif compression == "zstd":
        hashed = _hash_compressed(opener, name, compression)
    else:
        hashed = _hash_plain(opener, name, is_layer=compression is not None)
    if algorithm == "sha256":
        return hashed
    return replace(hashed, blob=_digest(opener, name, algorithm))


def _hash_plain(opener: _Opener, name: str, *, is_layer: bool) -> Hashed:
    hashing, walk = v1.hasher("sha256"), Walk()
    with opener(name) as stream:
        while piece := stream.read(_READ_SIZE):
            hashing.update(piece)
            if is_layer and not walk.gave_up:
                walk.feed(piece)
    blob = v1.Hash("sha256", hashing.hexdigest())
    return Hashed(blob, blob, is_tar=is_layer and not walk.gave_up and walk.clean())


def _hash_gzip(opener: _Opener, pool: WorkerPool, name: str) -> Hashed:
    try:
        with opener(name) as stream:
            facts = one_pass.read_blob(stream, pool, Walk())
    except one_pass.NOT_PLAINLY_GOOD:
        return _hash_compressed(opener, name, "gzip")  # says in Go's words what is wrong
    return Hashed(facts.digest, facts.diff_id, is_tar=True)


def _hash_compressed(opener: _Opener, name: str, compression: Compression) -> Hashed:
    with opener(name) as stream:
        blob = HashingStream(stream)
        content, damage = None, ""
        try:
            content = v1.sha256(unzip(compression, blob, lambda: opener(name)))[0]
        except CancelledError:
            raise
        except Error as error:
            damage = str(error)
        while blob.read(_READ_SIZE):
            pass  # what the decoder left
        return Hashed(blob.counted.hash(), content, damage)


def _digest(opener: _Opener, name: str, algorithm: str) -> v1.Hash:
    digest = v1.hasher(algorithm)
    with opener(name) as stream:
        while piece := stream.read(_READ_SIZE):
            digest.update(piece)
    return v1.Hash(algorithm, digest.hexdigest())
