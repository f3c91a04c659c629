"""Stand-ins for what Google has: token servers, the metadata server, gcloud."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

from support.fake_server import Answer, Asked, FakeServer

__all__ = ["Google", "private_key", "write_gcloud"]


class Google:
    """A server that answers what ``answers`` says for a path; ``forms`` are what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.server = FakeServer(self._answer)
        self.host = self.server.host

    def _answer(self, asked: Asked) -> Answer:
        return self.answers.get(asked.path.partition("?")[0], Answer(404, b"nothing"))

    def answer(self, path: str, document: object, status: int = 200) -> str:
        """Answer so from now on; returns the address."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answers[path] = Answer(status, body, {"Content-Type": "application/json"})
        return f"http://{self.host}{path}"

    @property
    def forms(self) -> list[dict[str, str]]:
        return [
            {key: value for key, (value,) in parse_qs(it.body.decode()).items()}
            for it in self.server.asked
            if it.method == "POST"
        ]

    def close(self) -> None:
        self.server.close()


def private_key(folder: Path, *, form: str = "pkcs8", bits: int = 2048) -> str:
    """A new RSA key as PEM, made by openssl."""
    path = folder / f"{form}-{bits}.pem"
    traditional = ["-traditional"] if form == "pkcs1" else []
    made = subprocess.run(
        ["openssl", "genrsa", *traditional, "-out", str(path), str(bits)],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return path.read_text()


def write_gcloud(folder: Path, script: str) -> None:
    """A program ``gcloud`` of this shell script."""
    folder.mkdir(exist_ok=True)
    path = folder / "gcloud"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
