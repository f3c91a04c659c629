"""The findings about images of ``manifest.json``: what go-containerregistry makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._layers.file_names import MANIFEST_JSON
from pyggcr._layers.saved_layers import is_own_layer
from pyggcr.doctor import failures
from pyggcr.doctor.contents import SavedImage, SavedLayer
from pyggcr.doctor.layer_forms import is_foreign_form
from pyggcr.doctor.report import Finding, Place, finding
from pyggcr.types import MediaType

__all__ = ["check_image", "own_sources"]


def check_image(file: str, image: SavedImage) -> Iterator[Finding]:
    """What is to be said of an image; nothing here reads the archive."""
    yield from _check_sources(file, image)
    yield from _check_compression(file, image)
    yield from _check_form(file, image)
    yield from _check_links(file, image)
    yield from _check_count(file, image)
    yield from _check_digest(file, image)


def _place(
    file: str, image: SavedImage, layers: list[SavedLayer], entry: str = MANIFEST_JSON
) -> Place:
    return Place(file, entry, image.label, tuple(layer.number for layer in layers))


def own_sources(image: SavedImage) -> tuple[list[SavedLayer], dict[SavedLayer, MediaType]]:
    """The layers of its own that an image lists in LayerSources: the plain ones that are called
    so, and others with what they are called.
    """
    plain, others = [], {}
    for layer, diff_id in zip(image.layers, image.diff_ids, strict=False):
        source = image.sources.get(diff_id)
        if source is None:
            continue
        read = layer if image.compressed else image.plain_layer(layer.number)
        if is_own_layer(source) and read.compression == "none":
            plain.append(layer)
        elif source.digest == diff_id:  # those that come from elsewhere have digests of their own
            others[layer] = source.media_type
    return plain, others


def _check_sources(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG001 and PYG006: LayerSources that give a DiffID as a digest."""
    fitting, odd = own_sources(image)
    if fitting and not image.compressed:
        yield finding(
            "PYG001",
            _place(file, image, fitting),
            f"LayerSources lists {len(fitting)} of {_layers(len(image.layers))}, uncompressed.",
            failures.old_layer_sources(),
        )
    yield from _check_foreign(file, image)
    if odd:
        first = next(iter(odd)).number
        yield finding(
            "PYG006",
            _place(file, image, list(odd)),
            "LayerSources gives DiffIDs as digests of "
            f"{', '.join(sorted(set(odd.values()))) or 'no media type'}.",
            failures.foreign_in_compressed(first) if image.compressed else failures.foreign_layer(),
        )


def _check_foreign(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG017: LayerSources that give layers descriptors of their own."""
    foreign = [
        layer
        for layer, diff_id in zip(image.layers, image.diff_ids, strict=False)
        if (source := image.sources.get(diff_id)) is not None
        and source.digest != diff_id
        and not is_own_layer(source)
    ]
    if foreign and not image.compressed:
        kinds = {image.sources[image.diff_ids[layer.number]].media_type for layer in foreign}
        yield finding(
            "PYG017",
            _place(file, image, foreign),
            f"LayerSources describes {len(foreign)} of {_layers(len(image.layers))} as "
            f"{', '.join(sorted(kinds)) or 'no media type'}.",
            failures.foreign_layer(),
        )


def _check_form(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG018: layers in forms that nobody expects."""
    for form in dict.fromkeys(layer.form for layer in image.layers if is_foreign_form(layer.form)):
        layers = [layer for layer in image.layers if layer.form == form]
        message = (
            f"{len(layers)} of {_layers(len(image.layers))} "
            f"{'is' if len(layers) == 1 else 'are'} {form}."
        )
        yield finding("PYG018", _place(file, image, layers), message, *_misread_form(image, layers))


def _misread_form(image: SavedImage, layers: list[SavedLayer]) -> tuple[failures.Failure, ...]:
    if image.compressed:
        return (failures.misread_as_gzip(),)
    entry = layers[0].way.entry
    if entry is None or not image.is_read(layers[0]):
        return ()
    return (failures.misread_as_tar(layers[0].number, entry.size),)


def _check_compression(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG005 and PYG007: layers that are not what go-containerregistry takes them for."""
    kinds = [layer.compression for layer in image.layers]
    zstd = [layer for layer in image.layers if layer.compression == "zstd"]
    if zstd:
        yield finding(
            "PYG007",
            _place(file, image, zstd),
            f"{len(zstd)} of {_layers(len(image.layers))} "
            f"{'is' if len(zstd) == 1 else 'are'} compressed with zstd.",
            *_misread(image),
        )
    plain = [layer for layer in image.layers if layer.compression == "none"]
    plain = [layer for layer in plain if not is_foreign_form(layer.form)]
    if "gzip" in kinds and plain:
        yield finding(
            "PYG005",
            _place(file, image, list(image.layers)),
            f"Gzip layers: {kinds.count('gzip')}, plain layers: {len(plain)}.",
            *_misread(image),
        )


def _misread(image: SavedImage) -> tuple[failures.Failure, ...]:
    """What happens at the first layer that is not what it is taken for, if it is read at all."""
    if image.compressed:
        return (failures.misread_as_gzip(),)
    for number in range(min(len(image.layers), len(image.diff_ids))):
        layer = image.plain_layer(number)
        if layer.compression in ("gzip", "zstd") and layer.way.entry is not None:
            return (failures.misread_as_tar(number, layer.way.entry.size),)
    return ()


def _check_links(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG009: layers that are links."""
    for layer in image.layers:
        if layer.way.is_link and layer.way.entry is not None:
            target = layer.way.entry.name
            yield finding(
                "PYG009",
                _place(file, image, [layer], layer.name),
                f"The layer is a link to {target}.",
                details={"target": target},
            )


def _check_count(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG012: as many layers as DiffIDs."""
    layers, diff_ids = len(image.layers), len(image.diff_ids)
    if layers == diff_ids:
        return
    yield finding(
        "PYG012",
        Place(file, MANIFEST_JSON, image.label),
        f"manifest.json has {_layers(layers)}, the config {diff_ids} DiffIDs.",
        *_miscounted(image, layers, diff_ids),
    )


def _miscounted(image: SavedImage, layers: int, diff_ids: int) -> tuple[failures.Failure, ...]:
    if image.compressed:
        if layers < diff_ids:
            return (failures.more_diff_ids_than_compressed(diff_ids, layers),)
        return failures.fewer_diff_ids(diff_ids, layers)
    if layers > diff_ids:
        return (failures.ignored_layers(diff_ids),)
    # DiffIDs that repeat need no layers of their own.
    beyond = [place for place in image.positions.values() if place >= layers]
    return failures.more_diff_ids(diff_ids, layers, min(beyond)) if beyond else ()


def _check_digest(file: str, image: SavedImage) -> Iterator[Finding]:
    """PYG008: layers that are stored plain are compressed by whoever reads them."""
    if image.layers and not image.compressed and image.whole:
        yield finding(
            "PYG008",
            Place(file, MANIFEST_JSON, image.label),
            "The manifest digest depends on the Go release that built go-containerregistry; "
            "--digests computes both.",
        )


def _layers(number: int) -> str:
    return "1 layer" if number == 1 else f"{number} layers"
