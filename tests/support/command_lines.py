"""Run command lines of pyggcr one after the other in this process: `python command_lines.py`.

Standard input has a list of argument lists as JSON. Standard output gets, for each, the exit code
and what it wrote to its two outputs. One process for many commands saves most of the start-up.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

from pyggcr.cli import main


def run(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run one command line.

    Returns:
        Its exit code, standard output and standard error.
    """
    outputs = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    before = sys.argv, sys.stdout, sys.stderr
    sys.argv = ["pyggcr", *arguments]
    sys.stdout, sys.stderr = outputs
    code: object = 0
    try:
        main()
    except SystemExit as exit_:
        code = exit_.code
    finally:
        sys.argv, sys.stdout, sys.stderr = before
    for output in outputs:
        output.flush()
    out, err = (output.buffer.getvalue().decode("utf-8", "replace") for output in outputs)
    return (code if isinstance(code, int) else 0 if code is None else 1), out, err


if __name__ == "__main__":
    json.dump([run(line) for line in json.load(sys.stdin)], sys.stdout)
