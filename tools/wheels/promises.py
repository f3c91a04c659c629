"""What every wheel promises, each checked by one function that says what is broken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyggcr.tools
from tools.wheels.kinds import KINDS, Kind

__all__ = ["LARGEST", "PROMISES", "broken_promises", "kind_of", "linked_modules"]

# PyPI takes 100 MB, but whoever installs waits for each of them.
LARGEST = 7_000_000

_LIBRARY = re.compile(r"pyggcr/_go/libpyggcr\.(so|dylib)")
_ACCELERATOR = "pyggcr/_gostd/_accelerator.abi3.so"
# What zig links for musl, whose loader takes the name for itself. auditwheel knows Alpine's only.
_MUSL = "libc.so"
_LEGAL = ("LICENSE", "THIRD_PARTY_NOTICES")


def kind_of(wheel: Path) -> Kind:
    """The kind of a wheel, by its name."""
    tag = "-".join(wheel.stem.split("-")[-3:])
    for kind in KINDS.values():
        if kind.tag == tag:
            return kind
    raise SystemExit(f"{wheel.name} has a tag that no wheel of a release has")


def linked_modules(wheel: Path) -> dict[str, str]:
    """The Go modules in the library of a wheel with their versions, as Go itself recorded them."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for name in filter(_LIBRARY.fullmatch, archive.namelist()):
            info = pyggcr.tools.read_build_info(archive.extract(name, folder))
            return {module.built.path: module.built.version for module in info.deps}
    return {}


def _size(wheel: Path) -> Iterator[str]:
    if (size := wheel.stat().st_size) > LARGEST:
        yield f"it has {size:,} bytes, and may have {LARGEST:,}"


def _contents(wheel: Path) -> Iterator[str]:
    kind = kind_of(wheel)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        if any(map(_LIBRARY.fullmatch, names)) != kind.go_engine:
            yield "the Go engine is missing, or is where it should not be"
        if (_ACCELERATOR in names) != kind.compiled:
            yield "the accelerator is missing, or is where it should not be"
        for package, expected in (("_go", kind.go_engine), ("_gostd", kind.compiled)):
            record = json.loads(archive.read(f"pyggcr/{package}/_build.json"))
            if record["built"] != expected:
                yield f"{package}/_build.json does not say what is in the wheel"


def _notices(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        texts = {
            name.rpartition("/")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if ".dist-info/licenses/" in name
        }
    for name in _LEGAL:
        if name not in texts:
            yield f"{name} is missing"
    for path, version in linked_modules(wheel).items():
        if f"{path} {version}: " not in texts.get("THIRD_PARTY_NOTICES", ""):
            yield f"THIRD_PARTY_NOTICES says nothing of {path} {version}"


def _search_paths(wheel: Path) -> Iterator[str]:
    """No file may look for libraries in the folders of the machine that built it."""
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile

    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                if file.read(4) != b"\x7fELF":
                    continue
            with archive.open(name) as file:
                for section in ELFFile(file).iter_sections():
                    if isinstance(section, DynamicSection):
                        for tag in section.iter_tags():
                            if tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
                                yield f"{name} has {tag.entry.d_tag[3:]}"


def _platform(wheel: Path) -> Iterator[str]:
    """auditwheel must find the wheel at least as compatible as its tag claims."""
    kind = kind_of(wheel)
    if "linux" not in kind.tag:
        return
    # They need no library but the C library, and for musl this system's would be the wrong one.
    nowhere = ["--ldpaths", os.devnull]
    said = json.loads(_run("auditwheel", "show", "--json", *nowhere, str(wheel)).stdout)
    found = str(said["overall_tag"])
    if set(said["external_libs"]) == {_MUSL}:
        found = str(said["sym_tag"])
    claimed = _libc(kind.tag)
    if _libc(found)[0] != claimed[0] or _libc(found)[1:] > claimed[1:]:
        yield f"auditwheel says {found}"


def _libc(tag: str) -> tuple[str, int, int]:
    found = re.search(r"(many|musl)linux_(\d+)_(\d+)", tag)
    return (found[1], int(found[2]), int(found[3])) if found else ("", 0, 0)


def _program(*command: str, kinds: str = "") -> Callable[[Path], Iterator[str]]:
    """A check by another program, of the wheels whose tags contain ``kinds``."""

    def check(wheel: Path) -> Iterator[str]:
        if kinds in kind_of(wheel).tag:
            done = _run(*command, str(wheel))
            if done.returncode != 0:
                yield f"{command[0]}: {(done.stdout + done.stderr).strip()}"

    return check


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment of this Python."""
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


PROMISES: dict[str, Callable[[Path], Iterator[str]]] = {
    "size": _size,
    "contents": _contents,
    "notices": _notices,
    "search paths": _search_paths,
    "auditwheel": _platform,
    "check-wheel-contents": _program("check-wheel-contents"),
    "twine check": _program("twine", "check", "--strict"),
    "abi3audit": _program("abi3audit", "--strict", kinds="linux"),
}


def broken_promises(wheel: Path) -> dict[str, list[str]]:
    """What is wrong with a wheel, by promise; nothing if it keeps them all."""
    found = {name: list(check(wheel)) for name, check in PROMISES.items()}
    return {name: faults for name, faults in found.items() if faults}
