"""Running contestants side by side: processes, workers, peers, and the rounds of a contest."""

from __future__ import annotations
