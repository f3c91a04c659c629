"""Compares the gzip encoders with Go itself, on data made for it.

    PYTHONPATH=tests python -m support.gzip_fuzz --profile go1.27 --levels 2,6 --inputs 1000
    PYTHONPATH=tests python -m support.gzip_fuzz --levels 9 --inputs 20 --large

needs Go, and Go's module proxy where a profile wants another release than the one on PATH; for a
profile of another processor than this one an emulator (Debian: qemu-user). The suite runs some
inputs through the release that is there.

The C accelerator, where it is there, takes the data in pieces of any size, its halves ahead of each
other; the Python encoder is compared too on every ``--python-every``-th input.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pyggcr._gostd import codecs
from pyggcr._gostd.gzip import PROFILES, Compressor

if TYPE_CHECKING:
    from typing_extensions import Self

WORKER = Path(__file__).parents[1] / "data" / "gzip" / "gzip_worker.go"
# The profiles that stand for all that their releases write but where classes of platforms differ;
# support.near_ties is about the classes.
RELEASES = ("go1.26", "go1.27")
TOOLCHAINS = {
    "go1.26": "go1.26.8",
    "go1.27": "go1.27.3",
    "go1.27-amd64v3": "go1.27.3",
    "go1.27-arm64": "go1.27.3",
}
# What a profile is built for, and what runs it elsewhere. Without an entry: as the machine is.
PLATFORMS = {
    "go1.27": {"GOARCH": "amd64", "GOAMD64": "v1"},
    "go1.27-amd64v3": {"GOARCH": "amd64", "GOAMD64": "v3"},
    "go1.27-arm64": {"GOARCH": "arm64"},
}
EMULATORS = {("x86_64", "arm64"): ["qemu-aarch64"], ("aarch64", "amd64"): ["qemu-x86_64"]}
LEVELS = range(-2, 10)

# Where blocks, windows, histories end; places where hashing stops are a few bytes before.
_BORDERS = (32_768, 65_274, 65_535, 65_536, 98_304, 131_070, 131_072, 196_605, 262_140, 327_675)
_UNITS = (1, 2, 3, 4, 5, 7, 8, 100, 254, 257, 258, 259, 262, 1000, 32_764, 32_767, 32_768, 32_769)
_REAL = [Path(sys.executable), Path(__file__), Path(struct.__file__), Path(argparse.__file__)]


def given_go() -> dict[str, str]:
    """The environment in which ``go`` is that of PYGGCR_GO: a path, or a toolchain's name.

    Without the variable it is the one on PATH.
    """
    given = os.environ.get("PYGGCR_GO", "")
    if os.sep not in given:
        return {"GOTOOLCHAIN": given or "local"}
    folder = str(Path(given).absolute().parent)
    return {"GOTOOLCHAIN": "local", "PATH": os.pathsep.join((folder, os.environ["PATH"]))}


def build_of(go: Mapping[str, str]) -> list[str]:
    """The release of a Go, GOARCH and GOAMD64: what ``profile_of`` takes."""
    command = ["go", "env", "GOVERSION", "GOARCH", "GOAMD64"]
    done = subprocess.run(
        command, env={**os.environ, **go}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


class GoGzip:
    """Go's gzip at one level: a process of the worker."""

    def __init__(
        self, level: int, toolchain: str = "local", platform: Mapping[str, str] | None = None
    ) -> None:
        """Build the worker with a release of Go, by default the one on PATH, and start it.

        Args:
            level: the level.
            toolchain: GOTOOLCHAIN.
            platform: GOARCH and the like to build for; by default this machine.
        """
        build = {"GOTOOLCHAIN": toolchain, "CGO_ENABLED": "0", **(platform or {})}
        self._folder = tempfile.TemporaryDirectory()
        program = str(Path(self._folder.name, "worker"))
        subprocess.run(
            ["go", "build", "-o", program, WORKER], env={**os.environ, **build}, check=True
        )
        goarch = build.get("GOARCH") or os.environ.get("GOARCH", "")
        emulator = EMULATORS.get((os.uname().machine, goarch), [])
        self._process = subprocess.Popen(
            [*emulator, program, str(level)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @classmethod
    def of_profile(cls, profile: str, level: int = 1) -> Self:
        """The release and the platform that a profile is named after."""
        return cls(level, TOOLCHAINS[profile], PLATFORMS.get(profile))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def gzip(self, data: bytes) -> bytes:
        """What Go makes of the data."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(struct.pack("<I", len(data)) + data)
        self._process.stdin.flush()
        (size,) = struct.unpack("<I", self._process.stdout.read(4))
        return self._process.stdout.read(size)


def made_input(seed: int, largest: int) -> bytes:
    """Runs, periods, text, noise, files and copies from afar; often as long as a border lies."""
    rng = random.Random(seed)
    size = min(largest, _size(rng, largest))
    if rng.random() < 0.5:
        return _piece(rng, size)
    data = bytearray()
    while len(data) < size:
        length = rng.choice((40, 2000, 60_000))
        length = min(rng.randrange(1, length), size - len(data))
        if len(data) > 8 and rng.random() < 0.45:
            _copy(rng, data, length)
        else:
            data += _piece(rng, length)
    return bytes(data)


def _size(rng: random.Random, largest: int) -> int:
    kind = rng.randrange(20)
    if kind < 3:
        return rng.randrange(300)
    if kind < 9:
        return rng.randrange(20_000)
    if kind < 15:
        return rng.choice(_BORDERS) + rng.choice((-1, 0, 1, rng.randrange(-300, 300)))
    return rng.randrange(largest + 1)


def _copy(rng: random.Random, data: bytearray, length: int) -> None:
    """Append what stands further ahead, nearly as far as a match can reach or anywhere."""
    far = rng.randrange(32_750, 32_775)
    distance = min(len(data), rng.choice((far, rng.randrange(1, 300), rng.randrange(1, 100_000))))
    unit = bytes(data[len(data) - distance :])
    data += (unit * (length // distance + 1))[:length]
    data[-1] ^= rng.random() < 0.3


def _piece(rng: random.Random, size: int) -> bytes:
    kind = rng.randrange(7)
    if kind == 0:
        return rng.randbytes(size)
    if kind == 1:
        unit = rng.randbytes(rng.choice((*_UNITS, rng.randrange(1, 40_000))))
        return (unit * (size // len(unit) + 1))[:size]
    if kind == 2:
        return bytes(rng.choices(rng.randbytes(rng.randrange(2, 6)), k=size))
    if kind == 3:
        words = [rng.randbytes(rng.randrange(1, 9)) for _ in range(rng.randrange(2, 300))]
        return b"".join(rng.choices(words, k=size))[:size]
    if kind == 4:
        return bytes(min(255, int(rng.expovariate(0.05))) for _ in range(size))
    return _part_of_a_file(rng, size)


def _part_of_a_file(rng: random.Random, size: int) -> bytes:
    path = rng.choice(_REAL)
    with path.open("rb") as file:
        file.seek(rng.randrange(max(1, path.stat().st_size - size)))
        return file.read(size)


def large_input(seed: int) -> bytes:
    """1 to 64 MB of such inputs and copies of them, and runs without an end."""
    rng = random.Random(seed)
    size = int(1e6 * 64 ** rng.random())
    parts = [made_input(rng.randrange(1 << 32), 200_000) for _ in range(12)]
    data = bytearray()
    while len(data) < size:
        part = rng.choice(parts)
        start = rng.randrange(len(part) + 1)
        data += part[start : start + rng.randrange(1, 200_001)]
        if rng.random() < 0.05:
            data += rng.randbytes(rng.choice(_UNITS[:8])) * rng.randrange(500_000)
    return bytes(data[:size])


def differences(
    go: GoGzip,
    profile: str,
    level: int,
    seeds: range,
    largest: int = 300_000,
    python_every: int = 1,
) -> Iterator[int]:
    """The seeds whose inputs are compressed otherwise here than by Go."""
    for seed in seeds:
        if differs(go, profile, level, made_input(seed, largest), seed, python_every):
            yield seed


def differs(
    go: GoGzip, profile: str, level: int, data: bytes, seed: int, python_every: int
) -> bool:
    """Whether the accelerator, or Python on some seeds, compresses otherwise than Go."""
    # Above BestSpeed, Go 1.26 is not blind to how the data comes: it gets one piece.
    expected = go.gzip(data)
    if in_pieces(Compressor(profile, level), data, seed) != expected:
        return True
    if not python_every or seed % python_every:
        return False
    with codecs.use_deflater("python"):
        compressor = Compressor(profile, level)
    return compressor.compress(data) + compressor.flush() != expected


def in_pieces(compressor: Compressor, data: bytes, seed: int) -> bytes:
    """The gzip of the data, given in pieces and parsed a few batches ahead of what is emitted."""
    rng = random.Random(seed)
    pieces, batches = [], []
    start = 0
    while start < len(data):
        end = min(len(data), start + rng.choice((1, 100, 5000, 70_000, 400_000, len(data))))
        if rng.random() < 0.3 and not batches:
            pieces.append(compressor.compress(data[start:end]))
        else:
            batches.append(compressor.parse(data[start:end]))
        while batches and rng.random() < 0.6:
            pieces.append(compressor.emit(batches.pop(0)))
        start = end
    batches.append(compressor.parse_last())
    return b"".join([*pieces, *map(compressor.emit, batches)])


def main() -> int:
    """Compare, say what differs, and how long that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", choices=PROFILES, action="append")
    parser.add_argument("--levels", default=",".join(map(str, LEVELS)))
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--largest", type=int, default=300_000, help="bytes of an input")
    parser.add_argument("--large", action="store_true", help="inputs of 1 to 64 MB instead")
    parser.add_argument("--python-every", type=int, default=1, help="0: never")
    chosen = parser.parse_args()
    wrong = 0
    for profile in chosen.profile or PROFILES:
        wrong += compare(profile, list(map(int, chosen.levels.split(","))), chosen)
    return 1 if wrong else 0


def compare(profile: str, levels: list[int], chosen: argparse.Namespace) -> int:
    """Run the inputs through each level; how many results differ."""
    start = time.monotonic()
    size = 0
    found = []
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.inputs)
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(GoGzip.of_profile(profile, level)) for level in levels]
        for seed in seeds:
            data = large_input(seed) if chosen.large else made_input(seed, chosen.largest)
            size += len(data)
            for go, level in zip(workers, levels, strict=True):
                if differs(go, profile, level, data, seed, chosen.python_every):
                    found.append((level, seed))
                    print(f"{profile} level {level}: seed {seed} differs", flush=True)  # noqa: T201
    took = time.monotonic() - start
    text = f"{profile} levels {levels}: {len(seeds)} inputs of {size / 1e6:.0f} MB in all"
    print(f"{text}, {took:.0f} s, differ (level, seed): {found}", flush=True)  # noqa: T201
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
