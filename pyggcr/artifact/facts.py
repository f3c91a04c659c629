"""Classify manifests that are not images to run: their type, and what they attest.

BuildKit puts attestations beside an image into the index, as manifests of in-toto statements whose
kinds are annotations of the layers. Only manifests are read here.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._layers.annotation_names import ATTESTATION, REFERENCE_DIGEST, REFERENCE_TYPE
from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr import v1

__all__ = ["Attestation", "artifact_type", "attestations", "predicate_types"]

_PREDICATE_TYPE = "in-toto.io/predicate-type"
_OF_BUNDLE = "dev.sigstore.bundle.predicateType"
_IN_TOTO = "application/vnd.in-toto+json"

# An archive could list them without end.
_MAX_DEPTH = 8
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attestation of an image.

    Attributes:
        digest: the digest of its manifest.
        predicate_types: the kinds of its statements; empty if the manifest is not there.
    """

    digest: v1.Hash
    predicate_types: tuple[str, ...]


def artifact_type(manifest: v1.Manifest) -> str:
    """Return the type of an artifact.

    Args:
        manifest: the manifest.

    Returns:
        The type; empty for an image to run.

    Examples:
        >>> from pyggcr import empty
        >>> artifact_type(empty.image().manifest())
        ''
    """
    if manifest.artifact_type:
        return manifest.artifact_type
    if predicate_types(manifest):
        return _IN_TOTO
    config = manifest.config.media_type
    return "" if config.is_config() else str(config)


def predicate_types(manifest: v1.Manifest) -> tuple[str, ...]:
    """Return the kinds of in-toto statements in a manifest.

    Args:
        manifest: the manifest.

    Returns:
        Each kind once.
    """
    named = [(manifest.annotations or {}).get(_OF_BUNDLE, "")]
    named += [(layer.annotations or {}).get(_PREDICATE_TYPE, "") for layer in manifest.layers or ()]
    return tuple(dict.fromkeys(filter(None, named)))


def attestations(index: v1.ImageIndex, image: v1.Hash) -> list[Attestation]:
    """Find the attestations of an image in an index and in nested indexes.

    Args:
        index: an index of a registry, or the ``index.json`` of a layout.
        image: the digest of the image's manifest.

    Returns:
        The attestations.

    Raises:
        CancelledError: the call was cancelled, or took longer than its timeout.
    """
    found: dict[v1.Hash, Attestation] = {}
    for inside, entry in _entries(index, _MAX_DEPTH, set()):
        annotations = entry.annotations or {}
        if annotations.get(REFERENCE_TYPE) != ATTESTATION or entry.digest in found:
            continue
        if annotations.get(REFERENCE_DIGEST) != str(image):
            continue
        try:
            with inside.image(entry.digest) as statements:
                kinds = predicate_types(statements.manifest())
        except CancelledError:
            raise
        except Error:
            kinds = ()  # docker save leaves manifests out that index.json lists
        found[entry.digest] = Attestation(entry.digest, kinds)
    return list(found.values())


def _entries(
    index: v1.ImageIndex, depth: int, seen: set[v1.Hash]
) -> Iterator[tuple[v1.ImageIndex, v1.Descriptor]]:
    """Each entry of an index and of those that it lists, with the index that lists it."""
    for entry in index.index_manifest().manifests or ():
        yield index, entry
        if not entry.media_type.is_index() or entry.digest in seen or depth == 0:
            continue
        seen.add(entry.digest)
        if len(seen) > _MOST:
            return
        try:
            nested = index.image_index(entry.digest)
        except CancelledError:
            raise
        except Error:
            continue
        with nested:
            yield from _entries(nested, depth - 1, seen)
