"""Tar archives as Go's archive/tar reads and writes them: same entries, same bytes, same errors.

Reading: header parses one block, pax and sparse what extends it, content gives an entry's bytes,
and reader walks the archive. walk only says of a stream, and much faster, that a reader would find
nothing wrong in it. Writing: formats decides which format holds a header, blocks and fields turn it
into bytes, and writer writes an archive with them; entry is a plain file whose length is known.
Writer is imported from there: most commands write no archive.
"""

from __future__ import annotations

from pyggcr._gostd.tar.content import EntryReader
from pyggcr._gostd.tar.header import Header
from pyggcr._gostd.tar.reader import Reader
from pyggcr._gostd.tar.walk import Walk

__all__ = ["EntryReader", "Header", "Reader", "Walk"]
