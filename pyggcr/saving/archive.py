"""Archives that ``docker load`` reads, as Go writes them: pkg/v1/tarball/write.go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from pyggcr import name, v1
from pyggcr._gostd.json import marshal
from pyggcr._python.tarball_write import layer_file, tag_text
from pyggcr.saving.entries import END, Target, opened, pieces, write_entry
from pyggcr.v1.tarball_manifest import Descriptor

__all__ = ["layer_sources", "save", "tarball_manifest"]

# The tag of what was pulled by digest, so that it does not become ``latest`` (pkg/crane).
_WAS_A_DIGEST = "i-was-a-digest"


def save(images: Mapping[str, v1.Image], target: Target) -> None:
    """Write a docker-save archive of images (``crane.MultiSave``).

    Args:
        images: by the reference that each one gets; of a digest it is the tag
            ``i-was-a-digest``.
        target: a path, or a stream that need not seek.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ValidationError: a layer is not as long as it says.
    """
    named = [(image, [_tag(reference)]) for reference, image in images.items()]
    manifest = b"[" + b",".join(map(marshal, tarball_manifest(named))) + b"]"
    with opened(target) as stream:
        seen: set[str] = set()
        for image, _ in named:
            config = image.raw_config_file()
            write_entry(stream, str(image.config_name()), [config], len(config))
            for layer in image.layers():
                file = layer_file(layer)
                if file not in seen:
                    seen.add(file)
                    _write_layer(stream, file, layer)
        write_entry(stream, "manifest.json", [manifest], len(manifest))
        stream.write(END)


def tarball_manifest(images: Sequence[tuple[v1.Image, list[str]]]) -> list[Descriptor]:
    """What ``manifest.json`` will say of images and their tags (``tarball.ComputeManifest``)."""
    described = [_describe(image, tags) for image, tags in images]
    return sorted(described, key=lambda it: ",".join(it.repo_tags or ()).encode())


def _describe(image: v1.Image, tags: list[str]) -> Descriptor:
    return Descriptor(
        config=str(image.config_name()),
        repo_tags=tags,
        layers=[layer_file(layer) for layer in image.layers()],
        layer_sources=layer_sources(image),
    )


def layer_sources(image: v1.Image) -> dict[v1.Hash, v1.Descriptor]:
    """By DiffID, the layers that must not be passed on, and where they come from."""
    listed = image.manifest().layers or ()
    return {
        layer.diff_id(): described
        for layer, described in zip(image.layers(), listed, strict=True)
        if not described.media_type.is_distributable()
    }


def _tag(reference: str) -> str:
    parsed = name.parse_reference(reference)
    tag = parsed.context().tag(_WAS_A_DIGEST) if isinstance(parsed, name.Digest) else parsed
    return tag_text(tag)


def _write_layer(stream: BinaryIO, file: str, layer: v1.Layer) -> None:
    with layer.compressed() as blob:
        write_entry(stream, file, pieces(blob), layer.size())
