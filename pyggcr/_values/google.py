"""The values of pkg/v1/google that engines hand to the public module."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field

__all__ = ["Token"]


@dataclass(frozen=True, slots=True)
class Token:
    """An access token (``oauth2.Token``); without one, there are no credentials.

    Attributes:
        expiry: when it ends, in seconds since 1970; 0 for never.
    """

    access_token: str = field(default="", repr=False)
    expiry: float = 0.0
