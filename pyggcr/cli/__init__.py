"""The command line: parses options, calls the library, prints what it returns.

Importing this imports click and nothing heavier; each command imports what it needs when it
runs, so that ``pyggcr digest`` starts fast. Knowledge about images does not belong here.
"""

from __future__ import annotations

from pyggcr.cli.app import app, main

__all__ = ["app", "main"]
