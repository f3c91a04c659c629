"""Rows of the images of archives, layouts and Docker daemons, as the doctor reads them."""

from __future__ import annotations

import os
from pathlib import Path

from pyggcr import limits, v1
from pyggcr._dataclasses import replace
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr._layers.file_names import blob_digest
from pyggcr.audit.documents import base_of, config_facts, row_finding, row_layers
from pyggcr.audit.problems import failed_row, problem_of
from pyggcr.audit.rows import Row, RowLayer
from pyggcr.audit.tasks import Item, Reading
from pyggcr.doctor.contents import Contents, OCIImage, SavedImage, read_contents
from pyggcr.doctor.diagnosis import check_contents, open_target
from pyggcr.doctor.report import Checkup, Finding
from pyggcr.errors import ArchiveError, CancelledError, DeadlineExceededError, Error
from pyggcr.store.files import Files, explaining

__all__ = ["fingerprint_of", "read_archive"]

_MARKS = ("index.json", "manifest.json", "oci-layout", "blobs", "blobs/sha256", "version")


def read_archive(target: str, reading: Reading, known: dict[str, str], when: str) -> Item:
    """Look at an archive, a layout or an image of a daemon; an error becomes a row.

    Args:
        target: whatever ``pyggcr.open`` takes, but what a registry has.
        reading: how.
        known: what ``fingerprint_of`` said when it was read before, by target.
        when: the time that rows have.

    Raises:
        CancelledError: the work was cancelled as a whole.
    """
    fingerprint = fingerprint_of(target)
    if fingerprint and known.get(target) == fingerprint:
        return Item(target, fingerprint, None)
    try:
        with limits.limit(timeout=reading.timeout):
            rows = _rows(target, reading, when)
    except DeadlineExceededError as error:
        limits.current().check()
        rows = [failed_row(target, error, when)]
    except CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the others are to be read all the same
        rows = [failed_row(target, error, when)]
    failed = any(row.error is not None for row in rows)
    return Item(target, "" if failed else fingerprint, tuple(rows))


def fingerprint_of(target: str) -> str:
    """What changes when the files of a target are written; empty where nobody can tell."""
    try:
        if not Path(target).is_dir():
            return _stamp(Path(target))
        marks = [Path(target) / mark for mark in _MARKS]
        return " ".join(_stamp(mark) for mark in marks if mark.exists())
    except (OSError, ValueError):
        return ""


def _stamp(path: Path) -> str:
    found = os.stat(path)  # noqa: PTH116 - of what a link leads to
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"


def _rows(target: str, reading: Reading, when: str) -> list[Row]:
    with open_target(target) as files, explaining(files):
        try:
            contents = read_contents(files)
        except CancelledError:
            raise
        except Error as error:
            return [failed_row(target, files.explained(error), when)]
        checkup = check_contents(target, files, contents, deep=reading.deep)
        pairs = [(row, label) for row, label in _images(target, files, contents, reading)]
    problem = problem_of(ArchiveError(checkup.reason)) if checkup.reason else None
    if not pairs:
        nothing = ArchiveError(_why_nothing(checkup, reading))
        row = failed_row(target, nothing, when)
        return [replace(row, findings=tuple(map(row_finding, checkup.findings)))]
    labels = {label for _, label in pairs}
    return [
        replace(
            row,
            findings=tuple(
                row_finding(it) for it in checkup.findings if _is_about(it, label, labels)
            ),
            error=problem,
            when=when,
        )
        for row, label in pairs
    ]


def _why_nothing(checkup: Checkup, reading: Reading) -> str:
    if checkup.reason:
        return checkup.reason
    return f"no image is in it for {reading.platform}" if reading.platform else "no image is in it"


def _is_about(found: Finding, label: str, labels: set[str]) -> bool:
    """Whether a finding is about an image: by its label, or about the archive as a whole."""
    return found.place.image == label or found.place.image not in labels


def _images(
    target: str, files: Files, contents: Contents, reading: Reading
) -> list[tuple[Row, str]]:
    """The images of an archive, each with the label that the doctor gives it."""
    wanted = v1.parse_platform(reading.platform) if reading.platform else None
    saved = {image.config_digest for image in contents.saved}
    listed = [image for image in contents.oci if image.config_digest not in saved]
    alone = len(contents.saved) + len(listed) == 1
    by_config = {image.config_digest: image for image in contents.oci}
    found = []
    for number, image in enumerate(contents.saved):
        reference = target if alone else f"{target}:{_named(image.label) or f'@{number}'}"
        row, config = _saved_row(reference, files, image, by_config.get(image.config_digest))
        found.append((row, config, image.label))
    for oci in listed:
        reference = target if alone else f"{target}:{_named(oci.label)}"
        row, config = _listed_row(reference, files, oci)
        found.append((row, config, oci.label))
    return [
        (row, label)
        for row, platform, label in found
        if wanted is None or (platform is not None and platform.satisfies(wanted))
    ]


def _named(label: str) -> str:
    """The first name of an image, without the platform that the doctor puts behind it."""
    return label.partition(", ")[0].partition(" (")[0]


def _saved_row(
    reference: str, files: Files, image: SavedImage, listed: OCIImage | None
) -> tuple[Row, v1.Platform | None]:
    """The row of an image of ``manifest.json``; its own manifest is that of the layout, if any."""
    raw = files.read(image.config_name, DOCUMENT_LIMIT)
    layers = []
    for layer in image.layers:
        diff_id = image.diff_ids[layer.number] if layer.number < len(image.diff_ids) else ""
        source = image.sources.get(image.diff_ids[layer.number]) if diff_id else None
        blob = blob_digest(layer.way.name)
        layers.append(
            RowLayer(
                digest="" if blob is None else str(blob),
                diff_id=str(diff_id),
                media_type="" if source is None else str(source.media_type),
                size=layer.way.entry.size if layer.way.entry is not None else 0,
                compression=layer.compression or "",
            )
        )
    row = Row(
        reference,
        config_digest=str(image.config_digest),
        size=len(raw) + sum(layer.size for layer in layers),
        layers=tuple(layers),
    )
    if listed is not None:
        row = _with_manifest(row, files, listed)
    return _with_config(row, raw)


def _listed_row(reference: str, files: Files, image: OCIImage) -> tuple[Row, v1.Platform | None]:
    """The row of an image that only ``index.json`` leads to."""
    row = _with_manifest(Row(reference), files, image)
    manifest = v1.parse_manifest(files.read(image.name, DOCUMENT_LIMIT))
    row = replace(
        row,
        size=manifest.config.size + sum(max(it.size, 0) for it in manifest.layers or ()),
        layers=row_layers(
            manifest.layers or (), image.diff_ids or (), [it or "" for it in image.compressions]
        ),
    )
    if image.diff_ids is None:
        return row, None
    name = f"blobs/{image.config_digest.algorithm}/{image.config_digest.hex}"
    return _with_config(row, files.read(name, DOCUMENT_LIMIT))


def _with_manifest(row: Row, files: Files, image: OCIImage) -> Row:
    manifest = v1.parse_manifest(files.read(image.name, DOCUMENT_LIMIT))
    digest = blob_digest(image.name)
    return replace(
        row,
        digest="" if digest is None else str(digest),
        media_type=str(manifest.media_type),
        config_digest=str(image.config_digest),
        config_media_type=str(manifest.config.media_type),
        base=base_of(manifest.annotations or {}),
    )


def _with_config(row: Row, raw: bytes) -> tuple[Row, v1.Platform | None]:
    config = v1.parse_config_file(raw)
    return config_facts(row, config), config.platform()
