"""The BestSpeed encoder of Go 1.27: compress/flate's level1.go and huffman_bit_writer.go.

It may go on with the Huffman tables of the block before. Then the end of that block is owed: it
is written only when another header, or a stored block, follows. Bytes are those of Go on plain
amd64, where the estimate of sizes is made of single-precision operations without fusing.
"""

from __future__ import annotations

import functools

from pyggcr._gostd.gzip.bits import BitWriter, number
from pyggcr._gostd.gzip.estimate import estimated_bits
from pyggcr._gostd.gzip.huffman import (
    END_OF_BLOCK,
    Code,
    DynamicHeader,
    fixed_literal_code,
    fixed_offset_code,
)
from pyggcr._gostd.gzip.search127 import Search
from pyggcr._gostd.gzip.tokens import Tokens, histogram, length_extra_bits, offset_extra_bits

__all__ = ["Go127Encoder"]

# Small last blocks are not searched: up to 32 bytes are stored, below 128 only Huffman-coded.
_MAX_STORED_TAIL = 32
_MIN_SEARCHED = 128

_MAX_FIXED_TOKENS = 250  # maxPredefinedTokens: beyond, a fixed block is not considered
_PENALTY_SHIFT = 7  # logNewTablePenalty: a new table has to gain a 128th
_GUESSED_HEADER_BITS = 70 * 8
_MIN_JUDGED = 1024  # shorter blocks are not judged incompressible by their histogram
_NO_OFFSETS = (1,)

_fixed_literals = functools.cache(fixed_literal_code)
_fixed_offsets = functools.cache(fixed_offset_code)


