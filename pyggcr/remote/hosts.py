"""Per-host settings from the files that people have: registries.conf, daemon.json and certs.d.

They are used only on request: ``hosts="system"``, ``hosts="FILE"`` or ``hosts=Hosts(…)`` among the
options of ``pyggcr.remote`` and ``pyggcr.crane``, ``--hosts`` and ``PYGGCR_HOSTS`` on the command
line. Go has nothing like it, so ``pyggcr crane`` never reads them.

Supported are: in ``registries.conf`` (version 2) ``[[registry]]`` with ``prefix``, ``location``,
``insecure``, ``blocked``, ``mirror-by-digest-only`` and ``[[registry.mirror]]`` with ``location``,
``insecure`` and ``pull-from-mirror``; in ``daemon.json`` ``registry-mirrors``, which are mirrors of
Docker Hub, and ``insecure-registries``; in ``certs.d`` ``HOST/*.crt``, ``*.cert`` and ``*.key``.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pyggcr._os.file import read_file
from pyggcr._values.hosts import HostRule, Hosts, Mirror, normalised
from pyggcr.errors import Error, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["HostRule", "Hosts", "Mirror", "load", "system"]

_LIMIT = 16 << 20  # bytes of a file
_SYSTEM = "system"
_HUB = "docker.io"
_VARIABLE = "CONTAINERS_REGISTRIES_CONF"
_PULL = ("all", "digest-only", "tag-only")


def load(what: str) -> Hosts:
    """Read settings of hosts.

    Args:
        what: ``system``, or paths separated by ``:``, the first of which has priority. A path is a
            ``registries.conf``, a ``daemon.json`` (any name that ends in ``.json``), or a folder
            like ``certs.d``.

    Returns:
        The settings.

    Raises:
        FileAccessError: a file cannot be read.
        UnsupportedOptionError: ``registries.conf`` has version 1, or Python 3.10 lacks the package
            tomli.
        Error: a file is malformed.
    """
    if what == _SYSTEM:
        return system()
    found = Hosts()
    for path in what.split(os.pathsep):
        found = found.joined(_read(path))
    return found


def system() -> Hosts:
    """Read the settings of this user and this machine, where Podman and Docker keep them.

    These are ``$CONTAINERS_REGISTRIES_CONF``, else ``~/.config/containers/registries.conf``, else
    ``/etc/containers/registries.conf``, with the files of ``registries.conf.d``; then
    ``~/.config/docker/daemon.json`` and ``/etc/docker/daemon.json``; and ``certs.d`` of
    ``~/.config/containers``, ``/etc/containers``, ``~/.config/docker`` and ``/etc/docker``.

    Returns:
        The settings; files that do not exist are skipped.

    Raises:
        FileAccessError: a file cannot be read.
        UnsupportedOptionError: ``registries.conf`` has version 1, or Python 3.10 lacks the package
            tomli.
        Error: a file is malformed.
    """
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    named = os.environ.get(_VARIABLE)
    files = [named] if named else [f"{home}/containers/registries.conf"]
    if not named and not Path(files[0]).exists():
        files = ["/etc/containers/registries.conf"]
    found = Hosts()
    folders = [] if named else [f"{home}/containers", "/etc/containers"]
    for folder in folders:
        for path in sorted(Path(folder, "registries.conf.d").glob("*.conf"), reverse=True):
            found = found.joined(_read(str(path)))
    for file in (*files, f"{home}/docker/daemon.json", "/etc/docker/daemon.json"):
        if file == named or Path(file).exists():
            found = found.joined(_read(file))
    places = (f"{home}/containers", "/etc/containers", f"{home}/docker", "/etc/docker")
    return found.joined(Hosts(certificates=tuple(f"{it}/certs.d" for it in places)))


def _read(path: str) -> Hosts:
    if Path(path).is_dir():
        return Hosts(certificates=(path,))
    content = read_file(path, _LIMIT)
    try:
        if path.endswith(".json"):
            return _of_docker(json.loads(content or b"{}"), path)
        return _of_containers(_toml(content), path)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Error):
            raise
        raise Error(f"{path}: {error}") from None


def _toml(content: bytes) -> dict[str, Any]:
    try:
        parser = importlib.import_module("tomllib")
    except ModuleNotFoundError:
        try:
            parser = importlib.import_module("tomli")
        except ModuleNotFoundError:
            raise UnsupportedOptionError(
                "to read registries.conf takes Python 3.11 or the package tomli: "
                "pip install 'pyggcr[hosts]'"
            ) from None
    found: dict[str, Any] = parser.loads(content.decode())
    return found


def _of_docker(document: Any, path: str) -> Hosts:
    """``daemon.json``."""
    config = _table(document, "the document", path)
    mirrors = tuple(_docker_mirror(it, path) for it in _texts(config, "registry-mirrors", path))
    insecure = _texts(config, "insecure-registries", path)
    for it in insecure:
        if "/" in it:
            ipaddress.ip_network(it, strict=False)
    rule = HostRule(_HUB, mirrors=mirrors, source=path)
    return Hosts((rule,) if mirrors else (), tuple(insecure))


def _docker_mirror(url: str, path: str) -> Mirror:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Error(f"{path}: registry-mirrors takes URLs such as https://mirror.example.com")
    return Mirror(parts.netloc + parts.path.rstrip("/"), parts.scheme == "http")


def _of_containers(document: dict[str, Any], path: str) -> Hosts:
    """``registries.conf``."""
    if isinstance(document.get("registries"), dict):
        raise UnsupportedOptionError(
            f"{path} is of version 1, which has [registries.search]; version 2 has [[registry]]"
        )
    return Hosts(tuple(_rules(document, path)))


def _rules(document: dict[str, Any], path: str) -> Iterator[HostRule]:
    for given in _tables(document, "registry", path):
        location = _text(given, "location", path)
        prefix = _text(given, "prefix", path) or location
        if not prefix or (not location and not prefix.startswith("*.")):
            raise Error(f"{path}: a registry has no location")
        only_digests = _flag(given, "mirror-by-digest-only", path)
        mirrors = tuple(_mirror(it, only_digests, path) for it in _tables(given, "mirror", path))
        yield HostRule(
            normalised(prefix),
            location="" if location == prefix else location.rstrip("/"),
            insecure=_flag(given, "insecure", path),
            blocked=_flag(given, "blocked", path),
            mirrors=mirrors,
            source=path,
        )


def _mirror(given: dict[str, Any], only_digests: bool, path: str) -> Mirror:
    location = _text(given, "location", path).rstrip("/")
    pull = _text(given, "pull-from-mirror", path) or ("digest-only" if only_digests else "all")
    if not location or "://" in location:
        raise Error(f"{path}: a mirror has no location, or one with a scheme")
    if pull not in _PULL:
        raise Error(f"{path}: pull-from-mirror takes {', '.join(_PULL)}")
    return Mirror(location, _flag(given, "insecure", path), pull)


def _table(given: Any, what: str, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Error(f"{path}: {what} is no table")
    return given


def _tables(given: dict[str, Any], key: str, path: str) -> list[dict[str, Any]]:
    found = given.get(key, [])
    if not isinstance(found, list):
        raise Error(f"{path}: {key} is no list of tables")
    return [_table(it, key, path) for it in found]


def _texts(given: dict[str, Any], key: str, path: str) -> list[str]:
    found = given.get(key) or []
    if not isinstance(found, list) or not all(isinstance(it, str) for it in found):
        raise Error(f"{path}: {key} is no list of texts")
    return found


def _text(given: dict[str, Any], key: str, path: str) -> str:
    found = given.get(key, "")
    if not isinstance(found, str):
        raise Error(f"{path}: {key} is no text")
    return found


def _flag(given: dict[str, Any], key: str, path: str) -> bool:
    found = given.get(key, False)
    if not isinstance(found, bool):
        raise Error(f"{path}: {key} is neither true nor false")
    return found
