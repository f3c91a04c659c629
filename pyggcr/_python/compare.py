"""Whether images, indexes and layers are the same: pkg/v1/compare."""

from __future__ import annotations

from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyggcr import v1

__all__ = ["images", "indexes", "layers"]


def images(*, a: v1.Image, b: v1.Image) -> None:
    """Compare images and their layers (``compare.Images``)."""
    # All of one image before the other, in Go's order, which decides whose error is seen.
    own, other = [
        (
            image.layers(),
            image.digest(),
            image.manifest(),
            image.config_name(),
            image.size(),
            image.media_type(),
        )
        for image in (a, b)
    ]
    lines = _differences(
        ("Digest", str, own[1], other[1]),
        ("ConfigName", str, own[3], other[3]),
        ("Manifest", _manifest_text, own[2], other[2]),
        ("Size", str, own[4], other[4]),
        ("MediaType", str, own[5], other[5]),
    )
    if len(own[0]) != len(other[0]):
        raise Error("len(a.Layers()) != len(b.Layers())")
    for at, (layer, other_layer) in enumerate(zip(own[0], other[0], strict=True)):
        try:
            layers(a=layer, b=other_layer)
        except Error as error:
            lines.append(f"Layers[{at}]: {error}\n")
    _report("Images", lines)


def indexes(*, a: v1.ImageIndex, b: v1.ImageIndex) -> None:
    """Compare indexes, but not what they list (``compare.Indexes``)."""
    own, other = [
        (index.digest(), index.index_manifest(), index.size(), index.media_type())
        for index in (a, b)
    ]
    lines = _differences(
        ("Digest", str, own[0], other[0]),
        ("Manifest", _index_text, own[1], other[1]),
        ("Size", str, own[2], other[2]),
        ("MediaType", str, own[3], other[3]),
    )
    _report("Indexes", lines)


def layers(*, a: v1.Layer, b: v1.Layer) -> None:
    """Compare layers, but not their bytes (``compare.Layers``)."""
    own, other = [
        (layer.digest(), layer.diff_id(), layer.size(), layer.media_type()) for layer in (a, b)
    ]
    names = ("Digest", "DiffID", "Size", "MediaType")
    lines = _differences(
        *((name, str, own[at], other[at]) for at, name in enumerate(names)),
    )
    _report("Layers", lines)


def _differences(*answers: tuple[str, Callable[..., str], object, object]) -> list[str]:
    """A line for each method whose answers differ."""
    return [
        f"a.{method}() != b.{method}(); {text(own)} != {text(other)}"
        for method, text, own, other in answers
        if own != other
    ]


def _report(what: str, lines: list[str]) -> None:
    if lines:
        raise Error(f"{what} differ:\n" + "\n".join(lines))


def _manifest_text(manifest: v1.Manifest) -> str:
    """A ``*v1.Manifest`` as ``%v`` prints it."""
    return _struct(
        manifest.schema_version,
        manifest.media_type,
        _descriptor_text(manifest.config),
        _list(map(_descriptor_text, manifest.layers or ())),
        _map(manifest.annotations),
        _subject_text(manifest.subject),
        manifest.artifact_type,
    )


def _index_text(manifest: v1.IndexManifest) -> str:
    """A ``*v1.IndexManifest`` as ``%v`` prints it."""
    return _struct(
        manifest.schema_version,
        manifest.media_type,
        _list(map(_descriptor_text, manifest.manifests or ())),
        _map(manifest.annotations),
        _subject_text(manifest.subject),
        manifest.artifact_type,
    )


def _struct(*fields: object) -> str:
    return "&{" + " ".join(map(str, fields)) + "}"


def _descriptor_text(descriptor: v1.Descriptor) -> str:
    fields = (
        descriptor.media_type,
        descriptor.size,
        descriptor.digest,
        _list(descriptor.data or b""),
        _list(descriptor.urls or ()),
        _map(descriptor.annotations),
        "<nil>" if descriptor.platform is None else descriptor.platform,
        descriptor.artifact_type,
    )
    return "{" + " ".join(map(str, fields)) + "}"


def _subject_text(subject: v1.Descriptor | None) -> str:
    """Go prints the address of the subject; here it is what stands there."""
    return "<nil>" if subject is None else "&" + _descriptor_text(subject)


def _list(items: Iterable[object]) -> str:
    return "[" + " ".join(map(str, items)) + "]"


def _map(items: Mapping[str, str] | None) -> str:
    by_bytes = sorted(
        (items or {}).items(), key=lambda item: item[0].encode("utf-8", "surrogatepass")
    )
    return "map[" + " ".join(f"{key}:{value}" for key, value in by_bytes) + "]"
