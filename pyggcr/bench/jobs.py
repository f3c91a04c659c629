"""What can be measured: each job with the ways to do it, as far as they are installed.

All ways of a job give the same result for the same data. The data is the interpreter and its
library, which are on every machine; nothing is fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["Job", "Way", "jobs"]

_MIB = 1 << 20
_HASHED = 32 * _MIB
_COMPRESSED = 4 * _MIB
# Pure Python is a hundred times slower than the rest: less is enough to see it.
_COMPRESSED_SLOWLY = 128 << 10
# Text and machine code take turns in the data, so that each part of it is like the whole.
_TURN = 16 << 10


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a job.

    Attributes:
        name: such as ``C`` or ``Go engine``.
        size: the bytes of input of one run.
        run: does the job once, with so many bytes; returns the SHA-256 of the result in hex, or
            another text that is the same for all ways.
    """

    name: str
    size: int
    run: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Job:
    """A job with the ways to do it; the first way is the one that others are compared with."""

    name: str
    ways: tuple[Way, ...]


@contextlib.contextmanager
def jobs() -> Iterator[list[Job]]:
    """Prepare the jobs that can be done here, for the duration of the ``with`` block.

    Yields:
        The jobs.
    """
    from pyggcr._gostd.gzip import PROFILES

    with tempfile.TemporaryDirectory(prefix="pyggcr-bench-") as scratch:
        yield [_hashing(Path(scratch)), *(_compressing(profile) for profile in PROFILES)]


def _hashing(scratch: Path) -> Job:
    from pyggcr import tarball, v1

    data = _sample(_HASHED)
    archive = scratch / "archive.tar"
    archive.write_bytes(_archive(data))

    def read_layer(engine: str) -> Way:
        def run(_size: int) -> str:
            with (
                tarball.image_from_path(archive, engine=engine) as image,
                image.layers()[0].uncompressed() as stream,
            ):
                return _hex(v1.sha256(stream))

        return Way(f"a layer, {_ENGINE_NAMES[engine]}", _HASHED, run)

    ways = [
        Way("hashlib at once", _HASHED, lambda size: hashlib.sha256(data[:size]).hexdigest()),
        Way("v1.sha256", _HASHED, lambda size: _hex(v1.sha256(io.BytesIO(data[:size])))),
    ]
    return Job("SHA-256", (*ways, *(read_layer(engine) for engine in _engines())))


_ENGINE_NAMES = {"python": "Python engine", "go": "Go engine"}


def _engines() -> list[str]:
    from pyggcr.engine import engines

    return [name for name in ("python", "go") if engines()[name].available]


def _hex(answer: tuple[v1.Hash, int]) -> str:
    return answer[0].hex


def _compressing(profile: str) -> Job:
    from pyggcr.engine import engines

    data = _sample(_COMPRESSED)
    infos = engines()
    ways = []
    if infos["go"].available and infos["go"].gzip_profile == profile:
        ways.append(Way("Go engine", _COMPRESSED, lambda size: _by_go(data[:size])))
    ways.append(Way("Python", _COMPRESSED_SLOWLY, _by_python(data, profile, "python")))
    if infos["python"].accelerators["deflate"] == "c":
        ways.append(Way("C", _COMPRESSED, _by_python(data, profile, "accelerator")))
    return Job(f"gzip, {profile}", tuple(ways))


def _by_go(data: bytes) -> str:
    from pyggcr.engine import call_go_standard_library

    return hashlib.sha256(call_go_standard_library("gzip", data)).hexdigest()


def _by_python(data: bytes, profile: str, deflater: str) -> Callable[[int], str]:
    from pyggcr._gostd import codecs, gzip

    def run(size: int) -> str:
        with codecs.use_deflater("python" if deflater == "python" else "accelerator"):
            compressor = gzip.Compressor(profile)
        digest = hashlib.sha256()
        for start in range(0, size, _MIB):
            digest.update(compressor.compress(data[start : min(size, start + _MIB)]))
        digest.update(compressor.flush())
        return digest.hexdigest()

    return run


def _sample(size: int) -> bytes:
    """So many bytes of the interpreter and of its library's source, in turns."""
    sources = sorted(Path(os.__file__).parent.glob("*.py"))
    text = b"".join(path.read_bytes() for path in sources) or b"no source "
    code = Path(sys.executable).read_bytes()
    turns = bytearray()
    while len(turns) < size:
        start = len(turns) // 2
        for kind in (text, code):
            at = start % len(kind)
            turns += kind[at : at + _TURN].ljust(_TURN, b"\0")
    return bytes(turns[:size])


def _archive(data: bytes) -> bytes:
    """An archive of an image whose only layer is the data."""
    diff_id = f"sha256:{hashlib.sha256(data).hexdigest()}"
    config = {"rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    manifest = [{"Config": "config.json", "Layers": ["layer.tar"]}]
    members = {
        "manifest.json": json.dumps(manifest).encode(),
        "config.json": json.dumps(config).encode(),
        "layer.tar": data,
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
