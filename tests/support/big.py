"""Big archives that take little room: of zeros, stored as holes or as a small gzip, or of names."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from pathlib import Path

from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, member

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


def write_archive_of_files(path: Path, count: int) -> None:
    """Write a docker-save archive with one gzip layer of so many empty files."""
    header = member("folder/another/folder/0000000", b"")[0].tobuf(tarfile.USTAR_FORMAT)
    before, after = header[:22], header[29:148]
    rest = header[156:]
    zeros = sum(before) + sum(after) + sum(rest) + 8 * ord(" ")
    layer = b"".join(
        b"%b%b%b%06o\0 %b" % (before, number, after, zeros + sum(number), rest)
        for number in (b"%07d" % number for number in range(count))
    )
    image = ImageSpec([LayerSpec(layer + bytes(1024), "gzip")], ["files:1"])
    path.write_bytes(docker_save([image]))
