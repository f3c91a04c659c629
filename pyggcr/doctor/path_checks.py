"""PYG014: entries and links that lead out of the archive, and links that form a cycle."""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._gostd import path
from pyggcr.doctor import failures
from pyggcr.doctor.contents import Contents, SavedImage
from pyggcr.doctor.image_checks import finding
from pyggcr.doctor.names import escapes, leads_out
from pyggcr.doctor.report import Finding, Place
from pyggcr.store.files import Entry

__all__ = ["check_paths"]

_LINKS = ("link", "symlink")


def check_paths(file: str, contents: Contents) -> Iterator[Finding]:
    """One finding for each entry that leads out, and for each cycle."""
    for entry in contents.names.entries:
        if escapes(entry.name):
            yield _unsafe(file, contents, entry, "The entry lies outside of the archive.")
        if entry.kind in _LINKS and leads_out(entry):
            message = f"The link leads out of the archive, to {entry.target}."
            yield _unsafe(file, contents, entry, message)
    yield from _check_cycles(file, contents)


def _check_cycles(file: str, contents: Contents) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in contents.names.entries:
        name = path.clean(entry.name)
        if entry.kind not in _LINKS or name in seen:
            continue
        way = contents.names.follow(name)
        new = {path.clean(link.name) for link in way.links} - seen
        seen |= new
        # Links that lead into a cycle that is known are no other cycle.
        if way.turns and path.clean(way.name) in new:
            yield _unsafe(file, contents, entry, "The links lead back to themselves.")


def _unsafe(file: str, contents: Contents, entry: Entry, message: str) -> Finding:
    """The finding; if a layer leads there, with what happens to its readers."""
    for image in contents.saved:
        for layer in image.layers:
            if any(link is entry for link in layer.way.links):
                place = Place(file, entry.name, image.label, (layer.number,))
                return finding("PYG014", place, message, *_failures(image, layer.number))
    return finding("PYG014", Place(file, entry.name), message)


def _failures(image: SavedImage, number: int) -> tuple[failures.Failure, ...]:
    way = image.layers[number].way
    if way.turns:
        return failures.cycle(way.name)
    return (failures.missing_target(way.name),) if way.entry is None else ()
