"""Credentials as an ``Authorization`` header: basic.go."""

from __future__ import annotations

import base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._python.remote.transport import Request
    from pyggcr._values.authn import Authenticator

__all__ = ["add_bearer", "add_credentials"]


def add_credentials(request: Request, auth: Authenticator) -> None:
    """Add what there is to say of the user to a request, if anything."""
    config = auth.authorization()
    if config.registry_token:
        add_bearer(request, config.registry_token)
        return
    pair = config.auth
    if config.username and config.password:
        text = f"{config.username}:{config.password}"
        pair = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
    if pair:
        request.headers["Authorization"] = f"Basic {pair}"
        request.secrets += tuple(filter(None, (pair, config.password)))


def add_bearer(request: Request, token: str) -> None:
    """Add a token to a request."""
    request.headers["Authorization"] = f"Bearer {token}"
    if token:
        request.secrets += (token,)
