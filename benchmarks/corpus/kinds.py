"""Data of each kind that layers hold, as files, for work on one stream: gzip and its reverse."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

from benchmarks.corpus.archives import write_layer
from benchmarks.corpus.cache import cached
from benchmarks.corpus.files import SystemFile, even_sample, system_files, take

__all__ = ["COMPRESSIBLE", "INCOMPRESSIBLE", "KINDS", "gzip_sample", "sample"]

COMPRESSIBLE = ("text", "machine code", "Debian tar", "many small files")
INCOMPRESSIBLE = "incompressible"
KINDS = (*COMPRESSIBLE, INCOMPRESSIBLE)

_RECIPE = 1
_ELF_MAGIC = b"\x7fELF"
_SMALL = 4_096
# How much of the list is read in search of a kind, as a multiple of what is wanted.
_SEARCHED = 20


def sample(kind: str, size: int) -> Path:
    """A file of ``size`` bytes of the kind; tars are cut off at the size."""
    files = system_files()
    recipe = (_RECIPE, kind, size, [(file.name, file.size) for file in files])
    name = f"{kind.replace(' ', '_')}_{size}.bin"
    return cached(name, recipe, lambda path: _write(path, kind, size, files))


def gzip_sample(kind: str, size: int) -> Path:
    """The same as gzip at zlib's default level."""
    plain = sample(kind, size)

    def make(path: Path) -> None:
        zipper = zlib.compressobj(6, zlib.DEFLATED, 31)
        path.write_bytes(zipper.compress(plain.read_bytes()) + zipper.flush())

    return cached(f"{kind.replace(' ', '_')}_{size}.gz", plain.name, make)


def _write(path: Path, kind: str, size: int, files: list[SystemFile]) -> None:
    if kind == INCOMPRESSIBLE:
        path.write_bytes(random.Random(1).randbytes(size))
    elif kind == "Debian tar":
        _write_tar(path, size, even_sample(files, size + (1 << 20)))
    elif kind == "many small files":
        small = [file for file in files if file.size <= _SMALL]
        _write_tar(path, size, even_sample(small, size))
    else:
        searched = even_sample(files, _SEARCHED * size)
        path.write_bytes(take(searched, size, _is_text if kind == "text" else _is_machine_code))


def _write_tar(path: Path, size: int, files: list[SystemFile]) -> None:
    with path.open("wb") as stream:
        write_layer(stream, files)
        stream.truncate(size)


def _is_machine_code(data: bytes) -> bool:
    return data.startswith(_ELF_MAGIC)


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
