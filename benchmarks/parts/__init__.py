"""What is measured, part by part: each has ``measure(effort)``, which gives figures for the JSON file."""

from __future__ import annotations
