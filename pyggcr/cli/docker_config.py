"""Docker's ``config.json``, where logins are kept, and the credential helpers that it names.

Only writing is done here; an engine reads. What else stands in the file stays as it is.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

from pyggcr._gostd.json.text import quote
from pyggcr._os.atomic_write import atomic_write
from pyggcr.authn import DEFAULT_AUTH_KEY
from pyggcr.errors import Error, JSONError
from pyggcr.name import DEFAULT_REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["UNENCRYPTED", "DockerConfig"]

# What Docker's library says where a password is kept in the file, https://github.com/docker/cli.
UNENCRYPTED = """
WARNING! Your credentials are stored unencrypted in '{}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

"""
_HELPER = "docker-credential-"
_OWN_FOLDER, _OWN_FILE = 0o700, 0o600
_PATIENCE = 60.0  # seconds; a helper may ask its user something


class DockerConfig:
    """The configuration file; ``path`` is where it is, or will be."""

    def __init__(self, *, as_docker: bool = False) -> None:
        """Read the file, if there is one.

        Args:
            as_docker: write the file as Docker does: its permissions stay as they are, and what a
                helper keeps is noted in it. Else only its owner may read it once it is written.
        """
        self._as_docker = as_docker
        folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
        self.path: Path = Path(folder) / "config.json"
        self._document = self._read()

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise JSONError(f"{self.path}: {error}") from None
        if not isinstance(document, dict):
            raise JSONError(f"{self.path} does not hold an object")
        return document

    def store(self, host: str, username: str, password: str) -> bool:
        """Keep credentials for a host, in the file or by the helper for it; whether in the file."""
        key = _key(host)
        if helper := self._helper(host):
            if not (self._as_docker or _is_utf8(username + password)):
                raise Error(f"{_HELPER}{helper} keeps text only, and the password is no UTF-8")
            pair = {"ServerURL": key, "Username": username, "Secret": password}
            members = (f"{quote(name)}:{quote(value)}" for name, value in pair.items())
            _run(helper, "store", f"{{{','.join(members)}}}\n")
            if self._as_docker:
                # Docker notes where there are credentials, without them.
                self._document.setdefault("auths", {})[key] = {}
                self._write()
            return False
        given = f"{username}:{password}".encode("utf-8", "surrogateescape")
        text = base64.b64encode(given).decode()
        self._document.setdefault("auths", {})[key] = {"auth": text}
        self._write()
        return True

    def erase(self, host: str) -> None:
        """Forget the credentials for a host."""
        key = _key(host)
        if helper := self._helper(host):
            _run(helper, "erase", key)
            if not self._as_docker:
                return
        self._document.setdefault("auths", {}).pop(key, None)
        self._write()

    def _helper(self, host: str) -> str:
        helpers = self._document.get("credHelpers") or {}
        return str(helpers.get(host) or self._document.get("credsStore") or "")

    def _write(self) -> None:
        self.path.parent.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
        # Only its owner may read it, from the first byte on; a link to it stays a link.
        mode = None if self._as_docker else _OWN_FILE
        with atomic_write(self.path, mode=mode, new_mode=_OWN_FILE) as file:
            auths = dict(sorted(self._document["auths"].items()))
            document = {"auths": auths} | {**self._document, "auths": auths}
            file.write(json.dumps(document, indent="\t").encode())


def _is_utf8(text: str) -> bool:
    """Whether the text holds no bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _key(host: str) -> str:
    return DEFAULT_AUTH_KEY if host == DEFAULT_REGISTRY else host


def _run(helper: str, action: str, said: str) -> None:
    program = f"{_HELPER}{helper}"
    try:
        done = subprocess.run(  # noqa: S603  (the user's own configuration names it)
            [program, action],
            input=said,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        # Not the error's own text, which could hold what was said.
        raise Error(f"{program} cannot be run: {type(error).__name__}") from None
    if done.returncode != 0:
        raise Error(f"error {action[:-1]}ing credentials: {program}: {done.stdout.strip()}")
