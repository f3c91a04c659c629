"""Configurations of credentials, each read by crane and by ``pyggcr crane`` on both engines.

``python -m support.credential_table [PATTERN]`` prints what came of each. ``{r}`` is a stand-in for
a registry, which notes what it is asked with which credentials.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from support.crane_lines import run_ours, run_real
from support.fake_server import Answer, Asked, FakeServer

__all__ = ["CONFIGURATIONS", "KNOWN", "Configuration", "StandIn", "differences"]

_MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
_DIGEST = "sha256:" + hashlib.sha256(_MANIFEST).hexdigest()
_DOCKER = "home/.docker/config.json"
_SCRIPT = """#!/bin/sh
echo "$1 $(cat)" >> "$HELPER_LOG"
"""


def auth(user: str, password: str | bytes = "secret") -> str:
    """What ``auth`` holds."""
    secret = password.encode() if isinstance(password, str) else password
    return base64.b64encode(user.encode() + b":" + secret).decode()


def login(user: str, host: str = "{r}") -> dict:
    """A configuration with one login."""
    return {"auths": {host: {"auth": auth(user)}}}


@dataclass(frozen=True)
class Configuration:
    """Where credentials are.

    Attributes:
        files: contents by their paths in the folder; what is no text is written as JSON.
        environment: more variables; ``{d}`` is the folder.
        helpers: what ``docker-credential-NAME`` does after it noted what it was asked.
        repository: what is asked for.
        tokens: the registry wants tokens instead of a name and a password.
        modes: permissions of files.
    """

    name: str
    files: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    repository: str = "{r}/team/app"
    tokens: bool = False
    modes: dict[str, int] = field(default_factory=dict)


def _entry(name: str, **entry: str) -> Configuration:
    return Configuration(name, {_DOCKER: {"auths": {"{r}": entry}}}, tokens="token" in name)


def _text(name: str, text: str) -> Configuration:
    return Configuration(name, {_DOCKER: text})


def _helper(name: str, config: dict, script: str, **more: object) -> Configuration:
    return Configuration(name, {_DOCKER: config}, helpers={"tests": script}, **more)


def _variable(name: str, value: object, files: dict | None = None) -> Configuration:
    text = value if isinstance(value, str) else json.dumps(value)
    return Configuration(name, files or {}, {"DOCKER_AUTH_CONFIG": text})


def _answer(user: str, secret: str = "secret") -> str:
    answer = json.dumps({"ServerURL": "x", "Username": user, "Secret": secret})
    return f"echo '{answer}'"


_BY_HELPER = {"credHelpers": {"{r}": "tests"}}
_BY_STORE = {"credsStore": "tests"}
_PODMAN = "home/.config/containers/auth.json"
_RUN = "run/containers/auth.json"

CONFIGURATIONS = [
    Configuration("nothing"),
    # What an entry holds.
    _entry("auth", auth=auth("ann")),
    _entry("user and password", username="ann", password="secret"),
    _entry("auth wins over user and password", auth=auth("ann"), username="bob", password="x"),
    _entry("a password of other bytes", auth=auth("ann", b"p\xe4ss\xff")),
    _entry("a password with colons", auth=auth("ann", "a:b:c")),
    _entry("NULs behind a password", auth=auth("ann", "secret\0\0")),
    _entry("an empty password", auth=auth("ann", "")),
    _entry("a user only", username="ann"),
    _entry("an identity token", identitytoken="refresh-me"),
    _entry("an identity token beside auth", auth=auth("ann"), identitytoken="refresh-me"),
    _entry("a registry token", registrytoken="as-it-is"),
    _entry("an empty entry"),
    # Under which key.
    Configuration("a URL as key", {_DOCKER: login("ann", "https://{r}/v1/")}),
    Configuration("a URL of version 2 as key", {_DOCKER: login("ann", "http://{r}/v2/")}),
    Configuration("a repository as key", {_DOCKER: login("ann", "{r}/team/app")}),
    Configuration(
        "a repository and its registry",
        {_DOCKER: {"auths": {**login("ann", "{r}/team/app")["auths"], **login("bob")["auths"]}}},
    ),
    Configuration("a namespace as key", {_DOCKER: login("ann", "{r}/team")}),
    Configuration("another registry", {_DOCKER: login("ann", "other.example.com")}),
    # Which file.
    Configuration(
        "DOCKER_CONFIG", {"docker/config.json": login("ann")}, {"DOCKER_CONFIG": "{d}/docker"}
    ),
    Configuration(
        "DOCKER_CONFIG wins over the home",
        {"docker/config.json": login("ann"), _DOCKER: login("bob")},
        {"DOCKER_CONFIG": "{d}/docker"},
    ),
    Configuration(
        "DOCKER_CONFIG has no file, the home has",
        {_DOCKER: login("ann")},
        {"DOCKER_CONFIG": "{d}/docker"},
    ),
    Configuration("Podman's file in the home", {_PODMAN: login("ann")}),
    Configuration(
        "Podman's file of the session",
        {_RUN: login("ann"), _PODMAN: login("bob")},
        {"XDG_RUNTIME_DIR": "{d}/run"},
    ),
    Configuration(
        "Podman's file where XDG_CONFIG_HOME is",
        {"config/containers/auth.json": login("ann"), _PODMAN: login("bob")},
        {"XDG_CONFIG_HOME": "{d}/config"},
    ),
    Configuration(
        "REGISTRY_AUTH_FILE",
        {"auth.json": login("ann"), _PODMAN: login("bob")},
        {"REGISTRY_AUTH_FILE": "{d}/auth.json"},
    ),
    Configuration(
        "REGISTRY_AUTH_FILE that is not there",
        {_PODMAN: login("ann")},
        {"REGISTRY_AUTH_FILE": "{d}/nothing.json"},
    ),
    Configuration(
        "Docker's file wins over REGISTRY_AUTH_FILE",
        {_DOCKER: {}, "auth.json": login("ann")},
        {"REGISTRY_AUTH_FILE": "{d}/auth.json"},
    ),
    # The variable with the content.
    _variable("DOCKER_AUTH_CONFIG alone", login("ann")),
    _variable("DOCKER_AUTH_CONFIG wins over a file", login("ann"), {_DOCKER: login("bob")}),
    _variable("DOCKER_AUTH_CONFIG for another", login("ann", "x"), {_DOCKER: login("bob")}),
    _variable("DOCKER_AUTH_CONFIG that is none", "{", {_DOCKER: login("bob")}),
    _variable(
        "DOCKER_AUTH_CONFIG with more", {**login("ann"), **_BY_STORE}, {_DOCKER: login("bob")}
    ),
    # Helpers.
    _helper("a helper for the registry", _BY_HELPER, _answer("ann")),
    _helper("a store", _BY_STORE, _answer("ann")),
    _helper("a helper beside a login", {**_BY_HELPER, **login("bob")}, _answer("ann")),
    _helper("a helper's identity token", _BY_STORE, _answer("<token>", "refresh-me"), tokens=True),
    _helper(
        "a helper that has none",
        _BY_STORE,
        "echo 'credentials not found in native keychain'; exit 1",
    ),
    _helper("a helper that fails", _BY_STORE, "echo locked; exit 3"),
    _helper("a helper that answers nothing", _BY_STORE, "true"),
    _helper("a helper that answers no JSON", _BY_STORE, "echo nothing"),
    Configuration("a helper that is missing", {_DOCKER: {"credsStore": "missing"}}),
    Configuration(
        "a helper of ECR that is missing", {_DOCKER: {"credHelpers": {"{r}": "ecr-login"}}}
    ),
    Configuration(
        "a helper for another registry is not run",
        {_DOCKER: {"credHelpers": {"other.example.com": "missing"}, **login("ann")}},
    ),
    # What is damaged.
    _text("an empty file", ""),
    _text("half a file", '{"auths":'),
    _text("a list", "[]"),
    _text("a number where a login is", '{"auths":{"{r}":1}}'),
    _text("no Base64", '{"auths":{"{r}":{"auth":"!"}}}'),
    _text("no colon", '{"auths":{"{r}":{"auth":"YW5u"}}}'),
    _text("a damaged login of another registry", '{"auths":{"other.example.com":{"auth":"!"}}}'),
    _text("a name twice", '{"auths":{"{r}":{"auth":"' + auth("ann") + '"}},"auths":{}}'),
    Configuration("a folder in the place of the file", {_DOCKER + "/x": ""}),
    Configuration(
        "a damaged file of Podman", {"auth.json": "{"}, {"REGISTRY_AUTH_FILE": "{d}/auth.json"}
    ),
]

# What may differ, and why.
KNOWN: dict[str, str] = {}


class StandIn:
    """A registry that has one image, for whoever shows credentials; notes what it is asked."""

    def __init__(self, *, tokens: bool) -> None:
        self.server = FakeServer(self._answer)
        self.host = self.server.host
        self._tokens = tokens

    def _answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path == "/token":
            return Answer(200, b'{"access_token":"given"}')
        if "authorization" not in asked.headers or path == "/v2/":
            challenge = 'Basic realm="stand-in"'
            if self._tokens:
                challenge = f'Bearer realm="http://{self.host}/token",service="stand-in"'
            return Answer(
                401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"WWW-Authenticate": challenge}
            )
        headers = {
            "Content-Type": "application/vnd.oci.image.manifest.v1+json",
            "Docker-Content-Digest": _DIGEST,
        }
        return Answer(200, _MANIFEST, headers)

    def take(self) -> list[tuple[str, ...]]:
        """What was asked since the last time: method, path, credentials, body."""
        asked = [
            (it.method, it.path, it.headers.get("authorization", ""), it.body.decode())
            for it in self.server.asked
        ]
        self.server.asked.clear()
        return asked

    def close(self) -> None:
        self.server.close()


def differences(configuration: Configuration, engine: str, stand_in: StandIn) -> list[str]:
    """What ``pyggcr crane`` does otherwise than crane; one run of each by one."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wanted = _outcome(configuration, folder, stand_in, run_real, {})
        got = _outcome(configuration, folder, stand_in, run_ours, {"PYGGCR_ENGINE": engine})
    return [
        f"{what}: crane {wanted[what]!r}, pyggcr {got[what]!r}"
        for what in wanted
        if wanted[what] != got[what]
    ]


