"""``docker_archive`` writes what Docker Engine itself wrote of the same image."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

import pyggcr
from pyggcr.testing import docker_archive

DATA = Path(__file__).parent.parent / "data" / "docker"
STORES = {
    "24.0.7": None,
    "25.0.2": None,
    "28.5.2": None,
    "28.5.2-containerd-store": True,
}


def documents(archive: Path) -> dict[str, Any]:
    """The JSON documents of an archive, without digests that are Docker 24's own."""
    with tarfile.open(archive) as files:
        found = {}
        for name in ("manifest.json", "index.json", "oci-layout", "repositories"):
            if name in files.getnames():
                found[name] = json.loads(files.extractfile(name).read())
        return found


@pytest.mark.parametrize("version", STORES)
def test_documents_are_those_of_docker(version: str, tmp_path: Path) -> None:
    real = DATA / version / "app-tag.tar"
    made = tmp_path / "made.tar"
    with pyggcr.open(real) as store:
        image = store.image()
        made.write_bytes(
            docker_archive({"app:1": image}, version[:6], containerd_store=STORES[version])
        )
    expected, found = documents(real), documents(made)

    if version == "24.0.7":
        # Its names of folders come from more than an image has.
        for it in (expected, found):
            assert len(it["manifest.json"][0].pop("Layers")) == 4
            it["repositories"]["app"]["1"] = "the last layer"
    else:
        # The manifest is written anew: with another order of keys, and so another digest.
        for it in (expected, found):
            for key in ("digest", "size", "mediaType"):
                it["index.json"]["manifests"][0].pop(key)
    assert found == expected
