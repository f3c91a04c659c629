"""What ``docker login`` and ``podman login`` left: github.com/docker/cli/cli/config.

Files are read anew each time. Credential helpers are run without a shell, for a limited time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
from urllib.parse import urlsplit

from pyggcr._dataclasses import dataclass, field, replace
from pyggcr._gostd import base64, json
from pyggcr._gostd.json import STRING, Field, Map, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._os.file import read_file
from pyggcr._os.logs import Log
from pyggcr._python.authn import programs
from pyggcr._values.authn import (
    DEFAULT_AUTH_KEY,
    AuthConfig,
)
from pyggcr.errors import Error, FileAccessError, JSONError, TruncatedError
from pyggcr.name import DEFAULT_REGISTRY
from pyggcr.v1.kinds import STRING_MAP

__all__ = ["ConfigFile", "Credential", "ask_helper", "environment_auths", "load", "look_up"]

_HUB_ALIAS = "docker.io"
_HELPER_PREFIX = "docker-credential-"
_TOKEN_USER = "<token>"  # noqa: S105  (a helper's word for: the secret is an identity token)
_NOT_FOUND = "credentials not found in native keychain"
_HELPER_TIMEOUT = 60.0  # seconds; a helper may ask its user something

_FILE_LIMIT = 16 << 20  # bytes of a configuration file

_log = Log(__name__)


@dataclass(slots=True, repr=False)
class Credential:
    """``types.AuthConfig`` of Docker."""

    username: str = ""
    password: str = ""
    auth: str = ""
    identity_token: str = ""
    registry_token: str = ""

    def config(self) -> AuthConfig:
        return AuthConfig(
            username=self.username,
            password=self.password,
            identity_token=self.identity_token,
            registry_token=self.registry_token,
        )


@dataclass(slots=True, repr=False)
class ConfigFile:
    """``configfile.ConfigFile``, as far as it matters here."""

    auths: dict[str, Credential] | None = field(default=None)
    store: str = ""
    helpers: dict[str, str] | None = None


@dataclass(slots=True, repr=False)
class _EnvironmentEntry:
    """One host of ``DOCKER_AUTH_CONFIG``."""

    auth: str = ""


@dataclass(slots=True, repr=False)
class _Environment:
    """``DOCKER_AUTH_CONFIG``."""

    auths: dict[str, _EnvironmentEntry] | None = None


_ENTRY = Struct(
    "types.AuthConfig",
    Credential,
    Field("username", "username", STRING),
    Field("password", "password", STRING),
    Field("auth", "auth", STRING),
    Field("identity_token", "identitytoken", STRING),
    Field("registry_token", "registrytoken", STRING),
)
_CONFIG_FILE = Struct(
    "configfile.ConfigFile",
    ConfigFile,
    Field("auths", "auths", Map(_ENTRY, "map[string]types.AuthConfig")),
    Field("store", "credsStore", STRING),
    Field("helpers", "credHelpers", STRING_MAP),
)


_ENVIRONMENT_ENTRY = Struct(
    "configfile.configEnvAuth", _EnvironmentEntry, Field("auth", "auth", STRING)
)
_ENVIRONMENT = Struct(
    "configfile.configEnv",
    _Environment,
    Field("auths", "auths", Map(_ENVIRONMENT_ENTRY, "map[string]configfile.configEnvAuth")),
)


@dataclass(slots=True, repr=False)
class _Credentials:
    """What a helper answers."""

    user: str = ""
    secret: str = ""


_CREDENTIALS = Struct(
    "credentials.Credentials",
    _Credentials,
    Field("user", "Username", STRING),
    Field("secret", "Secret", STRING),
)


def load() -> ConfigFile | None:
    """Docker's configuration if there is one, else Podman's."""
    home = os.environ.get("HOME", "")
    docker = os.environ.get("DOCKER_CONFIG", "")
    if (home and _is_file(posixpath.join(home, ".docker/config.json"))) or (
        docker and _is_file(posixpath.join(docker, "config.json"))
    ):
        return _load_docker(docker or posixpath.join(home, ".docker"))
    for path in (os.environ.get("REGISTRY_AUTH_FILE", ""), _podman_file(home)):
        if path and _is_file(path):
            return _parse(read_file(path, _FILE_LIMIT))
    return None


def _load_docker(folder: str) -> ConfigFile:
    path = posixpath.join(folder, "config.json")
    try:
        data = read_file(path, _FILE_LIMIT)
    except FileAccessError as error:
        if error.errno == errno.ENOENT:
            return ConfigFile()  # there is one, but DOCKER_CONFIG says elsewhere
        raise type(error)(f"loading config file: {error.message}", error.errno) from None
    try:
        return _parse(data)
    except Error as error:
        raise type(error)(f"parsing config file ({path}): {error.message}") from None


def _podman_file(home: str) -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    config = os.environ.get("XDG_CONFIG_HOME", "") or (
        posixpath.join(home, ".config") if home else ""
    )
    path = posixpath.join(runtime, "containers/auth.json")
    if (not runtime or not _is_file(path)) and config:
        path = posixpath.join(config, "containers/auth.json")
    return path


def _is_file(path: str) -> bool:
    return os.path.exists(path) and not os.path.isdir(path)


def _parse(data: bytes) -> ConfigFile:
    """``ConfigFile.LoadFromReader``; an empty file is an empty configuration."""
    try:
        config: ConfigFile = json.decode(data, _CONFIG_FILE)
    except TruncatedError as error:
        if error.message != "EOF":
            raise
        return ConfigFile()
    for entry in (config.auths or {}).values():
        if entry.auth:
            entry.username, entry.password = _decode_auth(entry.auth)
            entry.auth = ""
    return config


def _decode_auth(auth: str) -> tuple[str, str]:
    """User and password (``decodeAuth``)."""
    decoded = base64.decode(auth.encode("utf-8", "surrogateescape"))
    user, colon, password = decoded.decode("utf-8", "surrogateescape").partition(":")
    if not colon or not user:
        raise JSONError("invalid auth configuration file")
    return user, password.strip("\x00")


def look_up(config: ConfigFile, key: str) -> AuthConfig:
    """``ConfigFile.GetAuthConfig``."""
    if key in (_HUB_ALIAS, DEFAULT_REGISTRY):
        key = DEFAULT_AUTH_KEY
    from_environment = environment_auths().get(key)
    if from_environment is not None:
        return from_environment.config()
    stored = _look_up_in_file(config, key)
    helper = (config.helpers or {}).get(key, config.store)
    if not helper:
        return stored
    found = ask_helper(helper, key)
    return replace(
        stored,
        username=found.username,
        password=found.password,
        identity_token=found.identity_token,
    )


def ask_helper(helper: str, key: str) -> AuthConfig:
    """What a credential helper has, empty if it has nothing (``nativeStore.Get``).

    Raises:
        Error: it cannot be run, or failed.
    """
    credentials = _run_helper(helper, key)
    if credentials.user == _TOKEN_USER:
        return AuthConfig(identity_token=credentials.secret)
    return AuthConfig(username=credentials.user, password=credentials.secret)


def _look_up_in_file(config: ConfigFile, key: str) -> AuthConfig:
    auths = config.auths or {}
    if key in auths:
        return auths[key].config()
    # Old files have URLs as keys.
    for address, entry in auths.items():
        if key == _host_of(address):
            return entry.config()
    return AuthConfig()


def _host_of(address: str) -> str:
    """``credentials.ConvertToHostname``."""
    if "://" in address:
        with contextlib.suppress(ValueError):
            parts = urlsplit(address)
            host = parts.netloc.rpartition("@")[2]
            if parts.hostname:
                return host if parts.port is not None else host.rstrip(":")
    return address.partition("://")[2].partition("/")[0] or address.partition("/")[0]


def environment_auths() -> dict[str, Credential]:
    """What ``DOCKER_AUTH_CONFIG`` holds; what cannot be read is passed over, as in Docker."""
    text = os.environ.get("DOCKER_AUTH_CONFIG", "")
    if not text:
        return {}
    try:
        return _parse_environment(text)
    except Error as error:
        what = "Failed to create credential store from DOCKER_AUTH_CONFIG: "
        # As Docker prints it: with two spaces, and the command line adds no time.
        _log.warning("%s %s", what, error.message, extra={"plain": True})
        return {}


def _parse_environment(text: str) -> dict[str, Credential]:
    """``parseEnvConfig``: what the variable holds besides ``auths`` makes all of it invalid."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        found, more = json.decode_strictly(data, _ENVIRONMENT)
    except TruncatedError as error:
        if error.message != "EOF":
            raise
        return {}
    if more:
        raise JSONError("DOCKER_AUTH_CONFIG does not support more than one JSON object")
    entries = {}
    for address, entry in (found.auths or {}).items():
        if not entry.auth:
            raise JSONError(
                "DOCKER_AUTH_CONFIG environment variable is missing key `auth` for " + address
            )
        username, password = _decode_auth(entry.auth)
        entries[address] = Credential(username, password)
    return entries


def _run_helper(helper: str, key: str) -> _Credentials:
    """Run a credential helper (``client.Get``)."""
    program = _HELPER_PREFIX + helper
    found = programs.find(program)
    if found is None:
        raise _failure(f"exec: {quote(program)}: executable file not found in $PATH", "")
    asked = key.encode("utf-8", "surrogateescape")
    try:
        code, output = programs.run([found, "get"], asked, _HELPER_TIMEOUT)
    except programs.ProgramError as error:
        raise _failure(error.message, "") from None
    shown = output.decode("utf-8", "surrogateescape").strip()
    if code != 0:
        if shown == _NOT_FOUND:
            return _Credentials()
        raise _failure(f"exit status {code}", shown)
    credentials: _Credentials = json.decode(output, _CREDENTIALS)
    return credentials


def _failure(reason: str, output: str) -> Error:
    return Error(f"error getting credentials - err: {reason}, out: `{output}`")
