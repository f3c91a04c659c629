"""``python -m tools.generate [--check]``."""

from __future__ import annotations

import argparse
import sys

from tools.generate.sources import ROOT, generated


def main() -> int:
    """Write what is out of date, or name it; 1 if there is something to name."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is old")
    check = parser.parse_args().check
    old = {
        path: text
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in old.items():
        if not check:
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {'out of date' if check else 'written'}")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
