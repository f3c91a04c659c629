"""Big archives that take little room: layers of zeros, stored as holes or as a small gzip."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from pathlib import Path

from support.archives import member

_CHUNK = 1 << 20


def zero_layer_size(size: int) -> int:
    """Bytes of the layer with a file of that size: header, content, end."""
    return 512 + size + -size % 512 + 1024


def _pieces(size: int):
    """The layer: one file of zeros."""
    info, _ = member("zeros")
    info.size = size
    yield info.tobuf(tarfile.USTAR_FORMAT)
    rest = zero_layer_size(size) - 512
    while rest:
        piece = bytes(min(_CHUNK, rest))
        yield piece
        rest -= len(piece)


def write_archive(path: Path, size: int, *, compression: str = "none") -> None:
    """Write a docker-save archive with one layer, which holds a file of so many zeros."""
    diff_id = hashlib.sha256()
    for piece in _pieces(size):
        diff_id.update(piece)
    config = json.dumps(
        {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id.hexdigest()}"]}}
    ).encode()
    manifest = json.dumps([{"Config": "config", "RepoTags": ["big:1"], "Layers": ["layer"]}])
    stored_size = zero_layer_size(size)
    zipped = b""
    if compression == "gzip":
        zipper = zlib.compressobj(1, zlib.DEFLATED, 31)
        zipped = b"".join(zipper.compress(piece) for piece in _pieces(size)) + zipper.flush()
        stored_size = len(zipped)
    with path.open("wb") as file:
        for name, data in (("manifest.json", manifest.encode()), ("config", config)):
            info, _ = member(name, data)
            file.write(info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
        info, _ = member("layer")
        info.size = stored_size
        file.write(info.tobuf(tarfile.USTAR_FORMAT))
        if zipped:
            file.write(zipped)
        else:
            file.write(next(_pieces(size)))
            file.seek(stored_size - 512, 1)
        file.truncate(file.tell() + -stored_size % 512 + 1024)
