"""Diagnose archives: read them, check them, and report what was found.

Bad content is never an exception: an archive that cannot be read is in the report with the reason,
and the other archives are checked all the same.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping

from pyggcr._layers.file_names import blob_name
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.doctor.blob_checks import Hashed, check_blobs, check_documents
from pyggcr.doctor.contents import Contents, read_contents
from pyggcr.doctor.digests import with_digests
from pyggcr.doctor.form_checks import check_form
from pyggcr.doctor.image_checks import check_image
from pyggcr.doctor.index_checks import check_index
from pyggcr.doctor.layer_forms import form_by_type
from pyggcr.doctor.path_checks import check_paths
from pyggcr.doctor.report import Checkup, Finding, Report
from pyggcr.doctor.targets import archives_of
from pyggcr.doctor.validation import ask_of_archive, check_validation
from pyggcr.errors import CancelledError, Error
from pyggcr.store.files import Files, FolderFiles, TarFiles, explaining, open_files
from pyggcr.store.locations import open_location
from pyggcr.store.transports import locate

__all__ = ["check_contents", "diagnose", "diagnose_all", "open_target"]

Path = str | os.PathLike[str]
Progress = Callable[[int, int], None]
Opener = Callable[[], Files]

# Jobs that a pool is made for when it looks at the layers of a single archive.
_LAYERS_AT_ONCE = 8

_MAX_PROBLEMS = 5  # that are told of one archive


def diagnose(
    target: Path, *, deep: bool = False, digests: bool = False, insecure: bool = False
) -> Report:
    """Find what is wrong with an archive, which tools fail on it, and what to do.

    An archive that cannot be read is no error: its checkup has the reason.

    Args:
        target: a ``docker save`` archive or an OCI layout, as a folder or a tar, which may be
            compressed as a whole; or a folder of such archives. A string can also be a location,
            as for ``pyggcr.open``: ``docker-daemon:app:1`` or ``registry.example.com/app:1``. Of
            an image in a registry only manifests and configs are read, unless ``deep`` is set.
        deep: also read and hash every blob and every layer. Default ``False``.
        digests: also compute the manifest digests that depend on the Go release. Default
            ``False``.
        insecure: allow registries without TLS, or with a certificate that cannot be verified.
            Default ``False``.

    Returns:
        The report, with one checkup for each archive.

    Raises:
        CancelledError: the call was cancelled.
        DeadlineExceededError: a limit of ``pyggcr.limits`` ran out.

    >>> import pathlib, tempfile
    >>> from pyggcr import random, tarball
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = pathlib.Path(folder, "app.tar")
    ...     tarball.write_to_file(archive, "app:1", random.image(16, 1))
    ...     diagnose(archive).status
    'clean'
    """
    return diagnose_all([target], deep=deep, digests=digests, insecure=insecure)


def diagnose_all(
    targets: Iterable[Path],
    *,
    deep: bool = False,
    digests: bool = False,
    insecure: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Diagnose several archives at once, and return one report.

    Args:
        targets: archives, layouts, folders or locations, as for ``diagnose``. An archive that is
            named twice is read once.
        deep: also read and hash every blob and every layer. Default ``False``.
        digests: also compute the manifest digests that depend on the Go release. Default
            ``False``.
        insecure: allow registries without TLS, or with a certificate that cannot be verified.
            Default ``False``.
        progress: called after each archive with the number of archives that are done, and the
            number of all. Default: none.

    Returns:
        The report, with one checkup for each archive.

    Raises:
        CancelledError: the call was cancelled.
        DeadlineExceededError: a limit of ``pyggcr.limits`` ran out.
    """
    # A folder and an archive in it may both be given; each archive is looked at once.
    places = {name: opener for target in targets for name, opener in _archives_of(target, insecure)}
    # Several archives keep the threads busy, one each; a single one has them all for its layers.
    alone = len(places) == 1
    tasks = [
        functools.partial(_check, place, opener, deep, digests, _LAYERS_AT_ONCE if alone else 0)
        for place, opener in places.items()
    ]
    checkups: list[Checkup] = []
    with WorkerPool(0 if alone else len(tasks)) as pool:
        for checkup in pool.in_order(tasks, anywhere=True):
            checkups.append(checkup)
            if progress is not None:
                progress(len(checkups), len(tasks))
    return Report(tuple(checkups))


def open_target(target: str) -> Files:
    """The files of an archive or a layout, or of an image in a registry.

    Raises:
        Error: it cannot be opened.
    """
    return open_files(target) if _is_path(target) else _open_location(target)


