"""Credentials for parent namespaces, as containers-auth.json(5) and Podman have them.

The files are those of the default keychain. Where Go looks for the repository and then for any
entry of the host, here a repository belongs to the entry that is nearest above it, and an entry for
one namespace is never used for another.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._python.authn.config_file import Credential, ask_helper, environment_auths, load
from pyggcr._values.authn import AuthConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.authn import Resource

__all__ = ["resolve_by_namespace"]

_HUB = "docker.io"
_HUBS = (_HUB, "index.docker.io", "registry-1.docker.io")


def resolve_by_namespace(resource: Resource) -> AuthConfig:
    """The credentials of the nearest entry above a repository.

    The order is: ``DOCKER_AUTH_CONFIG``; the helper that ``credHelpers`` has for the registry; the
    entry of the repository, of each namespace above it, of the registry; the helper ``credsStore``.

    Returns:
        Credentials that are empty if there are none.

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
        Error: a credential helper failed.
    """
    registry = _normalised(resource.registry_str())
    name = str(resource)
    if name.startswith(resource.registry_str()):
        name = registry + name[len(resource.registry_str()) :]
    config = load()
    stored = (config.auths if config else None) or {}
    helpers = (config.helpers if config else None) or {}
    found = _nearest(environment_auths(), name, registry)
    if found is None:
        helper = next((helpers[key] for key in _aliases(registry) if key in helpers), "")
        found = ask_helper(helper, registry) if helper else None
    if found is None or found == AuthConfig():
        found = _nearest(stored, name, registry)
    if (found is None or found == AuthConfig()) and config and config.store:
        found = ask_helper(config.store, registry)
    return found or AuthConfig()


def _nearest(auths: dict[str, Credential], name: str, registry: str) -> AuthConfig | None:
    for key in _upwards(name):
        for alias in _aliases(key):
            if alias in auths:
                return auths[alias].config()
    # Old files have URLs as keys, which stand for the whole registry.
    for key, entry in auths.items():
        if "://" in key and _normalised(key.partition("://")[2].partition("/")[0]) == registry:
            return entry.config()
    return None


def _upwards(name: str) -> Iterator[str]:
    """The name, each namespace above it, and the registry."""
    while name:
        yield name
        name = name.rpartition("/")[0]


def _aliases(key: str) -> tuple[str, ...]:
    """Under which keys an entry may stand: Docker Hub has several names."""
    return _HUBS if key == _HUB else (key,)


def _normalised(host: str) -> str:
    return _HUB if host in _HUBS else host
