# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The encoders of Go 1.27: which one a level has, as compress/flate's deflate.go says.

Here are those for levels 1 to 6, whose matches ``level1`` to ``level6`` find, and for
HuffmanOnly; blocks are written by ``blocks127``. Levels 7 to 9 have ``deflatelazy``.
"""

from __future__ import annotations

import importlib

from pyggcr._gostd.gzip.blocks127 import BlockWriter
from pyggcr._gostd.gzip.encoder import StoreEncoder
from pyggcr._gostd.gzip.estimate import ESTIMATORS
from pyggcr._gostd.gzip.tokens import MAX_STORED
from pyggcr._gostd.gzip_options import HUFFMAN_ONLY, NO_COMPRESSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr._gostd.gzip.bits import BitWriter
    from pyggcr._gostd.gzip.encoder import Encoder
    from pyggcr._gostd.gzip.tokens import Tokens
else:
    from pyggcr._typing import Protocol

__all__ = ["encoder"]

_LAST_FAST_LEVEL = 6

# logNewTablePenalty, by what the encoder is like.
_HUFFMAN_ONLY_PENALTY = 10
_FAST_PENALTY = 7
_LAZY_PENALTY = 8

# Small last blocks are not searched: up to 32 bytes are stored, below 128 only Huffman-coded.
_MAX_STORED_TAIL = 32
_MIN_SEARCHED = 128


class Search(Protocol):
    """Finds matches, block by block (``fastEnc``)."""

    def tokens(self, block: bytes) -> Tokens: ...


def encoder(profile: str, level: int, writer: BitWriter) -> Encoder:
    """The encoder of a level (``compressor.init``), as a profile of Go 1.27 has it."""

    def blocks(penalty_shift: int) -> BlockWriter:
        return BlockWriter(writer, penalty_shift, ESTIMATORS[profile])

    if level == NO_COMPRESSION:
        return StoreEncoder(blocks(0))
    if level == HUFFMAN_ONLY:
        return _HuffmanOnlyEncoder(blocks(_HUFFMAN_ONLY_PENALTY))
    if level <= _LAST_FAST_LEVEL:
        finder = importlib.import_module(f"pyggcr._gostd.gzip.level{level}")
        return _FastEncoder(blocks(_FAST_PENALTY), finder.Search())
    from pyggcr._gostd.gzip.deflatelazy import LazyEncoder

    return LazyEncoder(level, blocks(_LAZY_PENALTY))


class _FastEncoder:
    """Searches block by block; where that gains little, only Huffman-codes (``deflateFast``)."""

    block_size = MAX_STORED

    def __init__(self, blocks: BlockWriter, search: Search) -> None:
        self._blocks = blocks
        self._search = search

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a full block, or a shorter one that is the last."""
        blocks = self._blocks
        if last and len(block) < _MIN_SEARCHED:
            if len(block) > _MAX_STORED_TAIL:
                blocks.write_literals(block, last=True)
            elif block:
                blocks.write_stored(block)
            return
        tokens = self._search.tokens(block)
        if not tokens.matches:
            blocks.write_stored(block)
        elif len(tokens) > len(block) - (len(block) >> 4):
            blocks.write_literals(block, last=last)
        else:
            blocks.write_dynamic(tokens, block, last=last)

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()


class _HuffmanOnlyEncoder:
    """Looks for no matches (``deflateHuff``)."""

    block_size = 32 << 10

    def __init__(self, blocks: BlockWriter) -> None:
        self._blocks = blocks

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a block; an empty one, at the end, is left out."""
        if block:
            self._blocks.write_literals(block, last=last)

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()
