"""THIRD_PARTY_NOTICES: the licence texts of all code that pyggcr links or follows.

    python -m tools.notices            # write it
    python -m tools.notices --check    # say whether it is out of date

Needs Go and its modules. Linked code is what ``go list`` finds below native/ on each platform that
has wheels: modules, and Go's standard library with the modules vendored into it. From the folder of
every linked package up to the root of its module, each licence, notice and patent file is taken as
it is. Python and C sources that follow code which is not linked (``_FOLLOWED``) need the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["NOTICES", "linked_modules", "rendered"]

ROOT = Path(__file__).parents[1]
NOTICES = ROOT / "THIRD_PARTY_NOTICES"
_NATIVE = ROOT / "native"

# Platforms whose wheels hold the Go library, as (GOOS, GOARCH).
_PLATFORMS = (("linux", "amd64"), ("linux", "arm64"), ("darwin", "amd64"), ("darwin", "arm64"))

# Modules that are not linked, but whose code the sources named follow.
_FOLLOWED = {
    "github.com/spf13/cobra": "pyggcr/cli/crane",
    "github.com/spf13/pflag": "pyggcr/cli/crane",
}
_UPSTREAM = "github.com/google/go-containerregistry"

# LICENSE.docs is for documentation, which is not in a library.
_LEGAL_FILE = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|PATENTS)(?!\.docs)[^/]*", re.IGNORECASE)

_HEAD = """\
pyggcr is licensed under the Apache License 2.0 (see LICENSE). It contains code of other projects.

- The shared library of the Go engine links the Go modules below and parts of Go's standard library.
- Sources in pyggcr/_gostd and native/accelerator follow Go's standard library and
  github.com/klauspost/compress; each names the package. Those in pyggcr/_python, pyggcr/crane and
  pyggcr/gcrane follow github.com/google/go-containerregistry, and those in pyggcr/cli/crane follow
  github.com/spf13/cobra and github.com/spf13/pflag. A pure wheel has these sources and no library.

The licences and notices of these projects follow. `python -m tools.notices` generated this file.
"""
_LINE = "=" * 100


def _go(*arguments: str, folder: Path = _NATIVE, **environment: str) -> str:
    return subprocess.run(  # noqa: S603
        ["go", *arguments],  # noqa: S607
        cwd=folder,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON documents that stand one behind another in Go's output."""
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text.rstrip()):
        document, position = decoder.raw_decode(text, position)
        yield document
        position += len(text[position:]) - len(text[position:].lstrip())


def _linked_packages() -> Iterator[dict[str, Any]]:
    for system, architecture in _PLATFORMS:
        yield from _documents(
            _go(
                "list",
                "-deps",
                "-json=Dir,ImportPath,Module,Standard",
                ".",
                GOOS=system,
                GOARCH=architecture,
                CGO_ENABLED="1",
            )
        )


def linked_modules() -> set[str]:
    """The paths of all modules that the Go library links on some platform."""
    packages = [package for package in _linked_packages() if not package.get("Standard")]
    return {str(package["Module"]["Path"]) for package in packages} - {"pyggcr"}


def _legal_texts(folder: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of the legal files from a package's folder up to its module's root."""
    for place in (folder, *folder.parents):
        for path in sorted(place.iterdir()):
            if _LEGAL_FILE.fullmatch(path.name) and path.is_file():
                yield str(path.relative_to(root)), path.read_text("utf-8").strip("\n")
        if place == root:
            return


def _standard_library(package: dict[str, Any], goroot: Path) -> tuple[str, Path]:
    """The name and root folder of what a package of GOROOT belongs to."""
    path = str(package["ImportPath"])
    if path.startswith("vendor/"):
        module = "/".join(path.split("/")[1:4])
        return f"{module} (vendored in the Go standard library)", goroot / "src/vendor" / module
    return "Go standard library", goroot


def _collect() -> dict[str, dict[str, str]]:
    """By project the names and texts of its legal files."""
    goroot = Path(_go("env", "GOROOT").strip())
    found: dict[str, dict[str, str]] = {}
    for package in _linked_packages():
        if package.get("Standard"):
            name, root = _standard_library(package, goroot)
        elif package["Module"]["Path"] == "pyggcr":
            continue
        else:
            module = package["Module"]
            name, root = f"{module['Path']} {module['Version']}", Path(module["Dir"])
        found.setdefault(name, {}).update(_legal_texts(Path(package["Dir"]), root))
    for path, followers in _FOLLOWED.items():
        version, folder = _download(path)
        found[f"{path} {version} (followed by {followers})"] = dict(_legal_texts(folder, folder))
    return found


def _download(path: str) -> tuple[str, Path]:
    """The version of a module that go-containerregistry itself uses, and its folder."""
    upstream = Path(_go("list", "-m", "-f", "{{.Dir}}", _UPSTREAM).strip())
    found = re.search(rf"{re.escape(path)} (\S+)", (upstream / "go.mod").read_text("utf-8"))
    if found is None:
        raise SystemExit(f"go-containerregistry does not require {path} any more")
    with tempfile.TemporaryDirectory() as elsewhere:  # outside of native/, whose go.mod stays as is
        answer = _go("mod", "download", "-json", f"{path}@{found[1]}", folder=Path(elsewhere))
    return found[1], Path(json.loads(answer)["Dir"])


def rendered() -> str:
    """The whole file. Projects with equal texts share one copy of them."""
    projects_of_text: dict[str, list[str]] = {}
    for project, texts in sorted(_collect().items()):
        if not texts:
            raise SystemExit(f"{project} has no licence file")
        for name, text in sorted(texts.items()):
            projects_of_text.setdefault(text, []).append(f"{project}: {name}")
    parts = [_HEAD]
    for text, projects in projects_of_text.items():
        parts.append("\n".join((_LINE, *projects, _LINE, "", text, "")))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` compare it."""
    text = rendered()
    if "--check" in arguments:
        if NOTICES.read_text("utf-8") == text:
            return 0
        print("THIRD_PARTY_NOTICES is out of date: run python -m tools.notices", file=sys.stderr)
        return 1
    NOTICES.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
