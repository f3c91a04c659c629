"""The default keychain: pkg/authn/keychain.go.

``config_file`` reads what ``docker login`` and ``podman login`` left, ``programs`` runs credential
helpers, ``namespaces`` looks for parent namespaces, as Podman does and Go does not.
"""

from __future__ import annotations

from pyggcr._python.authn.config_file import load, look_up
from pyggcr._values.authn import DEFAULT_AUTH_KEY, AuthConfig
from pyggcr.name import DEFAULT_REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.authn import Resource

__all__ = ["resolve"]


def resolve(resource: Resource) -> AuthConfig:
    """The credentials for a registry or repository (``defaultKeychain.Resolve``).

    Returns:
        Credentials that are empty if there are none.

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
        Error: a credential helper failed.
    """
    config = load()
    if config is None:
        return AuthConfig()
    found = AuthConfig()
    for key in (str(resource), resource.registry_str()):
        found = look_up(config, DEFAULT_AUTH_KEY if key == DEFAULT_REGISTRY else key)
        if found != AuthConfig():
            break
    return found
