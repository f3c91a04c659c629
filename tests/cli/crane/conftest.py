"""What the tests of the drop-in share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _warnings(kept_for_warnings) -> None:
    """Open the pipe of Go's warnings before a test does."""
