"""Reading tar archives as Go's archive/tar does: same entries, same content, same errors.

header parses one block, pax and sparse what extends it, content gives an entry's bytes, and
reader walks the archive. walk only says of a stream, and much faster, that a reader would find
nothing wrong in it. Writing archives is not here.
"""

from __future__ import annotations

from pyggcr._gostd.tar.content import EntryReader
from pyggcr._gostd.tar.header import Header
from pyggcr._gostd.tar.reader import Reader
from pyggcr._gostd.tar.walk import Walk

__all__ = ["EntryReader", "Header", "Reader", "Walk"]
