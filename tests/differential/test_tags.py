"""The ways to open an archive, read from its ``manifest.json``."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from pyggcr.differential import images_of, list_tags
from pyggcr.errors import ArchiveError, MissingPathError

DOCKER = Path(__file__).parent.parent / "data" / "docker"


def archive_with(path: Path, manifest: object) -> Path:
    data = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return path


def test_every_tag_is_listed_in_order() -> None:
    tags = list_tags(DOCKER / "24.0.7" / "twotags.tar")

    assert tags == ("onelayer:1", "registry.example.com:5000/team/one:v2")


def test_an_image_without_a_tag_has_none() -> None:
    images = images_of(DOCKER / "28.5.2" / "mixed.tar")

    assert sorted(image.tags for image in images) == [(), ("app:1",)]


def test_a_repeated_tag_is_listed_once(tmp_path: Path) -> None:
    image = {"Config": "c.json", "RepoTags": ["a:1", "b:1"], "Layers": []}
    path = archive_with(tmp_path / "twice.tar", [image, image])

    assert list_tags(path, engine="python") == ("a:1", "b:1")


def test_what_is_no_tag_is_left_out_but_belongs_to_its_image(tmp_path: Path) -> None:
    image = {"Config": "c.json", "RepoTags": ["Not A Tag", "a:1"], "Layers": []}
    path = archive_with(tmp_path / "bad.tar", [image])

    assert list_tags(path, engine="python") == ("a:1",)
    assert images_of(path, engine="python")[0].tags == ("Not A Tag", "a:1")


def test_a_null_manifest_holds_no_image(tmp_path: Path) -> None:
    path = archive_with(tmp_path / "null.tar", None)

    assert images_of(path, engine="python") == ()


def test_no_archive_is_an_error(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"x" * 1024)

    with pytest.raises(ArchiveError):
        list_tags(garbage)


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError):
        list_tags(tmp_path / "nothing.tar")
