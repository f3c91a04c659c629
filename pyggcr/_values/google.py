"""Tokens of pkg/v1/google, and the registries that they are for."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field

__all__ = ["Token", "is_google"]

_HOST = "gcr.io"
_DOMAINS = (".gcr.io", ".pkg.dev", ".google.com")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token (``oauth2.Token``); without one, there are no credentials.

    Attributes:
        access_token: the token.
        expiry: when it expires, in seconds since 1970; 0 for never.
    """

    access_token: str = field(default="", repr=False)
    expiry: float = 0.0


def is_google(host: str) -> bool:
    """Whether a registry is one of Google's (``isGoogle``)."""
    return host == _HOST or host.endswith(_DOMAINS)
