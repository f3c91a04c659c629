"""Inputs on which Go 1.27 decides by a hair, so that the classes of its estimate show.

    PYTHONPATH=tests python -m support.near_ties --find 5
    PYTHONPATH=tests python -m support.near_ties --streams 200000

The first looks for layers that one class compresses otherwise than the two others, until there are
so many for each class, and writes near_ties.json. The second is a campaign: so many layers with
sizes at most two bits apart are compressed by the accelerator and by real Go builds of each class.
Both need a C compiler, for c/near_ties.c; a campaign needs Go's module proxy for Go 1.27, a
processor with AVX2 and FMA for amd64v3, and ``qemu-aarch64`` (Debian: qemu-user) for arm64.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyggcr._gostd import codecs
from pyggcr._gostd.gzip import PROFILES, Compressor
from pyggcr._python import GO_CONTAINERREGISTRY
from support.gzip_fuzz import EMULATORS, PLATFORMS, TOOLCHAINS, GoGzip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("c") / "near_ties.c"
ACCELERATOR = ROOT / "native" / "accelerator"
RECORDED = ROOT / "tests" / "data" / "gzip" / "near_ties.json"

# The classes of Go 1.27, in the order in which near_ties.c numbers them.
CLASSES = ("go1.27", "go1.27-amd64v3", "go1.27-arm64")

CRANE = "github.com/google/go-containerregistry/cmd/crane"


def _selftest() -> Any:
    """The module beside the accelerator's sources that makes the layers."""
    spec = importlib.util.spec_from_file_location("selftest", ACCELERATOR / "selftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SELFTEST = _selftest()
tar = SELFTEST.tar


def log_layer(seed: int) -> bytes:
    """The layer of a seed; see the accelerator's test of itself."""
    layer: bytes = SELFTEST.log_layer(seed, {})
    return layer


def docker_archive(layer: bytes) -> bytes:
    """An archive as Docker 25 saves it, of an image with this one layer."""
    diff_id = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        }
    ).encode()
    name = f"blobs/sha256/{hashlib.sha256(config).hexdigest()}"
    source = {
        "mediaType": "application/vnd.oci.image.layer.v1.tar",
        "size": len(layer),
        "digest": f"sha256:{diff_id}",
    }
    manifest = {
        "Config": name,
        "RepoTags": ["logs:1"],
        "Layers": [f"blobs/sha256/{diff_id}"],
        "LayerSources": {f"sha256:{diff_id}": source},
    }
    return tar(
        {
            f"blobs/sha256/{diff_id}": layer,
            name: config,
            "manifest.json": json.dumps([manifest]).encode(),
        }
    )


def edited(seed: int, digits: dict[str, str]) -> bytes:
    """The log layer of a seed with other digits at some places."""
    layer = bytearray(log_layer(seed))
    for place, digit in digits.items():
        layer[int(place)] = ord(digit)
    return bytes(layer)


def recorded() -> list[dict[str, Any]]:
    """The layers that were found: seed, digits, who is alone, and what Go makes of them."""
    found: list[dict[str, Any]] = json.loads(RECORDED.read_text())
    return found


