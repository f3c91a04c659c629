"""Lists the images of a store: those of ``manifest.json``, then those of ``index.json`` alone.

``manifest.json`` is right in all archives of Docker. ``index.json`` may list no image at all
(Docker 25.0.0 to 25.0.2), or lack those without a tag (every later version). ``image`` knows what
an image is made of.
"""

from __future__ import annotations

import functools
import io

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._layers.file_names import blob_name
from pyggcr.errors import ArchiveError, CancelledError, ClosedError, Error, FileAccessError
from pyggcr.store.index import Index, Listed, read_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.store.documents import Documents
    from pyggcr.v1.tarball_manifest import Descriptor

__all__ = ["Catalog", "Record", "read_catalog"]

_NO_HASH = v1.Hash()
_SHOWN = 3  # digests that an error names


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an image before it is opened.

    Attributes:
        tags: its names, as they are written.
        config: name of the file that holds its config.
        digests: of its config, and of manifests that index.json has of it.
        indexes: digests of the indexes that led to those.
        platform: what an index says of it; the config knows better.
        saved: what ``manifest.json`` says of it, if it is there.
        manifests: those that index.json leads to; where ``saved`` is nothing, the image's own.
    """

    tags: tuple[str, ...]
    config: str
    digests: frozenset[v1.Hash]
    indexes: frozenset[v1.Hash]
    platform: v1.Platform | None
    saved: Descriptor | None
    manifests: tuple[v1.Manifest, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The images, at least one, and what may have kept others from being among them.

    Attributes:
        passed_over: images of ``index.json`` that cannot be used.
        index_damage: why ``index.json`` itself cannot be read, if so.
    """

    records: tuple[Record, ...]
    passed_over: tuple[Error, ...]
    index_damage: Error | None


def read_catalog(documents: Documents, *, by_index: bool = False) -> Catalog:
    """Find all images.

    Args:
        documents: those of the archive or layout.
        by_index: an image that both documents have is that of ``index.json``, with its own
            manifest, not that which go-containerregistry makes of ``manifest.json``.

    Raises:
        ArchiveError: there is none.
        JSONError, InvalidHashError: ``manifest.json`` is malformed, or there is nothing but an
            ``index.json`` that is.
        FileAccessError: the files cannot be read.
    """
    saved = documents.saved_images()
    index = read_index(documents)
    by_config: dict[v1.Hash, list[Listed]] = {}
    for image in index.images:
        by_config.setdefault(image.manifest.config.digest, []).append(image)
    records = []
    seen = set()
    digest_of = functools.cache(functools.partial(_config_digest, documents))
    for entry in saved or ():
        config = digest_of(entry.config)
        if by_index and config in by_config:
            continue
        if config is not None:
            seen.add(config)
        records.append(_saved_record(entry, config, by_config.get(config or _NO_HASH, [])))
    for config, images in by_config.items():
        if config not in seen:
            records += [_listed_record(image) for image in images]
    if not records:
        raise _no_images(documents, saved, index)
    return Catalog(tuple(records), index.problems, index.damage)


def _config_digest(documents: Documents, name: str) -> v1.Hash | None:
    """Hash of an image's config; nothing where it cannot be read, which its user will hear."""
    try:
        return v1.sha256(io.BytesIO(documents.config(name)))[0]
    except (CancelledError, ClosedError, FileAccessError):
        raise
    except Error:
        return None


def _saved_record(entry: Descriptor, config: v1.Hash | None, same: list[Listed]) -> Record:
    digests = {image.digest for image in same}
    if config is not None:
        digests.add(config)
    return Record(
        tags=tuple(entry.repo_tags or ()),
        config=entry.config,
        digests=frozenset(digests),
        indexes=frozenset(digest for image in same for digest in image.indexes),
        platform=same[0].platform if same else None,
        saved=entry,
        manifests=tuple(image.manifest for image in same),
    )


def _listed_record(image: Listed) -> Record:
    config = image.manifest.config.digest
    return Record(
        tags=tuple(image.tags),
        config=blob_name(config),
        digests=frozenset({image.digest, config}),
        indexes=frozenset(image.indexes),
        platform=image.platform,
        saved=None,
        manifests=(image.manifest,),
    )


def _no_images(documents: Documents, saved: list[Descriptor] | None, index: Index) -> Error:
    for problem in (index.damage, *index.problems):
        if problem is not None:
            return problem
    if index.artifacts:
        kinds = ", ".join(sorted(index.artifacts))
        return ArchiveError(f"index.json lists no image, but an artifact of the type {kinds}")
    if index.absent:
        listed = ", ".join(str(digest) for digest in index.absent[:_SHOWN])
        return ArchiveError(
            f"none of the manifests that index.json leads to is there ({listed}); save or copy the "
            "image again"
        )
    if saved is None:
        return ArchiveError(documents.why_no_images())
    return ArchiveError("manifest.json lists no image, and there is no index.json that does")
