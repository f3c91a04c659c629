"""Options of pkg/crane: those of ``pyggcr.remote``, with other credentials by default."""

from __future__ import annotations

from pyggcr.authn import DEFAULT_KEYCHAIN
from pyggcr.remote.options import Options

__all__ = ["with_keychain"]


def with_keychain(options: Options) -> Options:
    """Add Docker's and Podman's stored credentials to options that name none."""
    if options.get("auth") is None and options.get("keychain") is None:
        return {**options, "keychain": DEFAULT_KEYCHAIN}
    return options
