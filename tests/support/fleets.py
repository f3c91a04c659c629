"""Registries full of small images, for audits: pushed, or written as a registry stores them.

``push_fleet`` pushes through pyggcr. ``store_fleet`` writes what docker-registry would have on its
disk, which takes a second for a thousand images; all images of a repository share their lower
layers, and the lowest is that of all.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from pyggcr import empty, mutate, remote, static

__all__ = ["push_fleet", "store_fleet"]

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CREATED = "2024-05-{day:02}T12:00:00Z"


def push_fleet(host: str, repositories: int, images: int) -> list[str]:
    """Push so many images into each of so many repositories; the references, sorted."""
    made = []
    for repository in range(repositories):
        base = mutate.append_layers(empty.image(), static.new_layer(_layer("base"), LAYER))
        for number in range(images):
            reference = f"{host}/team{repository}/app:{number}"
            top = static.new_layer(_layer(f"{repository} {number}"), LAYER)
            remote.write(reference, mutate.append_layers(base, top), engine="python")
            made.append(reference)
    return sorted(made)


def _layer(content: str) -> bytes:
    """A layer with one file."""
    return gzip.compress(_tar(content), 1, mtime=0)


def _tar(content: str) -> bytes:
    data = content.encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo("content")
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return file.getvalue()


class _Storage:
    """The files of docker-registry, storage driver ``filesystem``."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "docker" / "registry" / "v2"
        self._written: set[str] = set()

    def blob(self, data: bytes) -> str:
        """Write a blob; its digest."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._written:
            self._written.add(digest)
            self._write(self._root / "blobs" / "sha256" / digest[:2] / digest / "data", data)
        return f"sha256:{digest}"

    def link(self, repository: str, *place: str, digest: str) -> None:
        """Let a repository have a blob."""
        path = self._root.joinpath("repositories", repository, *place, "link")
        if str(path) not in self._written:
            self._written.add(str(path))
            self._write(path, digest.encode())

    def _write(self, path: Path, data: bytes) -> None:
        os.makedirs(path.parent, exist_ok=True)  # noqa: PTH103 - quicker
        path.write_bytes(data)


def store_fleet(folder: Path, repositories: int, images: int) -> Iterator[str]:
    """Write so many images of each of so many repositories; gives the paths of repositories.

    Args:
        folder: the registry's storage; it may run.
        repositories: how many.
        images: how many in each. One in twenty has a layer that is not compressed.
    """
    storage = _Storage(folder)
    base = _described(storage, _tar("base"), LAYER)
    for repository in range(repositories):
        name = f"team{repository % 20:02}/app{repository:04}"
        lower = _described(storage, _tar(f"lower {repository}"), LAYER)
        for number in range(images):
            kind = PLAIN_LAYER if number % 20 == 19 else LAYER
            top = _described(storage, _tar(f"{repository} {number}"), kind)
            layers = [base, lower, top]
            config = {
                "architecture": "amd64",
                "os": "linux",
                "created": _CREATED.format(day=1 + number % 28),
                "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
            }
            raw = json.dumps(config).encode()
            manifest = {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "size": len(raw), "digest": storage.blob(raw)},
                "layers": [layer for layer, _ in layers],
            }
            _store(storage, name, f"1.{number}", manifest)
        yield name


def _described(storage: _Storage, tar: bytes, kind: str) -> tuple[dict[str, object], str]:
    """The descriptor of a layer, which is written, and its DiffID."""
    blob = gzip.compress(tar, 1, mtime=0) if kind == LAYER else tar
    descriptor = {"mediaType": kind, "size": len(blob), "digest": storage.blob(blob)}
    return descriptor, f"sha256:{hashlib.sha256(tar).hexdigest()}"


def _store(storage: _Storage, name: str, tag: str, manifest: dict[str, object]) -> None:
    digest = storage.blob(json.dumps(manifest).encode())
    value = digest.partition(":")[2]
    for blob in (manifest["config"], *manifest["layers"]):  # type: ignore[misc]
        own = blob["digest"].partition(":")[2]
        storage.link(name, "_layers", "sha256", own, digest=blob["digest"])
    storage.link(name, "_manifests", "revisions", "sha256", value, digest=digest)
    storage.link(name, "_manifests", "tags", tag, "current", digest=digest)
    storage.link(name, "_manifests", "tags", tag, "index", "sha256", value, digest=digest)
