"""Credentials of the default keychain: pkg/authn through native/authn.go."""

from __future__ import annotations

from pyggcr._go.credentials import decode, environment
from pyggcr._go.table import function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.authn import AuthConfig, Resource

__all__ = ["resolve"]


def resolve(*, resource: Resource) -> AuthConfig:
    """What the configuration of Docker or Podman has (``authn.DefaultKeychain``).

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
    """
    found = function("authn.Resolve")(str(resource), resource.registry_str(), environment())
    return decode(found)
