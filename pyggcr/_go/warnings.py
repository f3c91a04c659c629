"""What go-containerregistry warns of, on a logger of this package: the twin of native/warnings.go.

The Python engine logs the same lines where it finds them.
"""

from __future__ import annotations

from pyggcr._go.table import function
from pyggcr._os.logs import Log

__all__ = ["tell"]

_log = Log(__name__)


def tell() -> None:
    """Log what has come together, in any thread."""
    for line in function("logs.TakeWarnings")():
        _log.warning("%s", line)
