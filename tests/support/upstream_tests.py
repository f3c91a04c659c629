"""go-containerregistry's own tests, with pyggcr's registry in place of theirs.

They run in a copy of the module that native/go.mod pins, in a temporary folder. There
``registry.New`` is that of tests/support/go/forwarding, which forwards to a registry of the chosen
engine. Nothing of theirs is copied into the repository.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MODULE = "github.com/google/go-containerregistry"
# Those whose tests serve a registry.
PACKAGES = (
    "pkg/registry",
    "pkg/v1/remote",
    "pkg/v1/partial",
    "pkg/crane",
    "pkg/gcrane",
    "internal/cmd",
    "cmd/crane/cmd",
)
_TESTS = Path(__file__).parents[1]
_FORWARDING = _TESTS / "support" / "go" / "forwarding" / "new.go"
_CONSTRUCTOR = "func New(opts ...Option) http.Handler {"
_OUTCOMES = frozenset({"pass", "fail", "skip"})


class Case(NamedTuple):
    """One test, or one part of a test, of a package."""

    package: str
    name: str


def module() -> Path:
    """The folder of the module in Go's cache, which is filled if it must be."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", MODULE]
    native = _TESTS.parent / "native"
    listed = subprocess.run(command, cwd=native, check=True, capture_output=True, text=True)
    if not listed.stdout.strip():
        subprocess.run(["go", "mod", "download", MODULE], cwd=native, check=True)
        listed = subprocess.run(command, cwd=native, check=True, capture_output=True, text=True)
    return Path(listed.stdout.strip())


def copy(folder: Path) -> Path:
    """Copy the module into a folder, with a registry that forwards where it is told to."""
    copied = folder / "module"
    shutil.copytree(module(), copied)
    for path, _, _ in os.walk(copied):  # the cache is read-only
        Path(path).chmod(0o700)
    source = copied / "pkg" / "registry" / "registry.go"
    text = source.read_text()
    assert text.count(_CONSTRUCTOR) == 1
    source.write_text(text.replace(_CONSTRUCTOR, _CONSTRUCTOR.replace("New", "original")))
    shutil.copyfile(_FORWARDING, source.with_name("forwarding.go"))
    return copied


@contextlib.contextmanager
def registries(engine: str) -> Iterator[str]:
    """The address of a process that starts registries of an engine."""
    environment = {**os.environ, "PYTHONPATH": str(_TESTS)}
    with subprocess.Popen(
        [sys.executable, "-m", "support.upstream_registries", engine],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.kill()


def run(
    copied: Path, packages: Sequence[str], *options: str, address: str = ""
) -> tuple[dict[Case, str], str]:
    """Run the tests of packages.

    Args:
        copied: what ``copy`` made.
        packages: folders in the module.
        options: of ``go test``.
        address: of ``registries``; their own registry serves if there is none.

    Returns:
        the outcome of each case, and all that was printed.
    """
    run = subprocess.run(
        ["go", "test", "-vet=off", "-count=1", "-json", *options, *(f"./{it}" for it in packages)],
        cwd=copied,
        env={**os.environ, "PYGGCR_REGISTRIES": address},
        capture_output=True,
        text=True,
    )
    outcomes, printed = {}, [run.stderr]
    for line in run.stdout.splitlines():
        event = json.loads(line)
        if event["Action"] in _OUTCOMES and "Test" in event:
            package = event["Package"].removeprefix(f"{MODULE}/")
            outcomes[Case(package, event["Test"])] = event["Action"]
        printed.append(event.get("Output", ""))
    return outcomes, "".join(printed)


def differences(theirs: dict[Case, str], ours: dict[Case, str]) -> list[str]:
    """What came out otherwise, in words."""
    return [
        f"{case.package} {case.name}: {theirs.get(case)}, with pyggcr {ours.get(case)}"
        for case in sorted(theirs.keys() | ours.keys())
        if theirs.get(case) != ours.get(case)
    ]
