"""PYG025: what go-containerregistry says of images that are not plainly good, found out by asking.

The other checks know causes. Whatever cause they do not know, an image that ``validate`` refuses is
not called clean, and one that it takes is not called broken: the Python engine, whose answers are
go-containerregistry's, reads each image that is not plainly good, once as the newest version does
and once as those before the Docker 25 patch.
"""

from __future__ import annotations

from pyggcr import tarball, validate
from pyggcr._dataclasses import dataclass, replace
from pyggcr._layers.file_names import MANIFEST_JSON
from pyggcr._layers.saved_layers import is_own_layer
from pyggcr.doctor import failures
from pyggcr.doctor.contents import labels_of
from pyggcr.doctor.report import Finding, Place, finding
from pyggcr.errors import CancelledError, Error, InvalidReferenceError
from pyggcr.name import new_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyggcr.doctor.contents import Contents, SavedImage

__all__ = ["ask_of_archive", "check_validation"]

# Which findings an image may have and be plainly good all the same.
_HARMLESS = ("PYG001", "PYG003", "PYG008", "PYG009", "PYG010", "PYG013", "PYG029")
_LAYERS = "layers"  # the type that a root file system must have
_PROFILE = "go1.26"


@dataclass(frozen=True, slots=True)
class _Said:
    """What versions say of an image; empty if they find it valid.

    Attributes:
        newest: by the newest.
        old: by v0.18.0.
        missed: the name that this does not find, if so.
    """

    newest: str
    old: str
    missed: str = ""


def check_validation(
    file: str,
    path: str,
    contents: Contents,
    findings: list[Finding],
    problems: Collection[str],
) -> list[Finding]:
    """The findings, made to fit what go-containerregistry says of the images of an archive.

    Args:
        file: the archive.
        path: what it can be opened as.
        contents: what was read of it.
        findings: what the other checks have found.
        problems: what could not be read, and why.

    Raises:
        CancelledError: a limit ended the work.
    """
    saved = {image.number: image for image in contents.saved}
    labels = labels_of(contents.described)
    for number, tag in _askable(contents.described):
        image = saved.get(number)
        label = image.label if image else labels[number]
        about = [found for found in findings if found.place.image == label]
        if image and not problems and _is_plainly_good(contents, image, about):
            continue
        said = _ask(path, tag, _missed_literally(contents, image) if image else "")
        findings = [
            _fitting(found, said) if found.place.image == label else found for found in findings
        ]
        findings += _untold(file, label, said, [it for it in findings if it.place.image == label])
    return findings


def ask_of_archive(file: str, path: str) -> list[Finding]:
    """What go-containerregistry says of an archive that could not be read to its end."""
    try:
        described = tarball.load_manifest(path, engine="python")
    except CancelledError:
        raise
    except Error:
        described = []
    if not described:
        return _untold(file, "", _ask(path, "", ""), [])
    found, labels = [], labels_of(described)
    for number, tag in _askable(described):
        found += _untold(file, labels[number], _ask(path, tag, ""), [])
    return found


def _askable(described: Sequence[tarball.Descriptor]) -> list[tuple[int, str]]:
    """The images that can be asked for, with the tag to ask by; none is needed for the only one.

    Of several images that have a tag, the first is given for it.
    """
    if len(described) == 1:
        return [(0, "")]
    asked: dict[str, tuple[int, str]] = {}
    for number, image in enumerate(described):
        for tag in image.repo_tags or ():
            try:
                asked.setdefault(new_tag(tag).name(), (number, tag))
            except InvalidReferenceError:
                continue
    first: dict[int, str] = {}
    for number, tag in asked.values():
        first.setdefault(number, tag)
    return sorted(first.items())


def _is_plainly_good(contents: Contents, image: SavedImage, findings: list[Finding]) -> bool:
    """Whether nothing about an image could make go-containerregistry refuse it."""
    kind = "gzip" if image.compressed else "none"
    return (
        all(found.code in _HARMLESS for found in findings)
        and _all_tags_are_names(contents)
        and not _missed_literally(contents, image)
        and image.root_type == _LAYERS
        and len(image.layers) == len(image.diff_ids)
        and all(
            layer.compression == kind and layer.name not in contents.odd for layer in image.layers
        )
        and not (image.compressed and image.sources)
        and all(is_own_layer(source) for source in image.sources.values())
    )


def _all_tags_are_names(contents: Contents) -> bool:
    """Whether every tag can be parsed: looking for one fails at those that cannot."""
    if len(contents.described) == 1:
        return True
    try:
        for described in contents.described:
            for tag in described.repo_tags or ():
                new_tag(tag)
    except InvalidReferenceError:
        return False
    return True


def _missed_literally(contents: Contents, image: SavedImage) -> str:
    """A name that versions miss which compare names as they are written; empty if they find all."""
    for name in (MANIFEST_JSON, image.config_name, *(layer.name for layer in image.layers)):
        missed = contents.names.missed_literally(name)
        if missed:
            return missed
    return ""


def _ask(path: str, tag: str, missed: str) -> _Said:
    """What versions say of an image; ``missed`` is a name that the old ones do not find."""
    newest = _validate(path, tag, "patched")
    if missed:
        return _Said(newest, f"file {missed} not found in tar", missed)
    return _Said(newest, _validate(path, tag, "trusted"))


def _validate(path: str, tag: str, layer_sources: str) -> str:
    """What is wrong with an image, in one line; empty if nothing is."""
    try:
        with tarball.image_from_path(
            path,
            tag or None,
            engine="python",
            gzip_profile=_PROFILE,
            layer_sources=layer_sources,
        ) as image:
            validate.image(image)
    except CancelledError:
        raise
    except Error as error:
        return next(filter(None, str(error).splitlines()), type(error).__name__)
    return ""


def _fitting(found: Finding, said: _Said) -> Finding:
    """The finding without failures that do not happen."""
    fails = tuple(
        kept
        for failure in found.fails
        if (kept := failures.narrowed(failure, newest=bool(said.newest), old=bool(said.old)))
    )
    return found if fails == found.fails else replace(found, fails=fails)


def _untold(file: str, label: str, said: _Said, findings: list[Finding]) -> list[Finding]:
    """PYG025 where a version fails, and no finding says so."""
    told = [failures.tells_of(failure) for found in findings for failure in found.fails]
    newest = "" if any(newest for newest, _ in told) else said.newest
    old = "" if any(old for _, old in told) else said.old
    if not newest and not old:
        return []
    fails = failures.refused(newest, "" if said.missed else old)
    if said.missed and old:
        fails += (failures.name_not_literal(said.missed),)
    text = newest or old
    return [finding("PYG025", Place(file, MANIFEST_JSON, label), f"validate says: {text}.", *fails)]
