"""Images, layers and manifests of archives: pkg/v1/tarball through native/tarball.go."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, BinaryIO

from pyggcr._go import call, models, options
from pyggcr._go.image import GoImage, GoLayer
from pyggcr._go.opener import Opener

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr import v1
    from pyggcr.name import Tag
    from pyggcr.v1.tarball_manifest import Descriptor

__all__ = [
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "load_manifest",
    "load_manifest_from_path",
]

_NO_OPENER = 0


def image_from_path(
    path: str, tag: Tag | None, *, gzip_profile: str, layer_sources: str
) -> v1.Image:
    """The image with this tag in the archive (``tarball.ImageFromPath``)."""
    options.check(gzip_profile, layer_sources)
    name = os.fsencode(path)
    number = call.ask(
        call.handle, "tarball_image", name, len(name), _NO_OPENER, *_tag_arguments(tag)
    )
    return GoImage(number, None)


def image(
    opener: Callable[[], BinaryIO],
    tag: Tag | None,
    *,
    gzip_profile: str,
    layer_sources: str,
) -> v1.Image:
    """The image with this tag in the archive that the opener opens (``tarball.Image``)."""
    options.check(gzip_profile, layer_sources)
    source = Opener(opener)
    number = call.ask(
        call.handle,
        "tarball_image",
        None,
        0,
        source.number,
        *_tag_arguments(tag),
        opener=source,
    )
    return GoImage(number, source)


def load_manifest(opener: Callable[[], BinaryIO]) -> list[Descriptor]:
    """What ``manifest.json`` says of each image (``tarball.LoadManifest``)."""
    source = Opener(opener)
    data = call.ask(call.data, "tarball_load_manifest", None, 0, source.number, opener=source)
    return _parse_manifest(data)


def load_manifest_from_path(path: str) -> list[Descriptor]:
    """``load_manifest`` of a file."""
    name = os.fsencode(path)
    return _parse_manifest(
        call.ask(call.data, "tarball_load_manifest", name, len(name), _NO_OPENER)
    )


def layer_from_path(path: str, *, gzip_profile: str, compression_level: int) -> v1.Layer:
    """A layer made of a tar file, compressed or not (``tarball.LayerFromFile``)."""
    options.check(gzip_profile)
    name = os.fsencode(path)
    number = call.ask(call.handle, "tarball_layer", name, len(name), _NO_OPENER, compression_level)
    return GoLayer(number, None)


def layer_from_opener(
    opener: Callable[[], BinaryIO], *, gzip_profile: str, compression_level: int
) -> v1.Layer:
    """A layer made of what the opener opens (``tarball.LayerFromOpener``)."""
    options.check(gzip_profile)
    source = Opener(opener)
    number = call.ask(
        call.handle,
        "tarball_layer",
        None,
        0,
        source.number,
        compression_level,
        opener=source,
    )
    return GoLayer(number, source)


def _tag_arguments(tag: Tag | None) -> tuple[bytes | None, int]:
    """The tag as JSON: its text and the defaults that it was completed with."""
    if tag is None:
        return None, 0
    text = json.dumps(
        {
            "name": str(tag),
            "default_registry": tag.registry_str(),
            "default_tag": tag.tag_str(),
        }
    ).encode()
    return text, len(text)


def _parse_manifest(data: bytes) -> list[Descriptor]:
    from pyggcr.v1.tarball_manifest import parse_tarball_manifest

    return parse_tarball_manifest(models.without_zero_hashes(data)) or []
