"""Writes ``pyggcr/cli/crane/table.py`` and ``scripts.py``: what crane's command line has.

``python -m tools.crane_table [--check]`` needs Go, and the modules of ``benchmarks/go``; it runs
``tests/support/go/cranecommands`` and crane itself. With ``--check`` nothing is written, and the
exit code is 1 if a file is out of date.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

__all__ = ["generated"]

_ROOT = Path(__file__).parent.parent
_MODULE = _ROOT / "benchmarks" / "go"
_PROGRAM = "../../tests/support/go/cranecommands/main.go"
_LIBRARY = "github.com/google/go-containerregistry"
_TARGET = _ROOT / "pyggcr" / "cli" / "crane"
_SHELLS = ("bash", "fish", "powershell", "zsh")

_TABLE = '''\
"""The commands of crane {version} and their flags; written by ``python -m tools.crane_table``.

The texts are crane's and cobra's own, under the Apache License 2.0. Do not edit.
"""
# ruff: noqa: E501, Q000
# fmt: off

from __future__ import annotations

from pyggcr.cli.crane.commands import Command, Flag

__all__ = ["ROOT", "VERSION"]

VERSION = "{version}"

ROOT = {root}
'''

_SCRIPTS = '''\
"""What ``crane completion SHELL`` prints; written by ``python -m tools.crane_table``.

The scripts are those of cobra v1.10.2, under the Apache License 2.0. Do not edit.
"""
# ruff: noqa: E501, Q000
# fmt: off

from __future__ import annotations

__all__ = ["SCRIPTS"]

SCRIPTS = {{
{scripts}}}
'''

# Names in the document that the Go program prints, where they are not those of the constructors.
_COMMAND = {
    "short": "",
    "long": "",
    "example": "",
    "aliases": None,
    "arguments": "",
    "hidden": False,
    "runnable": True,
    "plain_use": False,
    "no_files": False,
}
_FLAG = {
    "shorthand": "",
    "default": "",
    "no_value": "",
    "hidden": False,
    "deprecated": "",
    "required": False,
    "exclusive": None,
}


def generated() -> dict[Path, str]:
    """The files and what they shall hold."""
    root = json.loads(_run("go", "run", _PROGRAM))
    version = _run("go", "list", "-m", "-f", "{{.Version}}", _LIBRARY).strip()
    scripts = "".join(f"    {shell!r}: {_literal(_script(shell))},\n" for shell in _SHELLS)
    return {
        _TARGET / "table.py": _TABLE.format(root=_command(root), version=version),
        _TARGET / "scripts.py": _SCRIPTS.format(scripts=scripts),
    }


def _run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603
        command, cwd=_MODULE, stdout=subprocess.PIPE, check=True, text=True
    )
    return done.stdout


def _script(shell: str) -> str:
    told = _run("go", "tool", "crane", "completion", shell)
    plain = _run("go", "tool", "crane", "completion", shell, "--no-descriptions")
    # How pyggcr makes the one from the other; see pyggcr.cli.crane.completion.
    assert plain == told.replace("__complete ", "__completeNoDesc "), shell
    return told


def _command(document: dict[str, Any]) -> str:
    arguments = [repr(document["use"]), *_given(document, _COMMAND)]
    for key, make in (("flags", _flag), ("persistent", _flag), ("commands", _command)):
        members = "".join(f"{make(it)},\n" for it in document[key] or ())
        if members:
            arguments.append(f"{key}=(\n{textwrap.indent(members, '    ')})")
    text = "".join(f"{it},\n" for it in arguments)
    return f"Command(\n{textwrap.indent(text, '    ')})"


def _flag(document: dict[str, Any]) -> str:
    first = [repr(document[key]) for key in ("name", "usage", "type")]
    return f"Flag({', '.join([*first, *_given(document, _FLAG)])})"


def _given(document: dict[str, Any], defaults: dict[str, Any]) -> list[str]:
    return [
        f"{key}={_literal(document[key])}"
        for key, default in defaults.items()
        if document[key] != default
    ]


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return repr(tuple(value))
    if not isinstance(value, str) or "\n" not in value:
        return repr(value)
    lines = "".join(f"    {line!r}\n" for line in value.splitlines(keepends=True))
    return f"(\n{lines})"


def main() -> None:
    """Write the files, or compare them."""
    stale = {
        path: text
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if "--check" in sys.argv:
            sys.stderr.write(f"{path} is out of date\n")
        else:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
