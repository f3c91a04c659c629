"""Google's registries, Container Registry and Artifact Registry: pkg/v1/google.

The authenticators get a token from the environment, from gcloud or with a key, and get another one
ten seconds before it expires. ``KEYCHAIN`` does so for Google's hosts only, so it can be combined
with other keychains: ``authn.MultiKeychain(google.KEYCHAIN, authn.DEFAULT_KEYCHAIN)``.
"""

from __future__ import annotations

from pyggcr._values.google import Token
from pyggcr._values.google_tags import ManifestInfo, Tags
from pyggcr.google.authenticators import (
    TokenSource,
    new_env_authenticator,
    new_gcloud_authenticator,
    new_json_key_authenticator,
    new_token_authenticator,
    new_token_source_authenticator,
)
from pyggcr.google.keychain import KEYCHAIN, GoogleKeychain
from pyggcr.google.listing import Options, WalkFunc, list, walk  # noqa: A004  (Go's name)

__all__ = [
    "KEYCHAIN",
    "GoogleKeychain",
    "ManifestInfo",
    "Options",
    "Tags",
    "Token",
    "TokenSource",
    "WalkFunc",
    "list",
    "new_env_authenticator",
    "new_gcloud_authenticator",
    "new_json_key_authenticator",
    "new_token_authenticator",
    "new_token_source_authenticator",
    "walk",
]