def _outcome(
    configuration: Configuration,
    folder: Path,
    stand_in: StandIn,
    runner: object,
    more: dict[str, str],
) -> dict[str, object]:
    environment = {**_prepare(configuration, folder, stand_in.host), **more}
    repository = configuration.repository.replace("{r}", stand_in.host)
    outcome: dict[str, object] = {}
    for words in (
        ["auth", "get", repository.partition("/")[0]],
        ["digest", f"{repository}:1"],
    ):
        code, output, errors = runner("crane", words, environment, b"", folder)
        outcome[f"{words[0]} code"] = code
        outcome[f"{words[0]} output"] = output
        outcome[f"{words[0]} errors"] = _without_time(errors.decode("utf-8", "surrogateescape"))
    outcome["requests"] = stand_in.take()
    log = folder / "helper.log"
    outcome["helpers"] = log.read_text() if log.exists() else ""
    return outcome


def _without_time(text: str) -> str:
    return re.sub(r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "TIME ", text)


def _prepare(configuration: Configuration, folder: Path, host: str) -> dict[str, str]:
    """Write the files; the environment for the program."""
    for it in list(folder.iterdir()):
        shutil.rmtree(it) if it.is_dir() else it.unlink()
    (folder / "home").mkdir()
    for path, content in configuration.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        target.write_text(text.replace("{r}", host))
    (folder / "bin").mkdir()
    for name, script in configuration.helpers.items():
        helper = folder / "bin" / f"docker-credential-{name}"
        helper.write_text(f"{_SCRIPT}{script}\n")
        helper.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "HELPER_LOG": str(folder / "helper.log"),
        **{
            name: value.replace("{d}", str(folder)).replace("{r}", host)
            for name, value in configuration.environment.items()
        },
    }


def _main() -> None:
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    same = rows = 0
    for tokens in (False, True):
        stand_in = StandIn(tokens=tokens)
        for it in CONFIGURATIONS:
            if it.tokens != tokens or pattern not in it.name:
                continue
            for engine in ("go", "python"):
                found = differences(it, engine, stand_in)
                rows += 1
                same += not found
                sys.stdout.write(
                    "\n  ".join(
                        [f"{'DIFFERENT' if found else 'same'}: {engine}, {it.name}", *found]
                    )
                    + "\n"
                )
        stand_in.close()
    sys.stdout.write(f"{same} of {rows} are the same\n")


if __name__ == "__main__":
    _main()
