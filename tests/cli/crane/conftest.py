"""What the tests of the drop-in share."""

from __future__ import annotations

import pytest

from pyggcr._os import go_log


@pytest.fixture(scope="session", autouse=True)
def kept_for_warnings() -> None:
    """Open the pipe of Go's warnings before a test does: it stays open."""
    go_log.show(2, debug=False)
    go_log.hide()
