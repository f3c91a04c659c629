"""Where the Docker daemon listens, found as the docker command line finds it.

The order: the arguments ``host`` and ``context``, DOCKER_HOST, DOCKER_CONTEXT, the current context
of docker's config.json, the default socket. Certificates come with a context, or from
DOCKER_CERT_PATH when DOCKER_TLS_VERIFY or DOCKER_TLS is set. Go's ``client.FromEnv`` knows no
contexts; both engines of this package get what is found here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pyggcr._dataclasses import replace
from pyggcr._values.daemon import Endpoint
from pyggcr.errors import DaemonUnavailableError, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["DEFAULT_HOST", "resolve"]

DEFAULT_HOST = "unix:///var/run/docker.sock"

# Of docker's command line: opts/hosts.go.
_DEFAULT_PORT = 2375
_DEFAULT_TLS_HOST = "tcp://localhost:2376"
_DEFAULT_NAME = "localhost"
_SCHEMES = ("unix", "tcp", "http", "https")
# What no address has in it, and what urlsplit may overlook.
_BLANK = re.compile(r"[\x00-\x20\x7f]")

# The name of the context that stands for the environment and the default socket.
_DEFAULT_CONTEXT = "default"


def resolve(host: str | None = None, context: str | None = None) -> Endpoint:
    """Find the daemon that docker's command line would talk to.

    Args:
        host: as DOCKER_HOST and docker's ``--host``; default: not given.
        context: the name of a docker context, as DOCKER_CONTEXT and docker's ``--context``;
            default: not given.

    Returns:
        The address, and the settings of TLS.

    Raises:
        UnsupportedOptionError: both are given, or the address cannot be used.
        DaemonUnavailableError: there is no such context, or one of its files is missing.
        TypeError: one of them is not a text.
    """
    for given in (host, context):
        if not isinstance(given, str | None):
            raise TypeError(f"host and context take texts, not {type(given).__name__}")
    if host is not None and context is not None:
        raise UnsupportedOptionError("conflicting options: cannot specify both host and context")
    environment = os.environ
    # The command line's own names, each with its share of the decision.
    if context is None and not host and not environment.get("DOCKER_HOST"):
        context = environment.get("DOCKER_CONTEXT") or _current_context(_folder(environment))
    if context and context != _DEFAULT_CONTEXT:
        found = _from_context(_folder(environment), context)
    else:
        found = _from_environment(host or environment.get("DOCKER_HOST", ""), environment)
    return replace(found, api_version=environment.get("DOCKER_API_VERSION") or None)


def _folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _current_context(folder: Path) -> str:
    try:
        document = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return ""  # docker warns of a broken file, and goes on without
    found = document.get("currentContext") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""


def _from_environment(host: str, environment: Mapping[str, str]) -> Endpoint:
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    tls = verify or bool(environment.get("DOCKER_TLS"))
    address = _normalized(host.strip()) if host.strip() else ""
    address = address or (_DEFAULT_TLS_HOST if tls else DEFAULT_HOST)
    if not tls or address.startswith("unix:"):
        return Endpoint(address)
    certificates = environment.get("DOCKER_CERT_PATH")
    folder = Path(certificates) if certificates else _folder(environment)
    ca = folder / "ca.pem"
    if not ca.is_file():
        raise DaemonUnavailableError(
            "unable to resolve docker endpoint: " + _no_such_file(ca)
        )  # docker looks for it even where nothing is verified
    return Endpoint(
        address,
        tls=True,
        verify=verify,
        ca_file=str(ca),
        **_client_files(folder),
    )


def _client_files(folder: Path) -> dict[str, Any]:
    """The client's certificate and its key, if both are in a folder."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if not (certificate.is_file() and key.is_file()):
        return {}
    return {"client_certificate": str(certificate), "client_key": str(key)}


def _from_context(folder: Path, context: str) -> Endpoint:
    # A context's folders are named after the digest of its name: docker's cli/context/store.
    digest = hashlib.sha256(context.encode("utf-8", "surrogateescape")).hexdigest()
    described = _endpoint_of(folder / "contexts" / "meta" / digest / "meta.json", context)
    files = folder / "contexts" / "tls" / digest / "docker"
    host = described.get("Host") or DEFAULT_HOST
    if not isinstance(host, str):
        raise _broken(context, '"Host" is not a string')
    address = _checked(host)
    skip = bool(described.get("SkipTLSVerify"))
    ca = files / "ca.pem"
    client = _client_files(files)
    if address.startswith("unix:") or not (skip or ca.is_file() or client):
        return Endpoint(address)
    return Endpoint(
        address,
        tls=True,
        verify=not skip,
        ca_file=str(ca) if ca.is_file() else None,
        **client,
    )


def _endpoint_of(path: Path, context: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DaemonUnavailableError(
            f'unable to resolve docker endpoint: context "{context}": context not found: '
            + _no_such_file(path)
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(context, str(error)) from None
    try:
        endpoint = document["Endpoints"]["docker"]
    except (KeyError, TypeError):
        raise DaemonUnavailableError(
            f'unable to resolve docker endpoint: docker endpoint not found in context "{context}"'
        ) from None
    if not isinstance(endpoint, dict):
        raise _broken(context, "the docker endpoint is not an object")
    return endpoint


def _broken(context: str, why: str) -> DaemonUnavailableError:
    return DaemonUnavailableError(f'unable to resolve docker endpoint: context "{context}": {why}')


def _no_such_file(path: Path) -> str:
    return f"open {path}: no such file or directory"


def _checked(host: str) -> str:
    """The address of a daemon, if it is of a kind that can be used."""
    scheme, separator, address = host.partition("://")
    if not separator or not address:
        raise UnsupportedOptionError(f"unable to parse docker host `{host}`")
    if scheme in ("ssh", "npipe"):
        raise UnsupportedOptionError(
            f"cannot talk to {host}: {scheme}:// is not supported; forward the engine's socket, "
            "and name it as unix://…"
        )
    if scheme not in _SCHEMES:
        raise UnsupportedOptionError(f"invalid bind address format: {host}")
    if scheme != "unix":
        _split(host, host)
    return host


def _normalized(host: str) -> str:
    """What the user typed as a whole address, with the port that docker would take."""
    scheme, separator, address = host.partition("://")
    if not separator:
        scheme, address = "tcp", host
    if scheme == "unix":
        return f"unix://{address}" if address else DEFAULT_HOST
    if scheme != "tcp":
        return _checked(host)
    parts = _split(f"tcp://{address}", host)
    port = _DEFAULT_PORT if parts.port is None else parts.port
    name = parts.hostname or _DEFAULT_NAME
    return f"tcp://{f'[{name}]' if ':' in name else name}:{port}{parts.path}"


def _split(address: str, host: str) -> SplitResult:
    """The parts of an address of TCP; errors tell of what was given as the host."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (says whether it is one)
    except ValueError:
        parts = None
    if parts is None or _BLANK.search(address):
        raise UnsupportedOptionError(f"invalid bind address format: {host}")
    return parts
