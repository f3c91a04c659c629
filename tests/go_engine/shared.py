"""Places, limits and archives that several tests of the boundary need."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "native"

# Nothing here may take so long; what does, hangs.
HANG = 120


def sparse_archive(path, size, head=b""):
    """An archive with one layer that is a hole of ``size`` bytes after its first ones."""
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": ["sha256:" + 64 * "0"]}}).encode()
    manifest = json.dumps([{"Config": "c", "RepoTags": None, "Layers": ["l"]}]).encode()
    with path.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in (("manifest.json", manifest), ("c", config)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            end = archive.offset
        layer = tarfile.TarInfo("l")
        layer.size = size
        file.seek(end)
        file.write(layer.tobuf(tarfile.GNU_FORMAT) + head)
        file.truncate(end + tarfile.BLOCKSIZE + size + 2 * tarfile.BLOCKSIZE)
    return path


def environment(**more):
    """The environment of a process that imports this project."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}
