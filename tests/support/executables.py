"""Executables with any build information: a skeleton of tests/data with other lines in it."""

from __future__ import annotations

import gzip
from pathlib import Path

__all__ = ["LIBRARY", "executable", "skeleton"]

DATA = Path(__file__).parents[1] / "data" / "executables"
LIBRARY = "github.com/google/go-containerregistry"
_MAGIC = b"\xff Go buildinf:"


def skeleton(name: str) -> bytes:
    """A recorded executable of a system, such as ``linux-amd64``."""
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


def executable(
    module: str = "github.com/aquasecurity/trivy",
    version: str = "v0.48.3",
    library: str = f"dep\t{LIBRARY}\tv0.17.0\th1:x=\n",
    *,
    go: str = "go1.21.5",
    settings: str = "build\tGOARCH=amd64\nbuild\tGOAMD64=v1\n",
    package: str = "",
) -> bytes:
    """An executable for Linux with that build information."""
    lines = f"path\t{package or module + '/cmd/' + module.rpartition('/')[2]}\n"
    lines += f"mod\t{module}\t{version}\th1:y=\n{library}{settings}"
    framed = b"0" * 16 + lines.encode() + b"1" * 16
    data = bytearray(skeleton("linux-amd64"))
    at = data.index(_MAGIC) + 32
    # The section holds no more than was recorded; what is behind it in the file is free.
    blob = _varint(len(go)) + go.encode() + _varint(len(framed)) + framed
    data[at : at + len(blob)] = blob
    return bytes(data)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
