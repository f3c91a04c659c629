"""The archives of about 400 MB: an image of five layers, as Docker 25 and containerd save it.

One content in two forms: plain layers with an entry in ``LayerSources`` each (Docker 25 and
later, classic store), and gzip layers without (Docker with containerd's store). Times and owners
are fixed.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from benchmarks.corpus.cache import cached, folder
from benchmarks.corpus.files import SystemFile, even_sample, system_files
from pyggcr.differential.generate.archives import OCI_UNCOMPRESSED, member

__all__ = [
    "FORMS",
    "changed_archive",
    "image_archive",
    "layer_tar",
    "layer_tars",
    "save_image",
    "write_layer",
]

FORMS = ("plain", "gzip")
LAYERS = 5

# To be raised when the same files shall give another archive.
_RECIPE = 1

_GZIP_LEVEL = 6  # Go's DefaultCompression, which containerd uses
_OCI_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
_OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_TAG = "bench:1"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class _Blob:
    """A file of the archive: stored at ``path``, or ``data`` itself."""

    digest: str
    size: int
    path: Path | None = None
    data: bytes = b""

    @property
    def name(self) -> str:
        return f"blobs/sha256/{self.digest.removeprefix('sha256:')}"

    def open(self) -> BinaryIO:
        return self.path.open("rb") if self.path else io.BytesIO(self.data)

    def descriptor(self, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


def image_archive(form: str, size: int) -> Path:
    """An archive of an image with ``size`` bytes of the system's files, ``plain`` or ``gzip``."""
    files = even_sample(system_files(), size)
    recipe = (_RECIPE, LAYERS, [(file.name, file.size) for file in files])

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder()) as scratch:
            save_image(path, list(layer_tars(files, Path(scratch))), form)

    return cached(f"image_{form}_{size >> 20}.tar", recipe, make)


def changed_archive(form: str, size: int, layers: int) -> Path:
    """The image of ``image_archive`` after a change in the last layers: each has a file more."""
    files = even_sample(system_files(), size)
    recipe = (_RECIPE, LAYERS, layers, [(file.name, file.size) for file in files])

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder()) as scratch:
            made = list(layer_tars(files, Path(scratch)))
            for number, tar in enumerate(made[LAYERS - layers :]):
                with tarfile.open(tar, "a", format=tarfile.USTAR_FORMAT) as archive:
                    info, content = member(f"changed-{number}", b"changed\n")
                    archive.addfile(info, io.BytesIO(content))
            save_image(path, made, form)

    return cached(f"changed_{form}_{size >> 20}.tar", recipe, make)


def layer_tar(size: int) -> Path:
    """A plain layer with ``size`` bytes of the system's files."""
    files = even_sample(system_files(), size)
    recipe = (_RECIPE, [(file.name, file.size) for file in files])

    def make(path: Path) -> None:
        with path.open("wb") as stream:
            write_layer(stream, files)

    return cached(f"layer_{size >> 20}.tar", recipe, make)


def layer_tars(files: list[SystemFile], scratch: Path) -> Iterator[Path]:
    """Tars of the files, five of about the same size, in the scratch folder."""
    whole = sum(file.size for file in files)
    groups: list[list[SystemFile]] = [[] for _ in range(LAYERS)]
    passed = 0
    for file in files:
        groups[passed * LAYERS // whole].append(file)
        passed += file.size
    for number, group in enumerate(groups):
        path = scratch / f"layer{number}.tar"
        with path.open("wb") as stream:
            write_layer(stream, group)
        yield path


def write_layer(stream: BinaryIO, files: Iterable[SystemFile]) -> None:
    """Write a layer: the files, each folder before the first that lies in it."""
    folders: set[str] = set()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in files:
            for parent in reversed(PurePosixPath(file.name).parents[:-1]):
                if str(parent) not in folders:
                    folders.add(str(parent))
                    archive.addfile(member(f"{parent}/", kind=tarfile.DIRTYPE)[0])
            info, content = member(file.name, file.read())
            archive.addfile(info, io.BytesIO(content))


def save_image(destination: Path, layers: list[Path], form: str) -> None:
    """Write the archive of an image with these layers (paths of plain tars)."""
    plain = [_Blob(*_digest(layer), path=layer) for layer in layers]
    stored, media_type = plain, OCI_UNCOMPRESSED
    with contextlib.ExitStack() as cleanup:
        if form == "gzip":
            scratch = tempfile.TemporaryDirectory(dir=folder())
            stored, media_type = _zipped(plain, Path(cleanup.enter_context(scratch))), _OCI_GZIP
        config = _document(_config(plain))
        manifest = _document(
            {
                "schemaVersion": 2,
                "mediaType": _OCI_MANIFEST,
                "config": config.descriptor(_OCI_CONFIG),
                "layers": [blob.descriptor(media_type) for blob in stored],
            }
        )
        entry: dict[str, Any] = {
            "Config": config.name,
            "RepoTags": [_TAG],
            "Layers": [blob.name for blob in stored],
        }
        if form == "plain":
            entry["LayerSources"] = {
                blob.digest: blob.descriptor(OCI_UNCOMPRESSED) for blob in plain
            }
        index = {
            "schemaVersion": 2,
            "mediaType": _OCI_INDEX,
            "manifests": [manifest.descriptor(_OCI_MANIFEST)],
        }
        documents = {
            "index.json": index,
            "manifest.json": [entry],
            "oci-layout": {"imageLayoutVersion": "1.0.0"},
        }
        _write(destination, [config, manifest, *stored], documents)


def _write(destination: Path, blobs: list[_Blob], documents: dict[str, Any]) -> None:
    with tarfile.open(destination, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("blobs/", "blobs/sha256/"):
            archive.addfile(member(name, kind=tarfile.DIRTYPE)[0])
        for blob in sorted(set(blobs), key=lambda each: each.name):
            info, _ = member(blob.name)
            info.size = blob.size
            with blob.open() as stream:
                archive.addfile(info, stream)
        for name, document in documents.items():
            data = json.dumps(document).encode()
            archive.addfile(member(name, data)[0], io.BytesIO(data))


def _zipped(layers: list[_Blob], scratch: Path) -> list[_Blob]:
    blobs = []
    for number, layer in enumerate(layers):
        path = scratch / f"{number}.gz"
        zipper = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
        with layer.open() as source, path.open("wb") as target:
            while chunk := source.read(_CHUNK):
                target.write(zipper.compress(chunk))
            target.write(zipper.flush())
        blobs.append(_Blob(*_digest(path), path=path))
    return blobs


def _config(layers: list[_Blob]) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }


def _document(content: dict[str, Any]) -> _Blob:
    data = json.dumps(content).encode()
    return _Blob(f"sha256:{hashlib.sha256(data).hexdigest()}", len(data), data=data)


def _digest(path: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}", path.stat().st_size
