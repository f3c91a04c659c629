"""Write damaged.json: what real Go delivers of damaged gzip streams, and what it says of them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from support.deflate_inputs import damage, odd_member  # noqa: E402  (found through sys.path)
from support.gzip_inputs import mixed, text  # noqa: E402

from pyggcr._gostd.gzip import PROFILES, Compressor  # noqa: E402

GO = "go1.26.8"
ODD_STREAMS = 450
DAMAGED_STREAMS = 150


def streams() -> list[bytes]:
    """Streams made by hand, and streams of Go's encoders with damage."""
    made = [odd_member(random.Random(seed)) for seed in range(ODD_STREAMS)]
    for seed in range(DAMAGED_STREAMS):
        rng = random.Random(seed)
        compressor = Compressor(PROFILES[seed % 2])
        data = (text, mixed)[rng.randrange(2)](rng.randrange(600))
        whole = compressor.compress(data) + compressor.flush()
        made.append(damage(rng, whole * rng.choice((1, 1, 2))))
    return made


def gunzipped(inputs: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """What is delivered of each, and the error."""
    frames = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    done = subprocess.run(
        ["go", "run", str(HERE / "gunzip_worker.go")],
        input=frames,
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "GOTOOLCHAIN": GO},
    ).stdout
    answers = []
    while done:
        (size,) = struct.unpack_from("<I", done)
        answers.append(done[4 : 4 + size])
        done = done[4 + size :]
    for delivered, error in zip(answers[::2], answers[1::2], strict=True):
        yield delivered, error.decode()


def main() -> None:
    """Ask Go and write the file."""
    inputs = streams()
    rows = [
        {
            "gzip": base64.b64encode(data).decode(),
            "size": len(delivered),
            "sha256": hashlib.sha256(delivered).hexdigest(),
            "error": error,
        }
        for data, (delivered, error) in zip(inputs, gunzipped(inputs), strict=True)
    ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / "damaged.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
