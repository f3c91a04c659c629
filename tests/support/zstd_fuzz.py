"""Compares the zstd encoders with Go's, as go-containerregistry calls it, on data made for it.

    PYTHONPATH=tests python -m support.zstd_fuzz --level fastest --inputs 1000
    PYTHONPATH=tests python -m support.zstd_fuzz --level best --inputs 20 --large

needs Go, and the modules of native/go.mod. The suite runs some inputs.

The C accelerator, where it is there, takes the data in pieces of any size, its halves ahead of each
other; the Python encoder is compared too on every ``--python-every``-th input. All that comes out
is decompressed again, with the package zstandard.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pyggcr._gostd import codecs
from pyggcr._gostd.zstd import Compressor
from support import gzip_fuzz
from support.gzip_fuzz import in_pieces

if TYPE_CHECKING:
    from typing_extensions import Self

SOURCE = Path(__file__).parent / "go" / "zstd" / "main.go"
NATIVE = Path(__file__).parents[2] / "native"
DATA = Path(__file__).parents[1] / "data"

# A level for each speed.
LEVELS = {"fastest": 1, "default": 3, "better": 6, "best": 10}

# Where blocks, sizes in headers, and literals in one or four streams end.
_BORDERS = (8, 16, 32, 64, 128, 256, 1024, 16_384, 65_536, 65_792, 131_072, 196_608, 262_144)
_WINDOWS = (4 << 20, 8 << 20, 16 << 20)


class GoZstd:
    """Go's zstd at one level: a process of the worker."""

    def __init__(self, level: int, processors: int | None = None) -> None:
        """Build the worker with the modules of the Go engine, and start it."""
        self._folder = tempfile.TemporaryDirectory()
        program = str(Path(self._folder.name, "worker"))
        subprocess.run(["go", "build", "-o", program, SOURCE], cwd=NATIVE, check=True)
        environment = dict(os.environ)
        if processors:
            environment["GOMAXPROCS"] = str(processors)
        self._process = subprocess.Popen(
            [program, str(level)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def zstd(self, data: bytes) -> bytes:
        """What Go makes of the data."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(struct.pack("<I", len(data)) + data)
        self._process.stdin.flush()
        (size,) = struct.unpack("<I", self._process.stdout.read(4))
        return self._process.stdout.read(size)


@functools.cache
def _archives() -> list[bytes]:
    """Tars as they are, and one behind the other."""
    return [path.read_bytes() for path in sorted(DATA.rglob("*.tar"))][:60]


def made_input(seed: int, largest: int) -> bytes:
    """Runs, text, noise, files, archives and copies from afar; often as long as a border lies."""
    rng = random.Random(seed)
    size = _size(rng, largest)
    kind = rng.randrange(8)
    if kind == 0:
        return bytes([rng.randrange(256)]) * size
    if kind == 1 and _archives():
        archive = rng.choice(_archives())
        start = rng.randrange(len(archive))
        return (archive[start:] + archive)[:size]
    if kind == 2:
        return rng.randbytes(size // 2) + bytes(size - size // 2)
    data = bytearray()
    while len(data) < size:
        data += gzip_fuzz.made_input(rng.randrange(1 << 32), min(largest, 150_000)) or b"."
        if rng.random() < 0.3:
            start = rng.randrange(len(data))
            data += data[start : start + rng.randrange(1, 100_000)]
    return bytes(data[:size])


def _size(rng: random.Random, largest: int) -> int:
    kind = rng.randrange(10)
    if kind < 2:
        return rng.randrange(min(largest, 300) + 1)
    if kind < 4:
        return rng.randrange(min(largest, 20_000) + 1)
    if kind < 7:
        return min(largest, rng.choice(_BORDERS) + rng.choice((-1, 0, 1, rng.randrange(300))))
    return rng.randrange(largest + 1)


def large_input(seed: int) -> bytes:
    """1 to 20 MB, or as long as a window or two, with copies from where a window ends."""
    rng = random.Random(seed)
    if seed % 3 == 0:
        return window_input(rng.choice(_WINDOWS[:2]), seed)
    size = rng.choice(_WINDOWS) + rng.choice((-1, 0, 1, rng.randrange(200_000)))
    if rng.random() < 0.5:
        size = int(1e6 * 20 ** rng.random())
    data = bytearray()
    while len(data) < size:
        data += rng.randbytes(rng.choice((4, 50, 400_000)))
        if rng.random() < 0.3:
            data += made_input(rng.randrange(1 << 32), 200_000)
        for _ in range(rng.randrange(300)):
            distance = rng.choice(_WINDOWS[:2]) + rng.randrange(-3, 4)
            distance = min(len(data), rng.choice((distance, rng.randrange(1, size))))
            start = len(data) - distance
            data += data[start : start + min(distance, rng.randrange(1, 600))]
            data += rng.randbytes(rng.randrange(3))
    return bytes(data[:size])


def window_input(window: int, seed: int) -> bytes:
    """Marks, then zeros, which leave the tables alone, and the marks again about a window later."""
    rng = random.Random(seed)
    marks = [rng.randbytes(rng.randrange(4, 60)) for _ in range(200)]
    data = bytearray()
    places = []
    for mark in marks:
        data += bytes(rng.randrange(10, 600))
        places.append(len(data))
        data += mark
    data += bytes(window - len(data))
    for place, mark in zip(places, marks, strict=True):
        gap = place + window + rng.randrange(-4, 5) - len(data)
        data += bytes(gap) if gap > 0 else b"\0" * rng.randrange(9)
        data += mark
    return bytes(data)


def differences(
    go: GoZstd, level: int, seeds: range, largest: int = 300_000, python_every: int = 1
) -> Iterator[int]:
    """The seeds whose inputs are compressed otherwise here than by Go."""
    for seed in seeds:
        if differs(go, level, made_input(seed, largest), seed, python_every):
            yield seed


def differs(go: GoZstd, level: int, data: bytes, seed: int, python_every: int) -> bool:
    """Whether the accelerator, or Python on some seeds, compresses otherwise than Go."""
    expected = go.zstd(data)
    if in_pieces(Compressor(level), data, seed) != expected or decompressed(expected) != data:
        return True
    if not python_every or seed % python_every:
        return False
    return by_python(data, level) != expected


def by_python(data: bytes, level: int) -> bytes:
    """What the Python encoder makes of the data, whether the accelerator is there or not."""
    with codecs.use_deflater("python"):
        compressor = Compressor(level)
    return compressor.compress(data) + compressor.flush()


def decompressed(compressed: bytes) -> bytes:
    """What was compressed."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.decompress(compressed)
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj().decompress(compressed)


def main() -> int:
    """Compare, say what differs, and how long that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--level", choices=LEVELS, action="append")
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--largest", type=int, default=300_000, help="bytes of an input")
    parser.add_argument("--large", action="store_true", help="inputs of 1 to 20 MB instead")
    parser.add_argument("--python-every", type=int, default=1, help="0: never")
    parser.add_argument("--processors", type=int, help="GOMAXPROCS of Go")
    chosen = parser.parse_args()
    wrong = sum(compare(name, chosen) for name in chosen.level or LEVELS)
    return 1 if wrong else 0


def compare(name: str, chosen: argparse.Namespace) -> int:
    """Run the inputs through one speed; how many results differ."""
    start = time.monotonic()
    size = 0
    found = []
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.inputs)
    with contextlib.ExitStack() as stack:
        go = stack.enter_context(GoZstd(LEVELS[name], chosen.processors))
        for seed in seeds:
            data = large_input(seed) if chosen.large else made_input(seed, chosen.largest)
            size += len(data)
            if differs(go, LEVELS[name], data, seed, chosen.python_every):
                found.append(seed)
                print(f"{name}: seed {seed} differs", flush=True)  # noqa: T201
    took = time.monotonic() - start
    text = f"{name}: {len(seeds)} inputs of {size / 1e6:.0f} MB in all, {took:.0f} s"
    print(f"{text}, differ (seed): {found}", flush=True)  # noqa: T201
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
