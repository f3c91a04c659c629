"""Registries of Google and tokens for them: pkg/v1/google and golang.org/x/oauth2/google.

``listing`` lists repositories. ``application_default`` finds the credentials of the environment,
``federation`` those of other clouds, ``metadata`` those of a machine at Google; ``tokens`` talks to
token servers. Nothing here keeps a token: that is the public module's business.
"""

from __future__ import annotations

from pyggcr._python.google.application_default import env_token
from pyggcr._python.google.gcloud import gcloud_token
from pyggcr._python.google.listing import list  # noqa: A004  (Go's name)
from pyggcr._python.google.service_account import key_token

__all__ = ["env_token", "gcloud_token", "key_token", "list"]
