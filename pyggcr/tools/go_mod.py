"""Module files of Go (go.mod): what a module requires, and what replaces it.

In Go this is ``golang.org/x/mod/modfile``. Since Go 1.17 a module file lists every module of the
build, so what it requires is what is built; before, a dependency could require a newer version.
"""

from __future__ import annotations

import re

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import unquote
from pyggcr.errors import BuildInfoError, Error

__all__ = ["GoMod", "Replacement", "parse_go_mod"]

_FIRST_COMPLETE = (1, 17)
_WORD = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|//[^\n]*|[()]|[^\s"`()]+')
_BLOCKS = ("require", "replace", "exclude", "retract", "tool", "ignore", "godebug")
_GO_LINE = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A module that is built in place of another.

    Attributes:
        path: the path of the replaced module.
        version: the replaced version; empty for all.
        by: the path of the other module, or of a folder.
        by_version: its version; empty for a folder.
    """

    path: str
    version: str
    by: str
    by_version: str


@dataclass(frozen=True, slots=True)
class GoMod:
    """A module file.

    Attributes:
        module: the path of the module.
        go: the version in the ``go`` line, such as ``1.21``; empty if there is none.
        toolchain: the name in the ``toolchain`` line, such as ``go1.21.5``.
        requires: versions by the paths of modules.
        replaces: replacements, in the order of the file.
    """

    module: str
    go: str
    toolchain: str
    requires: dict[str, str]
    replaces: tuple[Replacement, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every module of the build is listed, as since Go 1.17."""
        found = _GO_LINE.match(self.go)
        return found is not None and (int(found[1]), int(found[2])) >= _FIRST_COMPLETE

    def built(self, path: str) -> tuple[str, str] | None:
        """Return what is built for a module.

        Args:
            path: the path of the module.

        Returns:
            Path and version, after replacements; ``None`` if the file does not require the module.
        """
        version = self.requires.get(path)
        if version is None:
            return None
        found = (path, version)
        for replacement in self.replaces:
            if replacement.path != path or replacement.version not in ("", version):
                continue
            found = (replacement.by, replacement.by_version)
            if replacement.version:
                break  # it comes before one of all versions
        return found


def parse_go_mod(text: str) -> GoMod:
    """Parse a module file.

    Args:
        text: its content.

    Returns:
        The module file.

    Raises:
        BuildInfoError: a line is malformed, or there is no module line.
    """
    module = go = toolchain = block = ""
    requires: dict[str, str] = {}
    replaces: list[Replacement] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line, number)
        if not words:
            continue
        if block and words == [")"]:
            block = ""
            continue
        if not block and len(words) == 2 and words[1] == "(":
            block = words[0]
            continue
        kind, *rest = [block, *words] if block else words
        if kind == "module" and len(rest) == 1:
            module = rest[0]
        elif kind == "go" and len(rest) == 1:
            go = rest[0]
        elif kind == "toolchain" and len(rest) == 1:
            toolchain = rest[0]
        elif kind == "require" and len(rest) == 2:
            requires[rest[0]] = rest[1]
        elif kind == "replace":
            replaces.append(_replacement(rest, number))
        elif kind not in _BLOCKS:
            raise BuildInfoError(f"go.mod:{number}: unknown line: {line.strip()[:80]}")
    if not module:
        raise BuildInfoError("go.mod has no module line")
    return GoMod(module, go, toolchain, requires, tuple(replaces))


def _words(line: str, number: int) -> list[str]:
    words = []
    for found in _WORD.finditer(line):
        word = found[0]
        if word.startswith("//"):
            break
        if word.startswith(('"', "`")):
            try:
                word = unquote(word)
            except Error:
                raise BuildInfoError(f"go.mod:{number}: invalid quoted string") from None
        words.append(word)
    return words


def _replacement(words: list[str], number: int) -> Replacement:
    if "=>" in words:
        at = words.index("=>")
        left, right = words[:at], words[at + 1 :]
        if len(left) in (1, 2) and len(right) in (1, 2):
            return Replacement(left[0], left[1] if left[1:] else "", right[0], "".join(right[1:]))
    raise BuildInfoError(f"go.mod:{number}: replace needs a module, => and another")
