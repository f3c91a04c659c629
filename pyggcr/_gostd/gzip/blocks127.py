# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 writes blocks: compress/flate's huffman_bit_writer.go.

A block may go on with the Huffman tables of the one before. Then the end of that block is owed:
it is written only when another header, or a stored block, follows. How large a new table's block
would be is estimated in single precision, which platforms do in different ways (``estimate``).
"""

from __future__ import annotations

from pyggcr._gostd.gzip.huffman import (
    END_OF_BLOCK,
    LITERALS,
    OFFSETS,
    Code,
    DynamicHeader,
    fixed_literal_code,
    fixed_offset_code,
)
from pyggcr._gostd.gzip.tokens import extra_size, histogram, stored_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.bits import BitWriter
    from pyggcr._gostd.gzip.estimate import Estimator
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["BlockWriter"]

_MAX_FIXED_TOKENS = 250  # maxPredefinedTokens: beyond, a fixed block is not considered
_GUESSED_HEADER_BITS = 70 * 8
_MIN_JUDGED = 1024  # shorter blocks are not judged incompressible by their histogram
_NO_OFFSETS = (1,)


class BlockWriter:
    """Writes blocks into a bit stream (``huffmanBitWriter``)."""

    def __init__(self, writer: BitWriter, penalty_shift: int, estimator: Estimator) -> None:
        """Choose how to write blocks.

        Args:
            writer: where to.
            penalty_shift: a new table has to gain a part of 1 / 2^``penalty_shift``.
            estimator: estimates the size of a block with a new table.
        """
        self._writer = writer
        self._estimator = estimator
        self._penalty_shift = penalty_shift
        self._literals = Code([0] * LITERALS)
        self._offsets = Code([0] * OFFSETS)
        # Size in bits of the header of the table that is still open, 0 if there is none.
        self._open_header = 0
        self._open_is_literal_only = False

    def finish(self) -> None:
        """End the stream with an empty fixed block."""
        self._end_open_block()
        self._writer.write("110" + fixed_literal_code().bits[END_OF_BLOCK])

    def write_stored(self, block: bytes) -> None:
        """Write bytes as they are (``writeStoredBlock``)."""
        self._end_open_block()
        self._writer.write_stored(block)

    def write_dynamic(self, tokens: Tokens, block: bytes | None, *, last: bool) -> None:
        """Write tokens with tables, open or new, or fixed or stored (``writeBlockDynamic``).

        Args:
            tokens: what the block is made of.
            block: its bytes; ``None`` if they are not at hand any more, so it cannot be stored.
            last: whether the stream ends in this step, so that no table stays open.
        """
        if self._open_is_literal_only:
            self._end_open_block()
            self._open_is_literal_only = False
        counted = _Counted(tokens, block, last)
        if not self._literals.covers(counted.literals) or (
            tokens.matches and not self._offsets.covers(counted.offsets)
        ):
            self._end_open_block()
        if not self._open_header or not self._continue_table(counted):
            self._begin_table(counted)

    def _continue_table(self, block: _Counted) -> bool:
        """Write the block with the open table, or as fixed or stored; false for a new table."""
        new_size = self._open_header + block.estimated_size(self._estimator)
        new_size += self._literals.lengths[END_OF_BLOCK] + (new_size >> self._penalty_shift)
        size = block.size(self._literals, self._offsets)
        if new_size < size:
            self._end_open_block()
            size = new_size
        if block.count < _MAX_FIXED_TOKENS and block.fixed_size() + 7 < size:
            self._write_stored_or_fixed(block, size)
        elif block.stored_size <= size:
            self.write_stored(block.bytes)
        elif self._open_header:
            self._write_content(block)
        else:
            return False
        return True

    def _begin_table(self, block: _Counted) -> None:
        """Write the block with a table of its own, or as fixed or stored."""
        self._literals, self._offsets = Code.of(block.literals), Code.of(block.offsets)
        header = DynamicHeader(self._literals.used(), self._offsets.used())
        size = header.size() + block.size(self._literals, self._offsets)
        if block.count < _MAX_FIXED_TOKENS and (fixed_size := block.fixed_size()) <= size:
            self._write_stored_or_fixed(block, fixed_size)
        elif block.stored_size <= size:
            self.write_stored(block.bytes)
        else:
            self._writer.write(header.bits())
            self._open_header = header.size()
            self._open_is_literal_only = False
            self._write_content(block)

    def _write_content(self, block: _Counted) -> None:
        self._writer.write(block.tokens.bits(self._literals, self._offsets))
        if block.last:
            self._end_open_block()

    def _write_stored_or_fixed(self, block: _Counted, size: int) -> None:
        if block.stored_size <= size:
            self.write_stored(block.bytes)
            return
        self._end_open_block()
        literals = fixed_literal_code()
        content = block.tokens.bits(literals, fixed_offset_code())
        self._writer.write("010" + content + literals.bits[END_OF_BLOCK])

    def write_literals(self, block: bytes, *, last: bool) -> None:
        """Write bytes with a Huffman table, open or new, or as they are (``writeBlockHuff``)."""
        frequencies = histogram(block)
        if len(block) > _MIN_JUDGED and _is_incompressible(block, frequencies):
            self.write_stored(block)
            return
        own = Code.of(frequencies)
        size = own.size(frequencies) + (self._open_header or _GUESSED_HEADER_BITS)
        size += size >> self._penalty_shift
        if stored_size(block) <= size:
            self.write_stored(block)
            return
        if self._open_header:
            only_literals = frequencies[:END_OF_BLOCK]
            open_code = self._literals
            if not open_code.covers(only_literals) or size < open_code.size(only_literals):
                self._end_open_block()
        if not self._open_header:
            self._literals = own
            header = DynamicHeader(own.lengths[: END_OF_BLOCK + 1], _NO_OFFSETS)
            self._writer.write(header.bits())
            self._open_is_literal_only = True
            self._open_header = header.size()
        bits = self._literals.bits
        self._writer.write("".join(map(bits.__getitem__, block)))
        if last:
            self._end_open_block()
            self._open_is_literal_only = False

    def _end_open_block(self) -> None:
        if self._open_header:
            self._writer.write(self._literals.bits[END_OF_BLOCK])
            self._open_header = 0


class _Counted:
    """A block's tokens, bytes and frequencies (``indexTokens``).

    Attributes:
        count: how many tokens there are; the end of block is one where it is written at once.
    """

    def __init__(self, tokens: Tokens, block: bytes | None, last: bool) -> None:
        self.tokens = tokens
        self.bytes = block or b""
        self.stored_size = stored_size(block)
        self.last = last
        self.count = len(tokens) + last
        self.literals = tokens.literal_frequencies()
        self.offsets = tokens.offset_frequencies()
        if not tokens.matches:
            self.offsets[0] = 1  # a dynamic block cannot do without an offset code
        self._extra = extra_size(self.literals, self.offsets)

    def size(self, literals: Code, offsets: Code) -> int:
        """Bits that the content takes in these codes."""
        return literals.size(self.literals) + offsets.size(self.offsets) + self._extra

    def fixed_size(self) -> int:
        """Bits that a fixed block takes."""
        return 3 + self.size(fixed_literal_code(), fixed_offset_code())

    def estimated_size(self, estimator: Estimator) -> int:
        """Bits that the content might take in codes of its own."""
        return estimator.bits(self.literals, self.offsets, self.count)


def _is_incompressible(block: bytes, frequencies: list[int]) -> bool:
    """Whether the bytes are spread so evenly that a code cannot gain."""
    # Go sums squares of differences from the mean in float64, which is exact; so is this.
    deviation = sum((256 * count - len(block)) ** 2 for count in frequencies[:256])
    return deviation < 2 * len(block) << 16
