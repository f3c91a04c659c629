# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The encoders of Go 1.21 to 1.26: which one a level has, as compress/flate's deflate.go says.

Here are those for BestSpeed and HuffmanOnly; matches are found by ``deflatefast``, blocks
written by ``blocks126``. Other levels have ``deflate``.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.blocks126 import BlockWriter
from pyggcr._gostd.gzip.deflatefast import Search
from pyggcr._gostd.gzip.encoder import StoreEncoder
from pyggcr._gostd.gzip.tokens import MAX_STORED
from pyggcr._gostd.gzip_options import BEST_SPEED, HUFFMAN_ONLY, NO_COMPRESSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.bits import BitWriter
    from pyggcr._gostd.gzip.encoder import Encoder

__all__ = ["encoder"]

# Small last blocks are not searched: up to 16 bytes are stored, below 128 only Huffman-coded.
_MAX_STORED_TAIL = 16
_MIN_SEARCHED = 128


def encoder(level: int, writer: BitWriter) -> Encoder:
    """The encoder of a level (``compressor.init``)."""
    blocks = BlockWriter(writer)
    if level == NO_COMPRESSION:
        return StoreEncoder(blocks)
    if level == HUFFMAN_ONLY:
        return _HuffmanOnlyEncoder(blocks)
    if level == BEST_SPEED:
        return _FastEncoder(blocks)
    from pyggcr._gostd.gzip.deflate import DeflateEncoder

    return DeflateEncoder(level, blocks)


class _FastEncoder:
    """Searches block by block; where that gains little, only Huffman-codes (``encSpeed``)."""

    block_size = MAX_STORED

    def __init__(self, blocks: BlockWriter) -> None:
        self._blocks = blocks
        self._search = Search()

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a full block, or a shorter one that is the last."""
        blocks = self._blocks
        if last and len(block) < _MIN_SEARCHED:
            if len(block) > _MAX_STORED_TAIL:
                blocks.write_literals(block)
            elif block:
                blocks.write_stored(block)
            return
        tokens = self._search.tokens(block)
        if len(tokens) > len(block) - (len(block) >> 4):
            blocks.write_literals(block)
        else:
            blocks.write_dynamic(tokens, block)

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()


class _HuffmanOnlyEncoder:
    """Looks for no matches (``storeHuff``)."""

    block_size = MAX_STORED

    def __init__(self, blocks: BlockWriter) -> None:
        self._blocks = blocks

    def encode(self, block: bytes, *, last: bool) -> None:  # noqa: ARG002
        """Encode a block; an empty one, at the end, is left out."""
        if block:
            self._blocks.write_literals(block)

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()
