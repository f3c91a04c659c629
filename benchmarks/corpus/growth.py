"""Archives that grow in one way only: bytes of a layer, layers, files, gzip members, tags.

Large layers are zeros, stored as holes, so that 5 GB need no room on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.big import write_archive

from benchmarks.corpus.archives import save_image
from benchmarks.corpus.cache import cached, folder
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, member

__all__ = ["SERIES", "Series", "sparse_file", "zero_layer_archive"]

_RECIPE = 1
_FILES_PER_FOLDER = 1_000
_LAYER_CONTENT = 64 << 10
_MEMBER = 4 << 10  # bytes of content; a multiple of a tar's blocks


@dataclass(frozen=True)
class Series:
    """One way to grow: the unit of its sizes, the sizes, and the archive of a size."""

    name: str
    unit: str
    sizes: tuple[int, ...]
    quick_sizes: tuple[int, ...]
    make: Callable[[Path, int], None]

    def archive(self, size: int) -> Path:
        """The archive, from the cache if it is there."""
        return cached(
            f"{self.name}_{size}.tar", (_RECIPE, size), lambda path: self.make(path, size)
        )


def sparse_file(size: int) -> Path:
    """A file of zeros that takes no room."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return cached(f"zeros_{size}.bin", (_RECIPE, size), make)


def zero_layer_archive(size: int) -> Path:
    """An archive with one plain layer, which holds a file of so many zeros."""
    return cached(f"zero_layer_{size}.tar", (_RECIPE, size), lambda path: write_archive(path, size))


def _plain_bytes(path: Path, size: int) -> None:
    write_archive(path, size)


def _gzip_bytes(path: Path, size: int) -> None:
    write_archive(path, size, compression="gzip")


def _layers(path: Path, count: int) -> None:
    """So many layers, each of one file with content of its own."""
    with tempfile.TemporaryDirectory(dir=folder()) as scratch:
        paths = []
        for number in range(count):
            layer = Path(scratch, f"{number:04}.tar")
            content = _noise(number) * (_LAYER_CONTENT // 64)
            with tarfile.open(layer, "w", format=tarfile.USTAR_FORMAT) as archive:
                info, _ = member(f"file{number}", content)
                archive.addfile(info, io.BytesIO(content))
            paths.append(layer)
        save_image(path, paths, "plain")


def _files(path: Path, count: int) -> None:
    """One layer of so many small files, a thousand in a folder."""
    with tempfile.TemporaryDirectory(dir=folder()) as scratch:
        layer = Path(scratch, "layer.tar")
        with tarfile.open(layer, "w", format=tarfile.USTAR_FORMAT) as archive:
            for number in range(count):
                name = f"usr/share/bench/{number // _FILES_PER_FOLDER:03}/file{number:06}.txt"
                info, content = member(name, _noise(number))
                archive.addfile(info, io.BytesIO(content))
        save_image(path, [layer], "plain")


def _members(path: Path, count: int) -> None:
    """One layer of so many gzip members, as parallel compressors write it."""
    content = _noise(0) * (_MEMBER // 64)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info, _ = member("file", b"")
        info.size = count * _MEMBER
        archive.addfile(info)
        head = layer.getvalue()
        end = bytes(2 * tarfile.BLOCKSIZE)
    piece = gzip.compress(content, mtime=0)
    blob = gzip.compress(head, mtime=0) + count * piece + gzip.compress(end, mtime=0)
    hasher = hashlib.sha256(head)
    for _ in range(count):
        hasher.update(content)
    hasher.update(end)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hasher.hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": ["bench:1"], "Layers": ["layer.tar.gz"]}]
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in (
            ("manifest.json", json.dumps(manifest).encode()),
            ("config.json", json.dumps(config).encode()),
            ("layer.tar.gz", blob),
        ):
            info, _ = member(name, data)
            archive.addfile(info, io.BytesIO(data))


def _tags(path: Path, count: int) -> None:
    """A small image with so many tags."""
    tags = [f"bench:{number}" for number in range(count)]
    content = io.BytesIO()
    tarfile.open(fileobj=content, mode="w").close()
    path.write_bytes(docker_save([ImageSpec([LayerSpec(content.getvalue(), "none")], tags=tags)]))


def _noise(number: int) -> bytes:
    """64 bytes that differ from number to number."""
    return hashlib.sha256(str(number).encode()).hexdigest().encode()


_MB = 1_000_000
_GB = 1_000 * _MB

SERIES = (
    Series(
        "layer_bytes",
        "bytes in a plain layer",
        (64 * _MB, 256 * _MB, _GB, 5 * _GB),
        (16 * _MB, 64 * _MB),
        _plain_bytes,
    ),
    Series(
        "gzip_layer_bytes",
        "bytes in a gzip layer",
        (64 * _MB, 256 * _MB, _GB, 5 * _GB),
        (16 * _MB, 64 * _MB),
        _gzip_bytes,
    ),
    Series("layers", "layers", (1, 10, 100, 300, 1_000), (1, 20), _layers),
    Series("files", "files in a layer", (1_000, 10_000, 100_000, 500_000), (1_000, 10_000), _files),
    Series("gzip_members", "gzip members", (100, 1_000, 10_000, 50_000), (10, 1_000), _members),
    Series("tags", "tags", (100, 1_000, 10_000, 100_000), (10, 1_000), _tags),
)
