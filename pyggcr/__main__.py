"""``python -m pyggcr``: the command line, as the ``pyggcr`` script runs it."""

from __future__ import annotations

from pyggcr.cli import main

if __name__ == "__main__":
    main()
