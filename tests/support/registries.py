"""A real registry, Debian's ``docker-registry``, in a process of its own on loopback.

``DockerRegistry`` starts one in a folder and stops it; ``certificate`` makes what TLS needs. The
user of the registry with a password is ``USER``, and ``PASSWORD`` is what no output may show.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["PASSWORD", "USER", "Certificate", "DockerRegistry", "certificate"]

USER = "ann"
PASSWORD = "secret-of-ann"
# The password's hash by bcrypt, the only kind that the registry takes, of the lowest cost.
_HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuu2IQKBjLaH48D/32j2ZV8pOQYlZG3roe\n"

_LISTENING = re.compile(r"listening on (127\.0\.0\.1:[0-9]+)")
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, for 127.0.0.1 and localhost, and its key (PEM files)."""

    certificate: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """Make a certificate with ``openssl``."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [
            "openssl",
            "req",
            *("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-out", made.certificate, "-keyout", made.key),
        ],
        check=True,
        capture_output=True,
    )
    return made


class DockerRegistry:
    """A running registry; ``host`` is its address. A context manager, which stops it."""

    def __init__(
        self,
        folder: Path,
        *,
        tls: Certificate | None = None,
        password: bool = False,
        token: dict[str, str] | None = None,
    ) -> None:
        self._log = folder / "log"
        self.storage = folder / "storage"
        config = folder / "config.yml"
        # JSON is YAML.
        config.write_text(json.dumps(_config(folder, self.storage, tls, password, token)))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["docker-registry", "serve", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.host = self._wait_for_address()
        except BaseException:
            self.close()
            raise

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            said = self._log.read_text(errors="replace")
            if found := _LISTENING.search(said):
                return found[1]
            if self._process.poll() is not None:
                raise RuntimeError(f"docker-registry ended: {said}")
            time.sleep(0.02)
        raise RuntimeError(f"docker-registry does not listen: {said}")

    def blob_file(self, digest: str) -> Path:
        """Where the registry keeps the blob, to be damaged."""
        value = digest.partition(":")[2]
        blobs = self.storage / "docker" / "registry" / "v2" / "blobs" / "sha256"
        return blobs / value[:2] / value / "data"

    def close(self) -> None:
        """Stop the process."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _config(
    folder: Path,
    storage: Path,
    tls: Certificate | None,
    password: bool,
    token: dict[str, str] | None,
) -> dict[str, Any]:
    config: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "delete": {"enabled": True},
        },
        "http": {"addr": "127.0.0.1:0", "secret": "of the tests"},
    }
    if tls is not None:
        config["http"]["tls"] = {"certificate": str(tls.certificate), "key": str(tls.key)}
    if password:
        users = folder / "htpasswd"
        users.write_text(_HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(users)}}
    if token is not None:
        config["auth"] = {"token": token}
    return config
