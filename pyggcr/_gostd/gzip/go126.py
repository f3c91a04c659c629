"""The BestSpeed encoder of Go 1.21 to 1.26: compress/flate's deflatefast.go and bit writer.

A hash table of 4-byte sequences, no lazy matching; blocks of 65,535 bytes. Each decision that a
byte of the output depends on is taken as Go takes it.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.bits import BitWriter, number
from pyggcr._gostd.gzip.huffman import END_OF_BLOCK, Code, DynamicHeader
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, Tokens, histogram
from pyggcr._gostd.gzip.window import Window, match_length

__all__ = ["Go126Encoder"]

_TABLE_BITS = 14
_TABLE_MASK = (1 << _TABLE_BITS) - 1
_HASH_SHIFT = 32 - _TABLE_BITS
_HASH_FACTOR = 0x1E35A7BD
_WORD_MASK = 0xFFFF_FFFF
_NOWHERE = -(1 << 62)  # the position of an empty slot: further away than any match
_INPUT_MARGIN = 15
_MIN_MATCH = 4  # what the hash finds
_MAX_MATCH = 258
_FIRST_SKIP = 32

# Small last blocks are not searched: up to 16 bytes are stored, below 128 only Huffman-coded.
_MAX_STORED_TAIL = 16
_MIN_SEARCHED = 128

_NO_OFFSETS = (1,)  # the lengths of an offset code when there are no matches


class Go126Encoder:
    """Encodes blocks one after the other into a bit stream."""

    def __init__(self, writer: BitWriter) -> None:
        self._writer = writer
        self._values = [0] * (_TABLE_MASK + 1)
        self._places = [_NOWHERE] * (_TABLE_MASK + 1)
        self._history = b""
        self._position = 0

    def encode(self, block: bytes, *, last: bool) -> None:
        """Encode a full block, or a shorter one that is the last."""
        if last and len(block) < _MIN_SEARCHED:
            if len(block) > _MAX_STORED_TAIL:
                self._write_literals(block)
            elif block:
                self._write_stored(block)
            return
        window = Window(self._history, block, self._position)
        self._position += len(block)
        self._history = window.history()
        tokens = self._search(window)
        if len(tokens) > len(block) - (len(block) >> 4):
            self._write_literals(block)
        else:
            self._write_tokens(tokens, block)

    def finish(self) -> None:
        """End the stream with an empty stored block."""
        self._write_stored(b"", last=True)

    def _search(self, window: Window) -> Tokens:
        """Find matches (``deflateFast.encode``)."""
        data, words, origin = window.data, window.words, window.origin
        values, places = self._values, self._places
        end = len(data)
        limit = end - _INPUT_MARGIN
        runs: list[bytes] = []
        lengths: list[int] = []
        offsets: list[int] = []
        at = emitted = window.start
        value = words[at & 3][at >> 2]
        slot = (value * _HASH_FACTOR & _WORD_MASK) >> _HASH_SHIFT & _TABLE_MASK
        while True:
            skip = _FIRST_SKIP
            following = at
            while True:
                at = following
                step = skip >> 5
                following = at + step
                skip += step
                if following > limit:
                    runs.append(data[emitted:])
                    return Tokens(runs, lengths, offsets)
                seen, place = values[slot], places[slot]
                values[slot] = value
                places[slot] = at + origin
                found = seen == value and at + origin - place <= MAX_DISTANCE
                value = words[following & 3][following >> 2]
                slot = (value * _HASH_FACTOR & _WORD_MASK) >> _HASH_SHIFT & _TABLE_MASK
                if found:
                    break
            runs.append(data[emitted:at])
            while True:
                earlier = place - origin
                length = _MIN_MATCH + match_length(
                    data, at + _MIN_MATCH, earlier + _MIN_MATCH, min(at + _MAX_MATCH, end)
                )
                lengths.append(length - 3)
                offsets.append(at - earlier - 1)
                at += length
                emitted = at
                if at >= limit:
                    runs.append(data[emitted:])
                    return Tokens(runs, lengths, offsets)
                value = words[at - 1 & 3][at - 1 >> 2]
                slot = (value * _HASH_FACTOR & _WORD_MASK) >> _HASH_SHIFT & _TABLE_MASK
                values[slot] = value
                places[slot] = at - 1 + origin
                value = words[at & 3][at >> 2]
                slot = (value * _HASH_FACTOR & _WORD_MASK) >> _HASH_SHIFT & _TABLE_MASK
                seen, place = values[slot], places[slot]
                values[slot] = value
                places[slot] = at + origin
                if seen != value or at + origin - place > MAX_DISTANCE:
                    at += 1
                    value = words[at & 3][at >> 2]
                    slot = (value * _HASH_FACTOR & _WORD_MASK) >> _HASH_SHIFT & _TABLE_MASK
                    break
                runs.append(b"")

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
            content = "".join([bits[byte] for byte in block])
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
