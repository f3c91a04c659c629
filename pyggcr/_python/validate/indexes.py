"""Checks that an index does not contradict itself or what it lists: pkg/v1/validate/index.go.

Every entry is checked as what its media type says that it is; layers, where the index has a
method ``layer``. What is checked of an image or a layer is the business of ``validate``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyggcr import v1
from pyggcr._python import validate
from pyggcr._python.validate.findings import check_manifest, findings
from pyggcr.errors import Error, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.types import MediaType

__all__ = ["check"]


def check(index: v1.ImageIndex, *, fast: bool) -> None:
    """Check what the index lists, and its manifest (``validate.Index``).

    Raises:
        ValidationError: all that is wrong.
    """
    checks: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("children", lambda: _check_children(index, fast)),
        (
            "index manifest",
            lambda: check_manifest(
                index, index.index_manifest, v1.parse_index_manifest, "ParseIndexManifest"
            ),
        ),
    )
    wrong = [f"validating {part}: {found}" for part, look in checks if (found := findings(look))]
    if wrong:
        raise ValidationError("\n\n".join(wrong))


def _check_children(index: v1.ImageIndex, fast: bool) -> list[str]:
    wrong: list[str] = []
    for number, entry in enumerate(index.index_manifest().manifests or ()):
        wrong += _check_child(index, number, entry, fast)
    return wrong


def _check_child(index: v1.ImageIndex, number: int, entry: v1.Descriptor, fast: bool) -> list[str]:
    place = f"[{number}]({entry.digest})"
    if entry.media_type.is_index():
        nested = index.image_index(entry.digest)
        return [
            *_found(f"index Manifests{place}", lambda: check(nested, fast=fast)),
            *_found(f"index MediaType{place}", lambda: _check_type(nested, entry)),
        ]
    if entry.media_type.is_image():
        image = index.image(entry.digest)
        return [
            *_found(f"image Manifests{place}", lambda: validate.image(image, fast=fast)),
            *_found(f"image MediaType{place}", lambda: _check_type(image, entry)),
            *_found(f"image platform{place}", lambda: _check_platform(image, entry)),
        ]
    if not hasattr(index, "layer"):
        return []
    layer = _layer(index, number, entry.digest)
    found = _found(f"layer Manifests{place}", lambda: validate.layer(layer, fast=fast))
    # Go only warns where the layer need not be there.
    return found if entry.media_type.is_distributable() else []


def _found(what: str, look: Callable[[], None]) -> list[str]:
    def nothing_more() -> list[str]:
        look()
        return []

    found = findings(nothing_more)
    return [f"failed to validate {what}: {found}"] if found else []


def _layer(index: Any, number: int, digest: v1.Hash) -> v1.Layer:
    try:
        layer: v1.Layer = index.layer(digest)
    except Error as error:
        error.message = f"failed to get layer Manifests[{number}]: {error.message}"
        raise
    return layer


def _check_type(child: v1.Image | v1.ImageIndex, entry: v1.Descriptor) -> None:
    got: MediaType = child.media_type()
    if got != entry.media_type:
        raise ValidationError(f"mismatched mediaType: MediaType() = {got} != {entry.media_type}")


def _check_platform(image: v1.Image, entry: v1.Descriptor) -> None:
    """Whether the config says the same as the entry (``validatePlatform``)."""
    want = entry.platform
    if want is None or not image.manifest().config.media_type.is_config():
        return
    got = image.config_file().platform()
    if got is None:
        raise ValidationError("config file missing platform fields")
    if got.equals(want):
        return
    pairs = (
        ("OS", got.os, want.os),
        ("Architecture", got.architecture, want.architecture),
        ("Variant", got.variant, want.variant),
        ("OSVersion", got.os_version, want.os_version),
    )
    wrong = [
        f"mismatched {word}: {ours} != {theirs}" for word, ours, theirs in pairs if ours != theirs
    ]
    raise ValidationError("\n".join(wrong or _mismatched_features(got, want)))


def _mismatched_features(got: v1.Platform, want: v1.Platform) -> list[str]:
    lists = (
        ("Features", got.features, want.features),
        ("OSFeatures", got.os_features, want.os_features),
    )
    wrong = []
    for word, ours, theirs in lists:
        if ours or theirs:
            # Comparing sorted them, in Go, where both are there.
            both = ours is not None and theirs is not None
            shown = [sorted(it or ()) if both else it or () for it in (ours, theirs)]
            wrong.append(f"mismatched {word}: {_listed(shown[0])}, {_listed(shown[1])}")
    return wrong


def _listed(words: Sequence[str]) -> str:
    return f"[{' '.join(words)}]"