@contextlib.contextmanager
def finder() -> Iterator[str]:
    """The compiled near_ties.c."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder, "near_ties"))
        others = [
            str(path)
            for path in sorted(ACCELERATOR.glob("*.c"))
            if path.name != "gzip.c"
            and not path.name.startswith(("zstd", "tar", "inflate", "xx", "sha256"))
        ]
        compiler = next(filter(shutil.which, ("cc", "gcc", "clang")))
        options = ["-std=gnu11", "-O2", "-ffp-contract=off", f"-I{ACCELERATOR}", "-o", program]
        subprocess.run([compiler, *options, str(SOURCE), *others], check=True)
        yield program


def near_ties(program: str, seed: int, count: int, kind: str) -> Iterator[tuple[int, bytes]]:
    """Variants of a seed's layer, each with the number of the class that is alone, from 1 on."""
    with tempfile.TemporaryFile() as source:
        source.write(log_layer(seed))
        source.seek(0)
        with subprocess.Popen(
            [program, str(seed), str(count), kind], stdin=source, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            while head := process.stdout.read(8):
                alone, size = struct.unpack("<II", head)
                yield alone, process.stdout.read(size)


def find(wanted: int, first_seed: int) -> list[dict[str, Any]]:
    """So many layers for each class that is alone, as they are recorded."""
    found: list[dict[str, Any]] = []
    counts = [0, 0, 0]
    with finder() as program:
        seed = first_seed
        while min(counts) < wanted:
            for alone, layer in near_ties(program, seed, 1, "apart"):
                counts[alone - 1] += 1
                if counts[alone - 1] > wanted:
                    continue
                base = log_layer(seed)
                digits = {
                    str(place): chr(byte) for place, byte in enumerate(layer) if byte != base[place]
                }
                found.append({"seed": seed, "alone": CLASSES[alone - 1], "digits": digits})
                print(json.dumps(found[-1]), flush=True)  # noqa: T201
            seed += 1
    return found


def build_crane(profile: str, folder: Path) -> list[str]:
    """Build crane into a folder as a profile says; the command that runs it.

    Raises:
        CalledProcessError: it cannot be built, say because the release of Go cannot be had.
    """
    modules = subprocess.run(
        ["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True
    ).stdout.strip()
    platform = PLATFORMS.get(profile, {})
    build = {
        **platform,
        "GOTOOLCHAIN": TOOLCHAINS[profile],
        "GOPATH": str(folder),  # what is built for another platform goes nowhere else
        "GOMODCACHE": modules,
        "CGO_ENABLED": "0",
    }
    environment = {name: value for name, value in os.environ.items() if name != "GOBIN"}
    command = ["go", "install", "-trimpath", "-ldflags=-s -w", f"{CRANE}@{GO_CONTAINERREGISTRY}"]
    subprocess.run(command, env={**environment, **build}, capture_output=True, check=True)
    emulator = EMULATORS.get((os.uname().machine, platform.get("GOARCH", "")), [])
    return [*emulator, str(next(Path(folder, "bin").rglob("crane")))]


def crane_digest(crane: list[str], layer: bytes) -> str:
    """What a crane says of an archive with the layer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "logs.tar")
        path.write_bytes(docker_archive(layer))
        command = [*crane, "digest", "--tarball", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()


def record(found: Iterable[dict[str, Any]]) -> None:
    """Write what real builds of Go, and of crane by them, make of the layers that were found."""
    rows = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cranes = {name: build_crane(name, folder / name) for name in PROFILES}
        builds = {name: stack.enter_context(GoGzip.of_profile(name)) for name in PROFILES}
        for row in found:
            layer = edited(row["seed"], row["digits"])
            written = {name: go.gzip(layer) for name, go in builds.items()}
            gzip = {
                name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in written.items()
            }
            crane = {name: crane_digest(program, layer) for name, program in cranes.items()}
            rows.append({**row, "gzip": gzip, "crane": crane})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    RECORDED.write_text(f"[\n{lines}\n]\n")


def compress(profile: str, data: bytes) -> bytes:
    """What the encoder that is chosen makes of it."""
    compressor = Compressor(profile)
    return compressor.compress(data) + compressor.flush()


def campaign(streams: int, classes: list[str], first_seed: int, python_every: int) -> int:
    """Compare so many near ties with Go builds of some classes; how many differ."""
    start = time.monotonic()
    count = differ = size = apart = 0
    with contextlib.ExitStack() as stack:
        program = stack.enter_context(finder())
        builds = {name: stack.enter_context(GoGzip.of_profile(name)) for name in classes}
        seed = first_seed
        while count < streams:
            for alone, layer in near_ties(program, seed, min(2000, streams - count), "near"):
                count += 1
                size += len(layer)
                apart += alone > 0
                for name, go in builds.items():
                    expected = go.gzip(layer)
                    same = compress(name, layer) == expected
                    if same and python_every and not count % python_every:
                        with codecs.use_deflater("python"):
                            same = compress(name, layer) == expected
                    if not same:
                        differ += 1
                        print(f"seed {seed}: {name} differs", flush=True)  # noqa: T201
                if not count % 10_000:
                    print(f"{count} streams, {differ} differ", flush=True)  # noqa: T201
            seed += 1
    took = time.monotonic() - start
    print(  # noqa: T201
        f"{', '.join(classes)}: {count} streams of {size / 1e6:.0f} MB in all, "
        f"{apart} on which a class is alone, {took:.0f} s, {differ} differ",
        flush=True,
    )
    return differ


def main() -> int:
    """Find inputs, or compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--find", type=int, default=0, metavar="COUNT")
    parser.add_argument("--streams", type=int, default=0, metavar="COUNT")
    parser.add_argument("--profile", choices=CLASSES, action="append")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--python-every", type=int, default=2000, help="0: never")
    chosen = parser.parse_args()
    if chosen.find:
        record(find(chosen.find, chosen.first_seed))
    if chosen.streams:
        classes = chosen.profile or list(CLASSES)
        return bool(campaign(chosen.streams, classes, chosen.first_seed, chosen.python_every))
    return 0


if __name__ == "__main__":
    sys.exit(main())
