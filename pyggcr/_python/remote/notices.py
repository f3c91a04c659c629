"""What registries tell people in ``Warning`` headers, logged once (``warnTransport`` of crane).

Go's library does not look at them, crane's command does. They are deprecations, quotas, outages to
come: whoever wants to see them listens to the logger ``pyggcr``.
"""

from __future__ import annotations

import re
import threading
from urllib.parse import urlsplit

from pyggcr._gostd.strconv import quote
from pyggcr._os.logs import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._python.remote.transport import Response

__all__ = ["Notices"]

# The code and the agent that the distribution specification wants, and a text.
_WARNING = re.compile(r'299 - [^"]*"(.*)".*', re.DOTALL)
_MOST = 100  # of one client; a registry must not fill memory or logs

_log = Log(__name__)


class Notices:
    """What one client was told already; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: set[tuple[str, str]] = set()

    def log(self, response: Response) -> None:
        """Log what an answer tells, unless it was told before."""
        for header in response.headers("Warning"):
            found = _WARNING.fullmatch(header)
            if found is None:
                continue
            shown = response.without_secrets(found[1].encode("utf-8", "surrogateescape"))
            text = shown.decode("utf-8", "surrogateescape")
            told = urlsplit(response.url).netloc.rpartition("@")[2], text
            with self._lock:
                if told in self._told or len(self._told) >= _MOST:
                    continue
                self._told.add(told)
            # Quoted: a terminal obeys control characters.
            _log.warning("%s warns: %s", told[0], quote(text), extra={"told": text})
