"""The JSON of ``AuthConfig``: pkg/authn/authn.go.

A module of its own, since few programs need it and importing encoding/json takes a while.
"""

from __future__ import annotations

from pyggcr._dataclasses import replace
from pyggcr._gostd import base64, json
from pyggcr._gostd.json import STRING, Field, Struct
from pyggcr._gostd.strconv import trim_space
from pyggcr._values.authn import AuthConfig
from pyggcr.errors import JSONError

__all__ = ["marshal", "parse"]

_AUTH_CONFIG = Struct(
    "authn.authConfig",
    AuthConfig,
    Field("username", "username", STRING, omitempty=True),
    Field("password", "password", STRING, omitempty=True),
    Field("auth", "auth", STRING, omitempty=True),
    Field("identity_token", "identitytoken", STRING, omitempty=True),
    Field("registry_token", "registrytoken", STRING, omitempty=True),
)


def marshal(config: AuthConfig) -> bytes:
    """``AuthConfig.MarshalJSON``."""
    if config.username or config.password:
        config = replace(config, auth=_encode(config.username, config.password))
    return json.marshal(config)


def parse(data: bytes) -> AuthConfig:
    """``AuthConfig.UnmarshalJSON``; Go fills in what it can beside an error, which is lost here."""
    config: AuthConfig = json.unmarshal(data, _AUTH_CONFIG)
    if config.auth:
        try:
            username, password = _decode(config.auth)
        except JSONError as error:
            raise JSONError(f"unable to decode auth field: {error.message}") from None
        return replace(config, username=username, password=password)
    if config.username and config.password:
        return replace(config, auth=_encode(config.username, config.password))
    return config


def _decode(auth: str) -> tuple[str, str]:
    """``decodeDockerConfigFieldAuth``; padding may be left out."""
    text = auth.encode("utf-8", "surrogateescape")
    padded = trim_space(auth).endswith("=")
    decoded = base64.decode(text) if padded else base64.decode_raw(text)
    user, colon, password = decoded.decode("utf-8", "surrogateescape").partition(":")
    if not colon:
        raise JSONError("must be formatted as base64(username:password)")
    return user, password


def _encode(username: str, password: str) -> str:
    return base64.encode(f"{username}:{password}".encode("utf-8", "surrogateescape"))