def _archives_of(target: Path, insecure: bool) -> list[tuple[str, Opener]]:
    """The archives of a target: how each is called, and what opens it."""
    name = os.fsdecode(target)
    if isinstance(target, str) and not _is_path(target):
        return [(name, functools.partial(_open_location, target, insecure))]
    try:
        found = archives_of(name) or [name]
    except OSError:
        found = [name]  # opening it will say the same
    return [(each, functools.partial(open_files, each)) for each in found]


def _is_path(target: str) -> bool:
    try:
        return locate(target).transport == "path"
    except Error:
        return False  # opening it will say the same


def _open_location(text: str, insecure: bool = False) -> Files:
    return open_location(locate(text), text, insecure=insecure)


def _check(place: str, opener: Opener, deep: bool, digests: bool, jobs: int) -> Checkup:
    """Look at one archive, whatever it is."""
    try:
        with opener() as files, explaining(files):
            return _check_files(place, files, deep, digests, jobs)
    except CancelledError:
        raise
    except Error as error:
        asked = ask_of_archive(place, place) if deep and os.path.isfile(place) else []  # noqa: PTH113
        return Checkup(place, tuple(asked), str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the others are to be looked at all the same
        return Checkup(place, reason=f"unexpected {type(error).__name__}: {error} (a bug)")


def _check_files(place: str, files: Files, deep: bool, digests: bool, jobs: int) -> Checkup:
    try:
        files.list_all()
        contents = read_contents(files, peek=form_by_type if files.is_far and not deep else None)
    except CancelledError:
        raise
    except Error as error:
        archive = _path_of(files)
        asked = ask_of_archive(place, archive) if deep and archive else []
        reason = str(files.explained(error)) or type(error).__name__
        return Checkup(place, tuple(asked), reason)
    return check_contents(place, files, contents, deep=deep, digests=digests, jobs=jobs)


def _path_of(files: Files) -> str | None:
    """Of the tar, if it is one."""
    return files.path if isinstance(files, TarFiles) else None


def check_contents(
    place: str,
    files: Files,
    contents: Contents,
    *,
    deep: bool = False,
    digests: bool = False,
    jobs: int = 0,
    hashed: Mapping[str, Hashed] | None = None,
) -> Checkup:
    """Judge what was read of an archive or a layout.

    Args:
        place: what it is called.
        files: what is in it.
        contents: what was read of it.
        deep, digests: as for ``diagnose``.
        jobs: how many threads look at layers; 0 for none but the caller's.
        hashed: by name, blobs that ``deep`` need not read.
    """
    archive = _path_of(files)
    findings = [
        *(
            told
            for image in contents.saved
            for found in check_image(place, image)
            for told in (with_digests(files, image, found) if digests else [found])
        ),
        *check_index(place, contents),
        *check_documents(place, contents),
        *check_paths(place, contents),
        *check_form(place, files, contents),
    ]
    problems = list(contents.problems)
    if deep:
        try:
            with WorkerPool(jobs) as pool:
                findings += check_blobs(place, files, contents, pool, hashed)
        except CancelledError:
            raise
        except Error as error:
            problems.append(str(error))
        if archive and contents.described:
            findings = check_validation(place, archive, contents, findings, problems)
        elif archive and not contents.oci:
            findings += ask_of_archive(place, archive)
        if isinstance(files, FolderFiles):
            from pyggcr.doctor.layout_validation import check_layout_validation

            findings = check_layout_validation(place, files, contents, findings)
    if not problems and not _has_image(contents, findings):
        problems.append(_why_empty(contents, files))
    findings.sort(key=lambda found: found.code)
    return Checkup(place, tuple(findings), _in_one_line(list(dict.fromkeys(problems))))


def _in_one_line(problems: list[str]) -> str:
    told = problems[:_MAX_PROBLEMS]
    if len(problems) > len(told):
        told.append(f"and {len(problems) - len(told)} more")
    return "; ".join(told)


def _has_image(contents: Contents, findings: list[Finding]) -> bool:
    """Whether there is an image, or a finding that says why there seems to be none."""
    return bool(contents.saved or any(image.whole for image in contents.oci)) or any(
        found.code in ("PYG002", "PYG014", "PYG015") for found in findings
    )


def _why_empty(contents: Contents, files: Files) -> str:
    if contents.absent:
        first = contents.absent[0]
        return f"no image in it is complete: {blob_name(first.digest)} is not there ({first.what})"
    if contents.has_manifest or contents.has_index:
        return "no image is in it"
    return files.why_no_images()
