"""Write vectors.json, levels.json and kinds.json: what Go makes of gzip_inputs.py's inputs."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from support.gzip_fuzz import LEVELS, RELEASES, GoGzip  # noqa: E402  (found through sys.path)
from support.gzip_inputs import all_inputs, kind, level_inputs  # noqa: E402

BEST_SPEED = 1


def digests(inputs: dict[str, bytes], profile: str, level: int) -> dict[str, str]:
    """The SHA-256 of each input's gzip by a release of Go."""
    with GoGzip.of_profile(profile, level) as go:
        return {name: hashlib.sha256(go.gzip(data)).hexdigest() for name, data in inputs.items()}


def kind_digests(inputs: dict[str, bytes], profile: str, level: int) -> dict[str, str]:
    """For each kind of input, the SHA-256 of what a release of Go makes of them, one by one."""
    kinds: dict[str, Any] = {}
    with GoGzip.of_profile(profile, level) as go:
        for name, data in inputs.items():
            kinds.setdefault(kind(name), hashlib.sha256()).update(go.gzip(data))
    return {name: made.hexdigest() for name, made in kinds.items()}


def write(name: str, document: object) -> None:
    """Write a file beside this one."""
    (HERE / name).write_text(json.dumps(document, indent=0) + "\n")


def main() -> None:
    """Ask each release and write the files."""
    inputs = all_inputs()
    best_speed = {profile: digests(inputs, profile, BEST_SPEED) for profile in RELEASES}
    write(
        "vectors.json",
        {name: {profile: best_speed[profile][name] for profile in RELEASES} for name in inputs},
    )
    write(
        "kinds.json",
        {
            profile: {str(level): kind_digests(inputs, profile, level) for level in LEVELS}
            for profile in RELEASES
        },
    )
    inputs = level_inputs()
    write(
        "levels.json",
        {
            profile: {str(level): digests(inputs, profile, level) for level in LEVELS}
            for profile in RELEASES
        },
    )


if __name__ == "__main__":
    main()