class Go127Encoder:
    """Encodes blocks one after the other into a bit stream."""

    def __init__(self, writer: BitWriter) -> None:
        self._writer = writer
        self._search = Search()
        self._literals = Code([0] * 286)
        self._offsets = Code([0] * 30)
        # Size in bits of the header of the table that is still open, 0 if there is none.
        self._open_header = 0
        self._open_is_literal_only = False

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a full block, or a shorter one that is the last (``deflateFast``)."""
        if last and len(block) < _MIN_SEARCHED:
            if len(block) > _MAX_STORED_TAIL:
                self._write_literals(block, last=True)
            elif block:
                self._write_stored(block)
            return
        tokens = self._search.tokens(block)
        if not tokens.matches:
            self._write_stored(block)
        elif len(tokens) > len(block) - (len(block) >> 4):
            self._write_literals(block, last)
        else:
            self._write_tokens(tokens, block, last)

    def finish(self) -> None:
        """End the stream with an empty fixed block."""
        self._end_open_block()
        self._writer.write("110" + _fixed_literals().bits[END_OF_BLOCK])

    def _end_open_block(self) -> None:
        if self._open_header:
            self._writer.write(self._literals.bits[END_OF_BLOCK])
            self._open_header = 0

    def _write_stored(self, block: bytes) -> None:
        self._end_open_block()
        writer = self._writer
        writer.write("000")
        writer.align()
        writer.write(number(len(block), 16) + number(len(block) ^ 0xFFFF, 16))
        writer.write_bytes(block)

    def _write_tokens(self, tokens: Tokens, block: bytes, last: bool) -> None:
        """``writeBlockDynamic``."""
        if self._open_is_literal_only:
            self._end_open_block()
            self._open_is_literal_only = False
        literals = tokens.literal_frequencies()
        offsets = tokens.offset_frequencies()
        if not (self._literals.covers(literals) and self._offsets.covers(offsets)):
            self._end_open_block()
        extra = _extra_size(literals, offsets)
        # The end of block counts as a token where it is written at once.
        count = len(tokens) + last
        if self._open_header and self._continue_table(
            tokens, block, literals, offsets, extra, last
        ):
            return
        self._begin_table(tokens, block, literals, offsets, extra, count, last)

    def _continue_table(
        self,
        tokens: Tokens,
        block: bytes,
        literals: list[int],
        offsets: list[int],
        extra: int,
        last: bool,
    ) -> bool:
        """Write the block with the open table, or as fixed or stored; false for a new table."""
        count = len(tokens) + last
        new_size = self._open_header + estimated_bits(literals, offsets, count)
        new_size += self._literals.lengths[END_OF_BLOCK] + (new_size >> _PENALTY_SHIFT)
        size = self._literals.size(literals) + self._offsets.size(offsets) + extra
        if new_size < size:
            self._end_open_block()
            size = new_size
        stored_size = _stored_size(block)
        if count < _MAX_FIXED_TOKENS and _fixed_size(literals, offsets, extra) + 7 < size:
            if stored_size <= size:
                self._write_stored(block)
            else:
                self._write_fixed(tokens)
            return True
        if stored_size <= size:
            self._write_stored(block)
            return True
        if not self._open_header:
            return False
        self._write_content(tokens, last)
        return True

    def _begin_table(
        self,
        tokens: Tokens,
        block: bytes,
        literals: list[int],
        offsets: list[int],
        extra: int,
        count: int,
        last: bool,
    ) -> None:
        """Write the block with a table of its own, or as fixed or stored."""
        self._literals, self._offsets = Code.of(literals), Code.of(offsets)
        header = DynamicHeader(
            _used(self._literals.lengths, literals), _used(self._offsets.lengths, offsets)
        )
        size = header.size() + self._literals.size(literals) + self._offsets.size(offsets) + extra
        stored_size = _stored_size(block)
        if count < _MAX_FIXED_TOKENS:
            fixed_size = _fixed_size(literals, offsets, extra)
            if fixed_size <= size:
                if stored_size <= fixed_size:
                    self._write_stored(block)
                else:
                    self._write_fixed(tokens)
                return
        if stored_size <= size:
            self._write_stored(block)
            return
        self._writer.write(header.bits())
        self._open_header = header.size()
        self._open_is_literal_only = False
        self._write_content(tokens, last)

    def _write_content(self, tokens: Tokens, last: bool) -> None:
        self._writer.write(tokens.bits(self._literals, self._offsets))
        if last:
            self._end_open_block()

    def _write_fixed(self, tokens: Tokens) -> None:
        self._end_open_block()
        literals = _fixed_literals()
        content = tokens.bits(literals, _fixed_offsets())
        self._writer.write("010" + content + literals.bits[END_OF_BLOCK])

    def _write_literals(self, block: bytes, last: bool) -> None:
        """``writeBlockHuff``."""
        frequencies = histogram(block)
        if len(block) > _MIN_JUDGED and _is_incompressible(block, frequencies):
            self._write_stored(block)
            return
        own = Code.of(frequencies)
        size = own.size(frequencies) + (self._open_header or _GUESSED_HEADER_BITS)
        size += size >> _PENALTY_SHIFT
        if _stored_size(block) <= size:
            self._write_stored(block)
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


def _stored_size(block: bytes) -> int:
    return (len(block) + 5) * 8


def _fixed_size(literals: list[int], offsets: list[int], extra: int) -> int:
    return 3 + _fixed_literals().size(literals) + _fixed_offsets().size(offsets) + extra


def _extra_size(literals: list[int], offsets: list[int]) -> int:
    """Bits of lengths and distances beyond their codes."""
    return sum(
        count * bits for count, bits in zip(literals[257:], length_extra_bits, strict=True)
    ) + sum(count * bits for count, bits in zip(offsets, offset_extra_bits, strict=True))


def _used(lengths: list[int], frequencies: list[int]) -> list[int]:
    """The lengths up to the last symbol that occurs."""
    count = len(lengths)
    while not frequencies[count - 1]:
        count -= 1
    return lengths[:count]


def _is_incompressible(block: bytes, frequencies: list[int]) -> bool:
    """Whether the bytes are spread so evenly that a code cannot gain."""
    # Go sums squares of differences from the mean in float64, which is exact; so is this.
    deviation = sum((256 * count - len(block)) ** 2 for count in frequencies[:256])
    return deviation < 2 * len(block) << 16
