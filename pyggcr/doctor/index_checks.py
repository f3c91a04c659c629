"""The findings about ``index.json``: what those who read it make of the archive."""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._layers.file_names import INDEX_JSON, blob_digest
from pyggcr.doctor import failures
from pyggcr.doctor.contents import Absent, Contents, OCIImage, SavedImage
from pyggcr.doctor.layer_forms import TAR, is_foreign_form
from pyggcr.doctor.report import Finding, Place, finding
from pyggcr.types import MediaType
from pyggcr.v1 import Hash

__all__ = ["check_index"]

# Without a manifest.json there is nothing that an archive could be repaired from.
_SAVE_AGAIN = "Save the image by a tag, or with Docker 25.0.3 or later; this cannot be repaired."
_LABELS = ("+gzip", "+zstd", ".tar.gzip")
_ORDER_ADVICE = "Save the image with Docker 25.0.1 or later; this cannot be repaired."


def check_index(file: str, contents: Contents) -> Iterator[Finding]:
    """What is to be said of the index; nothing where there is none."""
    if not contents.has_index:
        return
    if contents.index_is_null:
        yield finding(
            "PYG002",
            Place(file, INDEX_JSON),
            "index.json has no manifests.",
            *failures.no_images(),
            advice="" if contents.has_manifest else _SAVE_AGAIN,
        )
    else:
        yield from _check_images(file, contents)
    saved = {image.config_digest: image for image in contents.saved}
    for image in contents.oci:
        yield from _check_layers(file, image, saved.get(image.config_digest))
        if image.config_digest not in saved:
            # Where there is a manifest.json, go-containerregistry reads nothing else.
            fails = () if contents.has_manifest else (failures.not_gzip(),)
            yield from _check_compressions(file, image, fails)
        yield from _check_forms(file, image)
    yield from _check_absent(file, contents)
    if not contents.has_manifest:
        yield from _check_attestations(file, contents)


def _check_images(file: str, contents: Contents) -> Iterator[Finding]:
    """PYG003: images of ``manifest.json`` that it lacks."""
    known = {image.config_digest for image in contents.oci}
    for image in contents.saved:
        if image.config_digest not in known:
            yield finding(
                "PYG003",
                Place(file, INDEX_JSON, image.label),
                "manifest.json has this image, index.json has not.",
                failures.index_unseen(),
            )


def _check_layers(file: str, image: OCIImage, saved: SavedImage | None) -> Iterator[Finding]:
    """PYG004, and PYG012 where ``manifest.json`` does not show which of the two is right."""
    if image.diff_ids is None:
        return
    place = Place(file, image.name, saved.label if saved else image.label)
    layers, diff_ids = len(image.layers), len(image.diff_ids)
    if layers != diff_ids:
        if saved is None:
            message = f"The manifest has {layers} layers, the config {diff_ids} DiffIDs."
            yield finding("PYG012", place, message, _miscounted(layers, diff_ids))
        elif len(saved.layers) == diff_ids:
            message = f"The OCI manifest has {layers} layers, manifest.json and config {diff_ids}."
            yield finding("PYG004", place, message, failures.dropped_layers())
        return
    misplaced = _misplaced(image, image.diff_ids, _saved_blobs(saved) if saved else [])
    if misplaced:
        yield finding(
            "PYG004",
            Place(file, image.name, place.image, misplaced),
            "The OCI manifest has the layers in another order than the config.",
            failures.order_of_layers(),
            advice="" if saved else _ORDER_ADVICE,
        )


def _miscounted(layers: int, diff_ids: int) -> failures.Failure:
    if layers:
        return failures.more_diff_ids_than_compressed(diff_ids, layers)
    return failures.unknown_layers(0, diff_ids)[1]


