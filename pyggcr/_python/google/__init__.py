"""Registries of Google: pkg/v1/google."""

from __future__ import annotations

from pyggcr._python.google.listing import list  # noqa: A004  (Go's name)

__all__ = ["list"]
