"""Loggers of the standard library that cost nothing until somebody listens or is warned.

To import ``logging`` takes longer than to parse a reference. Until somebody else has imported it,
nobody can listen to what is less than a warning.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Log"]


class Log:
    """What a module tells the logger of a name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def enabled(self) -> bool:
        """Whether anybody listens to debugging messages."""
        logger = self._logger_in_use()
        return logger is not None and logger.isEnabledFor(sys.modules["logging"].DEBUG)

    def debug(self, text: str, *values: object) -> None:
        """For who debugs."""
        logger = self._logger_in_use()
        if logger is not None:
            logger.debug(text, *values, stacklevel=2)

    def info(self, text: str, *values: object) -> None:
        """For who wants to see what happens."""
        logger = self._logger_in_use()
        if logger is not None:
            logger.info(text, *values, stacklevel=2)

    def warning(
        self, text: str, *values: object, extra: Mapping[str, object] | None = None
    ) -> None:
        """For everybody: without a handler, it is written to standard error."""
        import logging

        logging.getLogger(self._name).warning(text, *values, extra=extra, stacklevel=2)

    def _logger_in_use(self) -> logging.Logger | None:
        """The logger, if ``logging`` was imported; another thread may be about to."""
        get: Any = getattr(sys.modules.get("logging"), "getLogger", None)
        return None if get is None else get(self._name)
