"""Runs the tests against a wheel in another system: Debian sid, or arm64 under qemu.

    python -m tools.wheels.roots clean FOLDER WHEEL [PYTEST-ARGUMENT ...]
    python -m tools.wheels.roots aarch64 FOLDER WHEEL [PYTEST-ARGUMENT ...]

``clean`` is a chroot of Debian sid with Python 3.14, without a compiler and without Go; it needs
root. ``aarch64`` runs Debian bookworm's Python for arm64 with qemu-user, without a chroot. Both
are made in FOLDER by debootstrap unless they are there. Packages come from PyPI as wheels, and the
tests run from a copy of the source tree that has no pyggcr of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What the tests of the default selection import.
_PACKAGES = (
    "hypothesis",
    "isal",
    "jsonschema",
    "oras",
    "pytest",
    "pytest-benchmark",
    "pytest-xdist",
    "PyYAML",
    "rich",
    "zstandard",
)
_COPIED = (
    "tests",
    "docs",
    "tools",
    "benchmarks",
    "native",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "mkdocs.yml",
    ".pre-commit-hooks.yaml",
)
# What is said of the source tree, which is not there, or needs make and a compiler.
_OF_SOURCES = (
    "tests/_contract/test_options.py",
    "tests/_go/test_abi.py",
    "tests/docs/test_links.py",
    "tests/docs/test_paths.py",
    "tests/docs/test_site.py",
    "tests/packaging",
    "tests/test_dataclasses.py",
    "tests/test_docstrings.py",
    "tests/test_manners.py",
    "tests/test_notices.py",
    "tests/test_project_files.py",
    "tests/test_structure.py",
)
_ARM64 = (  # under qemu all tests would take hours
    "tests/contract",
    "tests/v1",
    "tests/cli/test_process.py",
    "tests/cli/test_commands.py",
)


def _run(*command: object, **environment: str) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, env={**os.environ, **environment}, check=True)  # noqa: S603


def _bootstrap(folder: Path, suite: str, *options: str) -> None:
    if not (folder / "usr/bin/python3").exists():
        packages = "--include=python3,python3-venv,ca-certificates"
        _run("debootstrap", "--variant=minbase", packages, *options, suite, folder)


def _download(wheel: Path, folder: Path, python: str, machine: str) -> None:
    """The wheels of everything that the wheel and its tests require."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(wheel, folder)
    platforms = [
        f"--platform={tag}_{machine}"
        for tag in ("manylinux_2_17", "manylinux2014", "manylinux_2_28")
    ]
    only = ["--only-binary=:all:", f"--python-version={python}", *platforms]
    _run(sys.executable, "-m", "pip", "download", "-q", *only, "-d", folder, wheel, *_PACKAGES)


def _copy_tests(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.so")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder)


def run_clean(folder: Path, wheel: Path, arguments: Sequence[str]) -> int:
    """The tests in a chroot that never saw a compiler."""
    _bootstrap(folder, "sid")
    _download(wheel, folder / "opt/wheels", "3.14", "x86_64")
    _copy_tests(folder / "opt/src")
    script = (
        "set -e; ! command -v gcc cc clang go; rm -rf /opt/venv; python3 -m venv /opt/venv; "
        "/opt/venv/bin/pip install -q --no-index -f /opt/wheels pyggcr "
        + " ".join(_PACKAGES)
        + "; cd /opt/src; /opt/venv/bin/pyggcr engines; "
        'PATH=/opt/venv/bin:$PATH exec python -m pytest -q -p no:cacheprovider "$@"'
    )
    with contextlib.ExitStack() as mounted:
        for kind, where in (("proc", "proc"), ("devpts", "dev/pts")):  # processes and terminals
            _run("mount", "-t", kind, kind, folder / where)
            mounted.callback(_run, "umount", folder / where)
        command = ["chroot", str(folder), "env", "-i", "PATH=/usr/bin:/bin", "HOME=/opt"]
        command += ["sh", "-c", script, "sh", *(f"--ignore={path}" for path in _OF_SOURCES)]
        return subprocess.run([*command, *(arguments or ["tests"])], check=False).returncode  # noqa: S603


def run_aarch64(folder: Path, wheel: Path, arguments: Sequence[str]) -> int:
    """The tests with Python for arm64, each process of it under qemu."""
    _bootstrap(folder, "bookworm", "--foreign", "--arch=arm64")
    if not (folder / "usr/bin/python3.11").exists():
        for package in sorted((folder / "var/cache/apt/archives").glob("*.deb")):
            _run("dpkg-deb", "-x", package, folder)
    site = folder / "site"
    _download(wheel, folder / "wheels", "3.11", "aarch64")
    for path in (folder / "wheels").glob("*.whl"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(site)
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\nexec qemu-aarch64 -L {folder} -0 {python} {folder}/usr/bin/python3.11 "$@"\n'
    )
    python.chmod(0o755)
    tests = folder / "src"
    _copy_tests(tests)
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *(arguments or _ARM64),
    ]
    return subprocess.run(command, cwd=tests, env=environment, check=False).returncode  # noqa: S603


def main(arguments: list[str]) -> int:
    """Run the tests; pytest's exit code."""
    if len(arguments) < 3 or arguments[0] not in ("clean", "aarch64"):
        raise SystemExit(__doc__)
    runner = run_clean if arguments[0] == "clean" else run_aarch64
    return runner(Path(arguments[1]).resolve(), Path(arguments[2]).resolve(), arguments[3:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
