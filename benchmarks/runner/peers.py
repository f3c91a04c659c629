"""Who pyggcr is compared with: crane and a small program of ours for each Go version, skopeo,
regctl, and Python libraries.

Both Go programs are built from the module that benchmarks/go/go.mod pins, in the version of the Go
engine. A peer that cannot be had is kept with its reason, so that the page can say so.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus.cache import folder

__all__ = [
    "GO_VERSIONS",
    "GoPeers",
    "MissingPeerError",
    "go_peers",
    "python_peers",
    "regctl",
    "skopeo",
]

MODULE = Path(__file__).resolve().parents[1] / "go"
CRANE = "github.com/google/go-containerregistry/cmd/crane"

REGCTL = "github.com/regclient/regclient/cmd/regctl"
REGCTL_VERSION = "v0.11.7"
LIBRARIES = MODULE.with_name("rivals.txt")

# The gzip profile, and a release of Go that writes it.
GO_VERSIONS = {"go1.26": "go1.26.8", "go1.27": "go1.27.3"}


class MissingPeerError(Exception):
    """Why a peer is not there, in words for the reader of the page."""


@dataclass(frozen=True)
class GoPeers:
    """The programs of one Go version.

    Attributes:
        go_version: the release that built them.
        crane: path of crane.
        peer: path of the program in benchmarks/go.
    """

    go_version: str
    crane: str
    peer: str


@functools.cache
def go_peers(profile: str) -> GoPeers:
    """The programs built by the Go of a gzip profile; built on the first use.

    Raises:
        MissingPeerError: no such Go, or it cannot build them.
    """
    environment = _environment(profile)
    version = _go(["env", "GOVERSION"], environment).strip()
    if not _writes(version, profile):
        raise MissingPeerError(f"Go on PATH is {version}, which does not write {profile}")
    # The compiler's own cache makes this cheap when nothing has changed.
    target = folder() / "bin" / version
    target.mkdir(parents=True, exist_ok=True)
    for name, package in (("crane", CRANE), ("peer", ".")):
        _go(["build", "-trimpath", "-o", str(target / name), package], environment)
    return GoPeers(version, str(target / "crane"), str(target / "peer"))


def skopeo() -> str:
    """The skopeo command.

    Raises:
        MissingPeerError: it is not on PATH.
    """
    found = shutil.which("skopeo")
    if not found:
        raise MissingPeerError("there is no skopeo on PATH")
    return found


@functools.cache
def regctl() -> str:
    """The regctl command of a pinned version, built on the first use.

    Raises:
        MissingPeerError: there is no Go, or it cannot build it.
    """
    target = folder() / "bin" / f"regctl-{REGCTL_VERSION}"
    if not (target / "regctl").exists():
        environment = {**os.environ, "GOWORK": "off", "CGO_ENABLED": "0", "GOBIN": str(target)}
        _go(["install", "-trimpath", f"{REGCTL}@{REGCTL_VERSION}"], environment)
    return str(target / "regctl")


@functools.cache
def python_peers() -> str:
    """The Python of an environment with the pinned libraries, installed on the first use.

    Raises:
        MissingPeerError: they cannot be installed.
    """
    recipe = f"{sys.version} {LIBRARIES.read_text('utf-8')}"
    target = folder() / f"libraries-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    python = target / "bin" / "python"
    if (target / "complete").exists():
        return str(python)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(target)],
        [*pip, "--requirement", str(LIBRARIES)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise MissingPeerError(f"they cannot be installed: {(said or ['no reason given'])[-1]}")
    (target / "complete").touch()
    return str(python)


def _writes(version: str, profile: str) -> bool:
    """Whether that release of Go has the encoder: 1.27 replaced that of 1.21 to 1.26."""
    numbers = version.removeprefix("go").split(".")
    if numbers[0] != "1":
        return False
    minor = int("".join(char for char in numbers[1] if char.isdigit()))
    return minor >= 27 if profile == "go1.27" else 21 <= minor <= 26


def _environment(profile: str) -> dict[str, str]:
    """The environment in which ``go`` is of that profile; what is on PATH is taken if it fits."""
    base = {**os.environ, "GOWORK": "off", "CGO_ENABLED": "0"}
    here = _go(["env", "GOVERSION"], base).strip()
    return base if _writes(here, profile) else {**base, "GOTOOLCHAIN": GO_VERSIONS[profile]}


def _go(arguments: list[str], environment: dict[str, str]) -> str:
    if not shutil.which("go"):
        raise MissingPeerError("there is no Go on PATH to build it with")
    done = subprocess.run(
        ["go", *arguments],
        cwd=MODULE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise MissingPeerError(f"go {arguments[0]} failed: {reason}")
    return done.stdout
