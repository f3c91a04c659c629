"""Credentials as the value of an ``Authorization`` header: basic.go."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyggcr.authn import Authenticator

__all__ = ["basic_header"]


def basic_header(auth: Authenticator) -> str:
    """The value of the header, empty if there is nothing to say."""
    config = auth.authorization()
    if config.registry_token:
        return f"Bearer {config.registry_token}"
    if config.username and config.password:
        pair = f"{config.username}:{config.password}".encode("utf-8", "surrogateescape")
        return f"Basic {base64.b64encode(pair).decode()}"
    return f"Basic {config.auth}" if config.auth else ""
