"""The default credentials of ``pyggcr.gcrane``."""

from __future__ import annotations

from pyggcr import google
from pyggcr.authn import DEFAULT_KEYCHAIN, MultiKeychain

__all__ = ["KEYCHAIN"]

# Google's own credentials, else those that Docker and Podman stored (``gcrane.Keychain``).
KEYCHAIN = MultiKeychain(google.KEYCHAIN, DEFAULT_KEYCHAIN)
