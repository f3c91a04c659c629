"""README and guide tell the truth: every Python block runs and prints what stands below it."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "docs/digests.md",
    "docs/guide.md",
    "docs/layer-sources.md",
    "docs/remote.md",
    "docs/store.md",
    "docs/sync.md",
    "docs/tools.md",
)

_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def need_yaml(document: str, require) -> None:
    """Skip what is about sync where PyYAML is missing."""
    if document.endswith("sync.md") and importlib.util.find_spec("yaml") is None:
        require("yaml", "PyYAML is not installed (the extra sync)")


@dataclass(frozen=True)
class Block:
    """A Python block, the line that it starts on, and the output that the document shows."""

    code: str
    line: int
    output: str


def blocks(document: str) -> list[Block]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return [
        Block(match[1], text.count("\n", 0, match.start(1)) + 1, match[2] or "")
        for match in _BLOCK.finditer(text)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_blocks_print_what_the_document_shows(
    document: str, monkeypatch: pytest.MonkeyPatch, require
) -> None:
    need_yaml(document, require)
    monkeypatch.chdir(ROOT)
    namespace: dict[str, object] = {"__name__": "__main__"}

    for block in blocks(document):
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.code, document, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        assert printed.getvalue() == block.output, f"{document}, line {block.line}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 85
