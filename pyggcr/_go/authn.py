"""Credentials of the default keychain: pkg/authn through native/authn.go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyggcr._go import call, targets
from pyggcr._go.credentials import environment
from pyggcr._values.authn import AuthConfig

if TYPE_CHECKING:
    from pyggcr.name import Registry, Repository

__all__ = ["resolve"]


def resolve(resource: Registry | Repository) -> AuthConfig:
    """What the configuration of Docker or Podman has (``authn.DefaultKeychain``).

    Raises:
        JSONError: a configuration file is malformed.
        FileAccessError: it cannot be read.
    """
    request = targets.encode({**targets.of(resource), "environment": environment()})
    return AuthConfig(**json.loads(call.ask(call.data, "authn_resolve", request, len(request))))
