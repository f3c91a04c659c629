"""Runs one crane on one archive and records the outcomes.

Each step is a process of its own, which sees neither the user's configuration nor another registry
than one of pyggcr's on loopback, which is new for each archive.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyggcr import registry
from pyggcr.errors import Error
from pyggcr.tarball import load_manifest

__all__ = [
    "DIGEST",
    "HANGS",
    "PULL",
    "PUSH",
    "VALIDATE",
    "VALIDATE_PUSHED",
    "Outcome",
    "outcomes",
]

DIGEST = "digest"
VALIDATE = "validate"
PUSH = "push"
VALIDATE_PUSHED = "validate what was pushed"
PULL = "pull"

_PATIENCE = 30  # seconds, for any step; it takes a tenth of one
_DIGEST = re.compile(r"\b(sha256:)?[0-9a-f]{64}\b")
_DIGESTS = re.compile(r"sha256:[0-9a-f]{64}")
_UPLOAD = re.compile(r'(?:PUT|PATCH|Patch) "?http://registry/\S+/blobs/uploads/.*', re.DOTALL)
_LOGGED = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a step.

    Attributes:
        exit: the exit code.
        text: the digest that was printed, if any; after a failure the error text, with ``sha256:…``
            for digests and without paths and addresses of this machine.
    """

    exit: int
    text: str


# Links that lead back to themselves are followed until no file can be opened any more.
_FEW_FILES = ("sh", "-c", 'ulimit -n 256; exec "$0" "$@"')

# It had to be killed.
HANGS = Outcome(-9, "hangs")


def outcomes(crane: Path, path: Path) -> dict[str, Outcome]:
    """Run every step; after a failed push there is nothing to pull."""
    with (
        tempfile.TemporaryDirectory() as folder,
        registry.serve(conforming=True) as server,
    ):
        runner = _Runner(crane, path, server.host, Path(folder))
        return dict(runner.layout() if path.is_dir() else runner.archive())


def _by_tag(path: Path) -> list[str]:
    """Steps that ask for one image of several."""
    try:
        images = load_manifest(path, engine="python")
    except Error:
        return []
    if len(images) < 2:
        return []
    return [f"{DIGEST} {tag}" for image in images for tag in (image.repo_tags or ())[:1]]


class _Runner:
    def __init__(self, crane: Path, path: Path, host: str, folder: Path) -> None:
        self._crane = crane
        self._path = path
        self._host = host
        self._folder = folder
        self._pushed = f"{host}/app:1"
        home = str(folder)
        self._environment = {"PATH": os.defpath, "HOME": home, "DOCKER_CONFIG": home}

    def archive(self) -> Iterator[tuple[str, Outcome]]:
        """The steps of a file."""
        yield DIGEST, self._run("digest", "--tarball", self._path)
        for step in _by_tag(self._path):
            tag = step.removeprefix(f"{DIGEST} ")
            yield step, self._run("digest", "--tarball", self._path, tag)
        yield VALIDATE, self._run("validate", "--tarball", self._path)
        pushed = self._run("push", self._path, self._pushed)
        yield PUSH, pushed
        if pushed.exit == 0:
            yield VALIDATE_PUSHED, self._run("validate", "--remote", self._pushed)
            pulled = self._folder / "pulled.tar"
            done = self._run("pull", self._pushed, pulled)
            yield PULL, done if done.exit else self._run("digest", "--tarball", pulled)

    def layout(self) -> Iterator[tuple[str, Outcome]]:
        """The steps of a folder."""
        pushed = self._run("push", self._path, self._pushed)
        yield PUSH, pushed
        if pushed.exit == 0:
            yield DIGEST, self._run("digest", self._pushed)
            yield VALIDATE_PUSHED, self._run("validate", "--remote", self._pushed)
            yield PULL, self._run("pull", "--format=oci", self._pushed, self._folder / "pulled")

    def _run(self, *arguments: str | Path) -> Outcome:
        try:
            done = subprocess.run(  # noqa: S603
                [*_FEW_FILES, self._crane, *arguments],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return HANGS
        if done.returncode == 0:
            if arguments[0] not in ("digest", "push"):
                return Outcome(0, "")
            # Up to v0.15 push names what it has pushed on standard error, at the end.
            return Outcome(0, _DIGESTS.findall(done.stderr + done.stdout)[-1])
        return Outcome(done.returncode, self._without_names(_error_in(done.stderr)))

    def _without_names(self, text: str) -> str:
        text = text.replace(str(self._folder), "folder").replace(self._host, "registry")
        text = text.replace(str(self._path), "PATH")
        # How far an upload comes before it is refused is a matter of chance.
        text = _UPLOAD.sub("the registry refuses what is uploaded", text)
        return _DIGEST.sub(lambda found: f"{found[1] or ''}…", text)


def _error_in(stderr: str) -> str:
    """What crane says was wrong: after "Error: " to the end, or the line of a panic."""
    lines = [line for line in stderr.splitlines() if not _LOGGED.match(line)]
    for number, line in enumerate(lines):
        if line.startswith("panic: "):
            return re.sub(r"^panic: (.*?)( \[recovered.*)?$", r"panic: \1", line)
        if line.startswith("Error: "):
            return "\n".join([line.removeprefix("Error: "), *lines[number + 1 :]]).strip()
    return "\n".join(lines).strip()
