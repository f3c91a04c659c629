"""Registries of Google: pkg/v1/google.

Their lists name manifests with their sizes and times, and the repositories below.
"""

from __future__ import annotations

from pyggcr._values.google_tags import ManifestInfo, Tags
from pyggcr.google.listing import Options, WalkFunc, list, walk  # noqa: A004  (Go's name)

__all__ = ["ManifestInfo", "Options", "Tags", "WalkFunc", "list", "walk"]
