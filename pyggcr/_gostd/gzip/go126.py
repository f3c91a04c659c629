"""The BestSpeed encoder of Go 1.21 to 1.26: compress/flate's deflate.go, huffman_bit_writer.go.

Blocks of 65,535 bytes, each with tables of its own. Each decision that a byte of the output
depends on is taken as Go takes it.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.bits import BitWriter, number
from pyggcr._gostd.gzip.huffman import END_OF_BLOCK, Code, DynamicHeader
from pyggcr._gostd.gzip.search126 import Search
from pyggcr._gostd.gzip.tokens import Tokens, histogram

__all__ = ["Go126Encoder"]

# Small last blocks are not searched: up to 16 bytes are stored, below 128 only Huffman-coded.
_MAX_STORED_TAIL = 16
_MIN_SEARCHED = 128

_NO_OFFSETS = (1,)  # the lengths of an offset code when there are no matches


class Go126Encoder:
    """Encodes blocks one after the other into a bit stream."""

    def __init__(self, writer: BitWriter) -> None:
        self._writer = writer
        self._search = Search()

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a full block, or a shorter one that is the last."""
        if last and len(block) < _MIN_SEARCHED:
            if len(block) > _MAX_STORED_TAIL:
                self._write_literals(block)
            elif block:
                self._write_stored(block)
            return
        tokens = self._search.tokens(block)
        if len(tokens) > len(block) - (len(block) >> 4):
            self._write_literals(block)
        else:
            self._write_tokens(tokens, block)

    def finish(self) -> None:
        """End the stream with an empty stored block."""
        self._write_stored(b"", last=True)

    def _write_tokens(self, tokens: Tokens, block: bytes) -> None:
        literal_frequencies = tokens.literal_frequencies()
        offset_frequencies = tokens.offset_frequencies()
        if not tokens.matches:
            offset_frequencies[0] = 1
        literals, offsets = Code.of(literal_frequencies), Code.of(offset_frequencies)
        header = DynamicHeader(_used(literals.lengths), _used(offsets.lengths))
        # Extra bits do not count here.
        size = header.size() + literals.size(literal_frequencies) + offsets.size(offset_frequencies)
        if not self._stores(block, size):
            content = tokens.bits(literals, offsets)
            self._writer.write(header.bits() + content + literals.bits[END_OF_BLOCK])

    def _write_literals(self, block: bytes) -> None:
        frequencies = histogram(block)
        literals = Code.of(frequencies)
        header = DynamicHeader(literals.lengths[: END_OF_BLOCK + 1], _NO_OFFSETS)
        size = header.size() + literals.size(frequencies) + 1
        if not self._stores(block, size):
            bits = literals.bits
            content = "".join(map(bits.__getitem__, block))
            self._writer.write(header.bits() + content + bits[END_OF_BLOCK])

    def _stores(self, block: bytes, size: int) -> bool:
        """Store the block if coding it gains less than a sixteenth."""
        if (len(block) + 5) * 8 >= size + (size >> 4):
            return False
        self._write_stored(block)
        return True

    def _write_stored(self, block: bytes, *, last: bool = False) -> None:
        writer = self._writer
        writer.write("100" if last else "000")
        writer.align()
        writer.write(number(len(block), 16) + number(len(block) ^ 0xFFFF, 16))
        writer.write_bytes(block)


def _used(lengths: list[int]) -> list[int]:
    """Without the zeros at the end."""
    count = len(lengths)
    while not lengths[count - 1]:
        count -= 1
    return lengths[:count]
