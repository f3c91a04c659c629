"""One transfer by pyggcr as a library, in a program that has used it before.

``python -m benchmarks.library VERB SOURCE TARGET ENGINE PROFILE SMALL`` does the job with the
archive SMALL first, which loads all modules, then with SOURCE; it prints the seconds of the second
and the digest of the image. PROFILE may be empty.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyggcr import crane, empty, layout, mutate, remote, tarball, use_engine


def push(source: str, target: str, profile: str) -> None:
    """From an archive to a registry."""
    crane.push(tarball.image_from_path(source, gzip_profile=profile or None), target)


def pull(source: str, target: str, _profile: str) -> None:
    """From a registry to an archive."""
    crane.save({source: crane.pull(source)}, target)


def copy(source: str, target: str, _profile: str) -> None:
    """From one repository to another."""
    crane.copy(source, target)


def append(source: str, target: str, profile: str) -> None:
    """A layer onto an empty image, into a registry."""
    layer = tarball.layer_from_path(source, gzip_profile=profile or None)
    remote.write(target, mutate.append_layers(empty.image(), layer))


def write_layout(source: str, target: str, profile: str) -> None:
    """From an archive to a layout."""
    image = tarball.image_from_path(source, gzip_profile=profile or None)
    layout.write(target, empty.index()).append_image(image)


JOBS: dict[str, Callable[[str, str, str], None]] = {
    "push": push,
    "pull": pull,
    "copy": copy,
    "append": append,
    "layout": write_layout,
}


def main() -> None:
    """Do the job twice, and time the second."""
    verb, source, target, engine, profile, small = sys.argv[1:]
    registry = (source if verb in ("pull", "copy") else target).partition("/")[0]
    with use_engine(engine):
        _warm_up(verb, small, f"{registry}/small/{engine}", profile)
        start = time.perf_counter()
        JOBS[verb](source, target, profile)
        seconds = time.perf_counter() - start
        digest = "" if verb == "layout" else remote.head(_reference(verb, source, target)).digest
    print(seconds, digest)  # noqa: T201 - the answer


def _reference(verb: str, source: str, target: str) -> str:
    return source if verb == "pull" else target


def _warm_up(verb: str, small: str, repository: str, profile: str) -> None:
    if verb == "layout":
        with tempfile.TemporaryDirectory() as folder:
            write_layout(small, folder, profile)
        return
    if verb == "append":
        append(small, f"{repository}:first", profile)
        return
    push(small, f"{repository}:first", profile)
    if verb == "pull":
        with tempfile.TemporaryDirectory() as folder:
            pull(f"{repository}:first", str(Path(folder) / "image.tar"), profile)
    elif verb == "copy":
        copy(f"{repository}:first", f"{repository}-again:first", profile)


if __name__ == "__main__":
    main()
