"""What go-containerregistry warns of, on a logger of this package: the twin of native/warnings.go.

The Python engine logs the same lines where it finds them.
"""

from __future__ import annotations

import logging

from pyggcr._go.table import function

__all__ = ["tell"]

_log = logging.getLogger(__name__)


def tell() -> None:
    """Log what has come together, in any thread."""
    for line in function("logs.TakeWarnings")():
        _log.warning("%s", line)
