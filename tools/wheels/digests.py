"""Prints the digest of every image in a folder of archives, in every gzip profile.

    python tools/wheels/digests.py tests/data/docker

Needs pyggcr alone, so it runs where a wheel is installed: two machines that print the same write
the same bytes. The Go engine has one profile, that of the Go it was built by.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyggcr
from pyggcr import errors, tarball

_PROFILES = ("go1.26", "go1.27", "go1.27-amd64v3", "go1.27-arm64")


def lines(folder: Path) -> Iterator[str]:
    """One line for each image, engine and profile; the error where there is one."""
    for archive in sorted(folder.rglob("*.tar")):
        name = archive.relative_to(folder).as_posix()
        for tag in _tags(archive):
            for engine, profile in _ways():
                try:
                    image = tarball.image_from_path(
                        archive, tag, engine=engine, gzip_profile=profile
                    )
                    with image:
                        digest = str(image.digest())
                except errors.Error as error:
                    digest = f"{type(error).__name__}: {error}".replace(str(archive), name)
                yield f"{name} {tag} {engine} {profile} {digest}"


def _tags(archive: Path) -> list[str | None]:
    try:
        manifest = tarball.load_manifest(archive)
    except errors.Error:
        return [None]
    return [tag for entry in manifest for tag in entry.repo_tags or []] or [None]


def _ways() -> Iterator[tuple[str, str | None]]:
    if pyggcr.engines()["go"].available:
        yield "go", None
    for profile in _PROFILES:
        yield "python", profile


if __name__ == "__main__":
    for line in lines(Path(sys.argv[1])):
        print(line)
