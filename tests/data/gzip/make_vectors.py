"""Write vectors.json: what real Go makes of every input of tests/support/gzip_inputs.py."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from support.gzip_inputs import all_inputs  # noqa: E402  (found through sys.path)

TOOLCHAINS = {"go1.26": "go1.26.8", "go1.27": "go1.27.3"}


def zipped(toolchain: str, inputs: list[bytes]) -> list[bytes]:
    """The inputs, gzipped by a release of Go."""
    frames = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    done = subprocess.run(
        ["go", "run", str(HERE / "gzip_worker.go")],
        input=frames,
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "GOTOOLCHAIN": toolchain},
    ).stdout
    answers = []
    while done:
        (size,) = struct.unpack_from("<I", done)
        answers.append(done[4 : 4 + size])
        done = done[4 + size :]
    return answers


def main() -> None:
    """Ask each release and write the file."""
    inputs = all_inputs()
    vectors: dict[str, dict[str, str]] = {name: {} for name in inputs}
    for profile, toolchain in TOOLCHAINS.items():
        for name, answer in zip(inputs, zipped(toolchain, list(inputs.values())), strict=True):
            vectors[name][profile] = hashlib.sha256(answer).hexdigest()
    (HERE / "vectors.json").write_text(json.dumps(vectors, indent=0) + "\n")


if __name__ == "__main__":
    main()
