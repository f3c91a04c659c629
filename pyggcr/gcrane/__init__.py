"""The functions behind the command ``gcrane``: pkg/gcrane.

They build on ``crane`` and ``google``, and use credentials for Google's registries beside those
that Docker and Podman stored.
"""

from __future__ import annotations

from pyggcr.gcrane.copying import Options, copy, copy_repository, gcr_backoff
from pyggcr.gcrane.keychain import KEYCHAIN

__all__ = ["KEYCHAIN", "Options", "copy", "copy_repository", "gcr_backoff"]
