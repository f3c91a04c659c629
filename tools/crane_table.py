"""Writes what the command lines of crane and gcrane have.

That is ``pyggcr/cli/crane/table.py`` and ``scripts.py``, and ``pyggcr/cli/gcrane/table.py``, with
those commands of gcrane that differ from crane's. ``python -m tools.crane_table [--check]`` needs
Go, and the modules of ``benchmarks/go``; it runs ``tests/support/go/cranecommands``, crane and
gcrane. With ``--check`` nothing is written, and the exit code is 1 if a file is out of date.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from pyggcr.cli.crane.completion import renamed

__all__ = ["generated"]

_ROOT = Path(__file__).parent.parent
_MODULE = _ROOT / "benchmarks" / "go"
_PROGRAM = "../../tests/support/go/cranecommands/main.go"
_LIBRARY = "github.com/google/go-containerregistry"
_TARGET = _ROOT / "pyggcr" / "cli"
# How many processors Go is told that there are: defaults that follow from it are found so.
_PROCESSORS = 977
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

_OWN = '''\
"""The commands that gcrane {version} has and crane has not; written by tools.crane_table.

The texts are gcrane's and cobra's own, under the Apache License 2.0. Do not edit.
"""
# ruff: noqa: E501, Q000
# fmt: off

from __future__ import annotations

from pyggcr.cli.crane.commands import PROCESSORS, Command, Flag

__all__ = ["OWN", "SHORT"]

SHORT = {short}

OWN = (
{commands})
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
    found = json.loads(_run("go", "run", _PROGRAM))
    crane, gcrane = found["crane"], found["gcrane"]
    # What pyggcr.cli.gcrane.program takes from crane's table.
    assert gcrane["persistent"] == crane["persistent"]
    assert not gcrane["flags"]
    own = [it for it in gcrane["commands"] if it not in crane["commands"]]
    names = {it["use"].partition(" ")[0] for it in gcrane["commands"]}
    assert names >= {it["use"].partition(" ")[0] for it in crane["commands"]}
    version = _run("go", "list", "-m", "-f", "{{.Version}}", _LIBRARY).strip()
    scripts = "".join(f"    {shell!r}: {_literal(_script(shell))},\n" for shell in _SHELLS)
    commands = textwrap.indent("".join(f"{_command(it)},\n" for it in own), "    ")
    short = repr(gcrane["short"])
    return {
        _TARGET / "crane" / "table.py": _TABLE.format(root=_command(crane), version=version),
        _TARGET / "crane" / "scripts.py": _SCRIPTS.format(scripts=scripts),
        _TARGET / "gcrane" / "table.py": _OWN.format(
            commands=commands, short=short, version=version
        ),
    }


def _run(*command: str) -> str:
    environment = {**os.environ, "GOMAXPROCS": str(_PROCESSORS)}
    done = subprocess.run(  # noqa: S603
        command, cwd=_MODULE, stdout=subprocess.PIPE, check=True, text=True, env=environment
    )
    return done.stdout


def _script(shell: str) -> str:
    told = _run("go", "tool", "crane", "completion", shell)
    plain = _run("go", "tool", "crane", "completion", shell, "--no-descriptions")
    # How pyggcr makes the one from the other; see pyggcr.cli.crane.completion.
    assert plain == told.replace("__complete ", "__completeNoDesc "), shell
    assert renamed(told, "gcrane") == _run("go", "tool", "gcrane", "completion", shell), shell
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
    if value == str(_PROCESSORS):
        return "PROCESSORS"
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
