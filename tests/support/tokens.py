"""A server of tokens for a real registry: the distribution project's token authentication.

It signs with a key that the registry knows (by ``openssl``), gives ``USER`` whatever is asked for
and everybody else nothing, or the right to pull, and notes what it was asked in ``requests``.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.registries import PASSWORD, USER

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ISSUER", "REFRESH_TOKEN", "SERVICE", "TokenServer"]

ISSUER = "issuer of the tests"
SERVICE = "registry of the tests"
REFRESH_TOKEN = "refresh-token-of-ann"

_LIFETIME = 300  # seconds
# The registry allows for clocks that differ by a minute.
_LONG_AGO = 600
_LEEWAY = 60


@dataclass
class TokenRequest:
    """What a client asked for, and how it showed who it is."""

    method: str
    scopes: list[str]
    user: str = ""
    form: dict[str, list[str]] = field(default_factory=dict)


class TokenServer:
    """A running server; ``realm`` is its address. A context manager, which stops it.

    Attributes:
        certificate: what the registry must know.
        stale: how many of the next tokens have expired already.
        dying: how many of the next tokens last for a second.
        public: whether everybody may pull.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"
        self.requests: list[TokenRequest] = []
        self.stale = 0
        self.dying = 0
        self.public = False
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=issuer", "-out", self.certificate, "-keyout", self._key),
            ],
            check=True,
            capture_output=True,
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.tokens = self
        # By its name: go-containerregistry trusts no realm with a private address.
        self.realm = f"http://localhost:{self._server.server_address[1]}/token"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="tokens"
        )
        self._thread.start()

    def token(self, scopes: list[str], *, user: str = USER, issued: float | None = None) -> str:
        """A signed token that allows what the scopes say."""
        chain = base64.b64encode(_der(self.certificate)).decode()
        now = time.time() if issued is None else issued
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": user,
            "nbf": int(now) - 1,
            "iat": int(now),
            "exp": int(now) + _LIFETIME,
            "jti": "1",
            "access": [_access(scope) for scope in scopes],
        }
        head = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._key],
            input=signed.encode(),
            check=True,
            capture_output=True,
        ).stdout
        return f"{signed}.{_base64url(signature)}"

    def issue(self, scopes: list[str]) -> str:
        """A token as the server gives it out, now and then one that does not last."""
        if self.stale > 0:
            self.stale -= 1
            return self.token(scopes, issued=time.time() - _LONG_AGO)
        if self.dying > 0:
            self.dying -= 1
            return self.token(scopes, issued=time.time() - _LIFETIME - _LEEWAY + 1)
        return self.token(scopes)

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _access(scope: str) -> dict[str, Any]:
    kind, name, actions = scope.split(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der(certificate: Path) -> bytes:
    lines = certificate.read_text().splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-")))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        self._answer(query, user, known=(user, password) == (USER, PASSWORD))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = urllib.parse.parse_qs(body)
        self._answer(form, "", known=form.get("refresh_token") == [REFRESH_TOKEN], form=form)

    def _answer(
        self,
        asked: dict[str, list[str]],
        user: str,
        *,
        known: bool,
        form: dict[str, list[str]] | None = None,
    ) -> None:
        tokens = self.server.tokens
        scopes = [scope for text in asked.get("scope", []) for scope in text.split()]
        tokens.requests.append(TokenRequest(self.command, scopes, user, form or {}))
        is_refused = bool(user or form) and not known
        allowed = (
            scopes if known else [it for it in scopes if tokens.public and it.endswith(":pull")]
        )
        token = "" if is_refused else tokens.issue(allowed)
        body = json.dumps({"token": token, "access_token": token, "expires_in": _LIFETIME})
        self.send_response(401 if is_refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nobody reads it."""
