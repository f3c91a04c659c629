"""Records what Go's math/rand draws; see README.md."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "_gostd")]

from support.go_programs import ask, build  # noqa: E402  (found through sys.path)
from test_mathrand import tasks  # noqa: E402


def main() -> None:
    asked = [it for it in tasks(60) if all(draw["Limit"] != 5000 for draw in it["Draws"])]
    with tempfile.TemporaryDirectory() as folder:
        answers = ask(build("mathrand", Path(folder)), asked)
    lines = [
        json.dumps({"Task": it, "Answer": said}) for it, said in zip(asked, answers, strict=True)
    ]
    (HERE / "recorded.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
