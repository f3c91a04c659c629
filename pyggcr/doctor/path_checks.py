"""PYG014: entries and links that lead out of the archive, and links that form a cycle."""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._layers.entries import Entry
from pyggcr.doctor import failures
from pyggcr.doctor.contents import Contents, SavedImage, SavedLayer
from pyggcr.doctor.names import Way, escapes, leads_out
from pyggcr.doctor.report import Finding, Place, finding

__all__ = ["check_paths"]


def check_paths(file: str, contents: Contents) -> Iterator[Finding]:
    """PYG014 for each entry that leads out, and for each cycle; PYG015 for links among blobs."""
    users = _users(contents)
    for entry in contents.names.entries:
        if escapes(entry.name):
            yield _unsafe(file, users, entry, "The entry lies outside of the archive.")
        if entry.is_link and entry not in contents.blob_links and leads_out(entry):
            message = f"The link leads out of the archive, to {entry.target}."
            yield _unsafe(file, users, entry, message)
    if contents.blob_links:
        yield _blob_links(file, contents.blob_links)
    for entry in contents.names.cycles():
        yield _unsafe(file, users, entry, "The links lead back to themselves.")


def _blob_links(file: str, links: dict[Entry, None]) -> Finding:
    out = [entry for entry in links if leads_out(entry)]
    message = (
        "1 blob is a symbolic link" if len(links) == 1 else f"{len(links)} blobs are symbolic links"
    )
    if out:
        message += (
            f"; {len(out)} lead{'s' if len(out) == 1 else ''} out of the folder, not followed here"
        )
    return finding(
        "PYG015", Place(file, next(iter(links)).name), f"{message}.", failures.blob_link()
    )


def _users(contents: Contents) -> dict[Entry, tuple[SavedImage, SavedLayer]]:
    """For each link that a layer leads over, the first such layer."""
    users: dict[Entry, tuple[SavedImage, SavedLayer]] = {}
    for image in contents.saved:
        for layer in image.layers:
            for link in layer.way.links:
                if link in users:
                    break  # then so are all that follow
                users[link] = (image, layer)
    return users


def _unsafe(
    file: str, users: dict[Entry, tuple[SavedImage, SavedLayer]], entry: Entry, message: str
) -> Finding:
    """The finding; if a layer leads there, with what happens to its readers."""
    if entry not in users:
        return finding("PYG014", Place(file, entry.name), message)
    image, layer = users[entry]
    place = Place(file, entry.name, image.label, (layer.number,))
    fails = _failures(layer.way) if image.is_read(layer) else ()
    return finding("PYG014", place, message, *fails)


def _failures(way: Way) -> tuple[failures.Failure, ...]:
    if way.turns:
        return failures.cycle(way.name)
    return (failures.missing_target(way.name),) if way.entry is None else ()
