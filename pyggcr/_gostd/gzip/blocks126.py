# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.21 to 1.26 write blocks: compress/flate's huffman_bit_writer.go.

Each block has Huffman tables of its own, or the fixed ones, or is stored. Which one it gets is
decided as Go decides it, for every byte of the output depends on that.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.huffman import (
    END_OF_BLOCK,
    Code,
    DynamicHeader,
    fixed_literal_code,
    fixed_offset_code,
)
from pyggcr._gostd.gzip.tokens import extra_size, histogram, stored_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.bits import BitWriter
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["BlockWriter"]

_NO_OFFSETS = (1,)  # the lengths of an offset code when there are no matches


class BlockWriter:
    """Writes blocks into a bit stream, each on its own (``huffmanBitWriter``)."""

    def __init__(self, writer: BitWriter) -> None:
        self._writer = writer

    def write_dynamic(self, tokens: Tokens, block: bytes) -> None:
        """Write tokens with tables of their own, or the block as it is (``writeBlockDynamic``)."""
        tables = _Tables(tokens)
        if not self._stores(block, tables.size):
            self._writer.write(tables.header.bits() + tables.content())

    def write_smallest(self, tokens: Tokens, block: bytes | None) -> None:
        """Write tokens in the way that takes the fewest bits (``writeBlock``).

        Args:
            tokens: what the block is made of.
            block: its bytes; ``None`` if they are not at hand any more, so it cannot be stored.
        """
        tables = _Tables(tokens)
        extra = extra_size(tables.literal_frequencies, tables.offset_frequencies)
        literals, offsets = fixed_literal_code(), fixed_offset_code()
        fixed_size = (
            3
            + literals.size(tables.literal_frequencies)
            + offsets.size(tables.offset_frequencies)
            + extra
        )
        size = min(tables.size + extra, fixed_size)
        if block is not None and stored_size(block) < size:
            self.write_stored(block)
        elif size == fixed_size:
            self._writer.write("010" + tokens.bits(literals, offsets) + literals.bits[END_OF_BLOCK])
        else:
            self._writer.write(tables.header.bits() + tables.content())

    def write_literals(self, block: bytes) -> None:
        """Write bytes with a Huffman table, or as they are (``writeBlockHuff``)."""
        frequencies = histogram(block)
        literals = Code.of(frequencies)
        header = DynamicHeader(literals.lengths[: END_OF_BLOCK + 1], _NO_OFFSETS)
        size = header.size() + literals.size(frequencies) + 1
        if not self._stores(block, size):
            bits = literals.bits
            content = "".join(map(bits.__getitem__, block))
            self._writer.write(header.bits() + content + bits[END_OF_BLOCK])

    def write_stored(self, block: bytes) -> None:
        """Write bytes as they are (``writeStoredBlock``)."""
        self._writer.write_stored(block)

    def finish(self) -> None:
        """End the stream with an empty stored block."""
        self._writer.write_stored(b"", last=True)

    def _stores(self, block: bytes, size: int) -> bool:
        """Store the block if coding it gains less than a sixteenth."""
        if stored_size(block) >= size + (size >> 4):
            return False
        self._writer.write_stored(block)
        return True


class _Tables:
    """The tables that fit tokens best (``indexTokens`` and ``generateCodegen``).

    Attributes:
        size: bits that header and codes take; those beside the codes (RFC 1951, 3.2.5) not counted.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.literal_frequencies = tokens.literal_frequencies()
        self.offset_frequencies = tokens.offset_frequencies()
        if not tokens.matches:
            self.offset_frequencies[0] = 1  # a dynamic block cannot do without an offset code
        self._literals = Code.of(self.literal_frequencies)
        self._offsets = Code.of(self.offset_frequencies)
        self.header = DynamicHeader(self._literals.used(), self._offsets.used())
        self.size = (
            self.header.size()
            + self._literals.size(self.literal_frequencies)
            + self._offsets.size(self.offset_frequencies)
        )

    def content(self) -> str:
        """The tokens in these tables' codes, and the end of block."""
        return self._tokens.bits(self._literals, self._offsets) + self._literals.bits[END_OF_BLOCK]
