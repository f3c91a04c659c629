"""Proxies of the environment on their way to Go, whose own copy is as old as the library."""

from __future__ import annotations

import os

__all__ = ["environment"]


def environment() -> dict[str, object]:
    """What native/client.go wants to know of the environment's proxies."""
    return {
        "http_proxy": _either("HTTP_PROXY", "http_proxy"),
        "https_proxy": _either("HTTPS_PROXY", "https_proxy"),
        "no_proxy": _either("NO_PROXY", "no_proxy"),
        "cgi": bool(os.environ.get("REQUEST_METHOD")),
    }


def _either(name: str, other: str) -> str:
    return os.environ.get(name) or os.environ.get(other, "")
