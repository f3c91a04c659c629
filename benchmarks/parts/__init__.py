"""What is measured, part by part: each has a ``measure`` that gives figures for the JSON file."""

from __future__ import annotations
