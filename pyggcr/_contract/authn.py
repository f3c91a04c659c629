"""pkg/authn: credentials of the default keychain."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr._values.authn import AuthConfig, Resource
else:
    from pyggcr._typing import Protocol

__all__ = ["AuthnEngine"]


class AuthnEngine(Protocol):
    """How an engine finds credentials."""

    def resolve(self, *, resource: Resource) -> AuthConfig:
        """Look up the configuration of Docker or Podman (``authn.DefaultKeychain``)."""
