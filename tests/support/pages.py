"""The examples in the pages of the repository: blocks of Python and of shell commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCUMENTS", "PAGES", "ROOT", "Block", "blocks", "command_lines"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# Pages whose Python runs at the top of the source tree, block after block, in one namespace.
DOCUMENTS = (
    "README.md",
    "docs/audit.md",
    "docs/digests.md",
    "docs/doctor.md",
    "docs/guide.md",
    "docs/layer-cache.md",
    "docs/layer-sources.md",
    "docs/registry.md",
    "docs/remote.md",
    "docs/store.md",
    "docs/sync.md",
    "docs/tools.md",
)

_BLOCK = re.compile(
    r"^```(python|sh|console)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """Code, its language, the line that it starts on, and the output that the page shows."""

    language: str
    code: str
    line: int
    output: str


def blocks(page: Path) -> list[Block]:
    """The examples of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1, match[3] or "")
        for match in _BLOCK.finditer(text)
    ]


def command_lines(block: Block) -> list[str]:
    """The commands of a block, one for each line: a line that ends with a backslash goes on."""
    lines = block.code.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    commands = [re.sub(r"\s+# .*", "", line).strip() for line in lines]
    return [" ".join(command.split()) for command in commands if command]
