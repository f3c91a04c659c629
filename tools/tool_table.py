"""Writes the table of tools that embed go-containerregistry: ``pyggcr/tools/table.tsv``.

``python -m tools.tool_table [--add TOOL=VERSION]... [--check]`` asks the Go module proxy, through
the go command, for the releases that it lists, and for the go.mod of each that the table does not
have yet. A release never changes, so what the table has stays. A proxy may list fewer releases than
it has: ``--add`` names one that it does not list. Candidates are left out, and releases whose
go.mod is older than Go 1.17, which does not list all modules. With ``--check`` nothing is written,
and every release of the table is asked for again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyggcr.tools.go_mod import parse_go_mod
from pyggcr.tools.known import KNOWN, LIBRARY, LIBRARY_MODULE
from pyggcr.tools.module_versions import is_release, numbers_of
from pyggcr.tools.table import known_name

_TARGET = Path(__file__).parent.parent / "pyggcr" / "tools" / "table.tsv"
_AT_ONCE = 40  # releases that one go command is asked about

Row = tuple[str, str, str, str, str, str]
Key = tuple[str, str]


def main() -> int:
    """Write the table, or compare it; the exit code."""
    options = argparse.ArgumentParser(prog="python -m tools.tool_table", description=__doc__)
    options.add_argument("--add", action="append", default=[], metavar="TOOL=VERSION")
    options.add_argument("--check", action="store_true")
    chosen = options.parse_args()
    present = {(row[0], row[1]): row for row in _read()}
    if chosen.check:
        found = dict(_asked(set(present)))
        wrong = sorted(key for key in present if found.get(key) != present[key])
        for key in wrong:
            print(*key, present[key], found.get(key), file=sys.stderr)
        return bool(wrong)
    added = {(known_name(name), version) for name, _, version in _split(chosen.add)}
    rows = {**present, **dict(_asked((added | set(_listed())) - set(present)))}
    _write(rows.values())
    return 0


def _split(texts: list[str]) -> list[tuple[str, str, str]]:
    return [text.partition("=") for text in texts]


def _read() -> Iterator[Row]:
    if _TARGET.exists():
        for line in _TARGET.read_text(encoding="ascii").splitlines()[2:]:
            name, version, date, library, go_line, toolchain = line.split("\t")
            yield name, version, date, library, go_line, toolchain


def _listed() -> Iterator[Key]:
    """The releases that the proxy lists."""
    for tool in KNOWN:
        for module in tool.modules:
            done = _go("list", "-m", "-e", "-json", "-versions", module)
            for found in done:
                for version in found.get("Versions", []):
                    if is_release(version):
                        yield tool.name, version.removeprefix("v")


def _asked(keys: set[Key]) -> Iterator[tuple[Key, Row]]:
    """What the go.mod of each release says."""
    queries = {}
    for name, version in sorted(keys):
        for module in next(tool.modules for tool in KNOWN if tool.name == name):
            if _is_of(module, version):
                queries[f"{module}@v{version}"] = name, version
    asked = list(queries)
    for start in range(0, len(asked), _AT_ONCE):
        for found in _go("list", "-m", "-e", "-json", *asked[start : start + _AT_ONCE]):
            key = queries.get(f"{found['Path']}@{found.get('Version', '')}")
            if key and "GoMod" in found and (row := _row(*key, found)):
                yield key, row


def _is_of(module: str, version: str) -> bool:
    """Whether a module has the releases of that major version."""
    suffix = module.rpartition("/v")[2]
    major = numbers_of(version)[0]
    return major == int(suffix) if suffix.isdigit() else major < 2


def _row(name: str, version: str, found: dict[str, Any]) -> Row | None:
    file = parse_go_mod(Path(found["GoMod"]).read_text(encoding="utf-8"))
    date = found["Time"][:10]
    if name == LIBRARY:
        return name, version, date, version, file.go, file.toolchain
    built = file.built(LIBRARY_MODULE)
    if built is None or not file.is_complete:
        return None
    path, library = built
    if path != LIBRARY_MODULE:
        library = f"{path}@{library}"
    return name, version, date, library.removeprefix("v"), file.go, file.toolchain


def _go(*arguments: str) -> Iterator[dict[str, Any]]:
    """The JSON documents that the go command prints, outside of any module."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603
            ["go", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    decoder, text = json.JSONDecoder(), done.stdout.strip()
    while text:
        document, end = decoder.raw_decode(text)
        text = text[end:].strip()
        yield document


def _write(rows: Any) -> None:
    today = dt.datetime.now(dt.timezone.utc).date().isoformat()
    lines = [f"# Made by python -m tools.tool_table on {today}"]
    lines.append("# tool\tversion\tdate\tgo-containerregistry\tgo line\ttoolchain line")
    lines += ["\t".join(row) for row in sorted(rows, key=lambda row: (row[0], numbers_of(row[1])))]
    _TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
