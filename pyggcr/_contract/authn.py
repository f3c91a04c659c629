"""pkg/authn: credentials of the default keychain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyggcr._values.authn import AuthConfig, Resource

__all__ = ["AuthnEngine"]


class AuthnEngine(Protocol):
    """How an engine finds credentials."""

    def resolve(self, *, resource: Resource) -> AuthConfig:
        """Look up the configuration of Docker or Podman (``authn.DefaultKeychain``)."""