def _check_compressions(
    file: str, image: OCIImage, fails: tuple[failures.Failure, ...]
) -> Iterator[Finding]:
    """PYG007, PYG016 and PYG019: layers that are not the gzip that ``validate`` takes them for."""
    zstd: list[int] = []
    plain: list[int] = []
    labelled: list[int] = []
    for number, (compression, form, media_type) in enumerate(
        zip(image.compressions, image.forms, image.media_types, strict=True)
    ):
        if is_foreign_form(form) or not media_type.is_layer():
            continue
        if compression == "zstd":
            zstd.append(number)
        elif compression == "none":
            (labelled if media_type.endswith(_LABELS) else plain).append(number)
    found = (
        ("PYG007", zstd, "compressed with zstd"),
        ("PYG016", labelled, "not compressed, though the media type says gzip or zstd"),
        ("PYG019", plain, "not compressed"),
    )
    for code, numbers, what in found:
        if numbers:
            place = Place(file, image.name, image.label, tuple(numbers))
            yield finding(code, place, _counted(len(numbers), image, what), *fails)


def _check_forms(file: str, image: OCIImage) -> Iterator[Finding]:
    """PYG018: layers in forms that nobody expects."""
    for form in dict.fromkeys(filter(is_foreign_form, image.forms)):
        numbers = tuple(number for number, own in enumerate(image.forms) if own == form)
        place = Place(file, image.name, image.label, numbers)
        fails = _foreign_forms(image, numbers) if image.compressions[numbers[0]] != "gzip" else ()
        yield finding("PYG018", place, _counted(len(numbers), image, form), *fails)


def _check_attestations(file: str, contents: Contents) -> Iterator[Finding]:
    """PYG028: attestations, which ``validate`` takes for images."""
    found = [it for it in contents.attestations if not all(map(MediaType.is_layer, it.media_types))]
    if not found:
        return
    layers = sum(map(MediaType.is_layer, found[0].media_types))
    count = f"{len(found)} attestations are" if len(found) > 1 else "1 attestation is"
    yield finding(
        "PYG028",
        Place(file, found[0].name),
        f"{count} in the index, beside images.",
        *failures.attestation(layers, found[0].diff_ids),
    )


def _foreign_forms(image: OCIImage, numbers: tuple[int, ...]) -> tuple[failures.Failure, ...]:
    if any(image.media_types[number].is_layer() for number in numbers):
        return (failures.not_gzip(),)
    known = sum(media_type.is_layer() for media_type in image.media_types)
    return failures.unknown_layers(known, len(image.diff_ids or ()))


def _counted(number: int, image: OCIImage, what: str) -> str:
    layers = "1 layer" if len(image.layers) == 1 else f"{len(image.layers)} layers"
    return f"{number} of {layers} {'is' if number == 1 else 'are'} {what}."


def _misplaced(
    image: OCIImage, diff_ids: tuple[Hash, ...], saved: list[Hash | None]
) -> tuple[int, ...]:
    """The layers that are not those of the config at their places, as far as can be told."""
    known = set(saved)
    found = []
    for number, (digest, compression) in enumerate(
        zip(image.layers, image.compressions, strict=True)
    ):
        if compression == "none" and image.forms[number] == TAR and len(diff_ids) > 1:
            wrong = digest != diff_ids[number]
        else:
            # The DiffID is not known, but manifest.json may name the same blobs.
            wrong = digest in known and saved[number] != digest
        if wrong:
            found.append(number)
    return tuple(found)


def _saved_blobs(image: SavedImage) -> list[Hash | None]:
    """The digests by which ``manifest.json`` names its layers, links followed."""
    blobs = [blob_digest(layer.way.name) for layer in image.layers]
    return blobs + [None] * (len(image.diff_ids) - len(blobs))


def _check_absent(file: str, contents: Contents) -> Iterator[Finding]:
    """PYG013: one finding for each document that names what is not there."""
    by_document: dict[str, list[Absent]] = {}
    for each in contents.absent:
        by_document.setdefault(each.document, []).append(each)
    for document, absent in by_document.items():
        what = ", ".join(dict.fromkeys(each.what for each in absent))
        yield finding(
            "PYG013",
            Place(file, document),
            f"Not in the archive: {what}.",
            details={str(each.digest): each.what for each in absent},
        )
