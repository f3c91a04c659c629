"""A real Docker daemon, Debian's ``docker.io``, as a process of its own on a socket of its own.

``DockerEngine`` needs root; it runs without network, with its own folders and containerd, and ends
with what it started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["DockerEngine", "missing_part"]

_PATIENCE = 120  # seconds for the engine to start, and to stop


def missing_part() -> str | None:
    """Why no engine can be started here; ``None`` if one can."""
    if not (shutil.which("dockerd") and shutil.which("docker")):
        return "dockerd and docker are not on PATH"
    if os.geteuid() != 0:
        return "it needs root"
    return None


class DockerEngine:
    """A running engine; ``host`` is what DOCKER_HOST would say. A context manager, which stops it.

    Attributes:
        process: the engine.
        socket: where it listens.
    """

    def __init__(self, folder: Path) -> None:
        """Start it in a folder, whose path must be short: that of a socket is limited.

        Raises:
            RuntimeError: it does not start; the text says why.
        """
        self._folder = folder
        self.socket = folder / "socket"
        self.host = f"unix://{self.socket}"
        options = ["--iptables=false", "--bridge=none", "--storage-driver=vfs"]
        options += [f"--data-root={folder}/root", f"--exec-root={folder}/exec"]
        options += [f"--pidfile={folder}/pid", f"--host={self.host}"]
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(["dockerd", *options], stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while (asked := self._attempt("version")).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self._log.read_text()[-300:] + asked.stderr
                raise RuntimeError(f"it does not start: {said}")
            time.sleep(0.2)

    def _attempt(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["docker", "--host", self.host, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def run(self, *arguments: object) -> str:
        """Run docker's client; what it prints."""
        done = self._attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def remove_images(self) -> None:
        """Remove every image."""
        if before := self.run("image", "ls", "--all", "--quiet", "--no-trunc").split():
            self.run("image", "rm", "--force", *set(before))

    def kill(self) -> None:
        """End it as if it had crashed; its containerd, which would live on, is ended too."""
        self.process.kill()
        self.process.wait()
        for file in self._folder.glob("exec/containerd/*.pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(file.read_text()), signal.SIGTERM)
        self._unmount()

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._unmount()

    def _unmount(self) -> None:
        """End the mount of its folder upon itself, which it leaves; then that can be deleted."""
        subprocess.run(["umount", self._folder / "root"], capture_output=True, check=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
