# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""DEFLATE undone as Go's compress/flate undoes it, bit by bit: the slow way, exact in its errors.

zlib is used as long as all is well (``reader``). Where it complains, this module says what Go
makes of the same bytes: how far it gets, whether it complains at all, and at which offset.
"""

from __future__ import annotations

import functools

from pyggcr.errors import CompressionError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr._gostd.gzip.source import Input

__all__ = ["inflate"]

_WINDOW = 32_768
_PIECE = 65_536  # bytes of output that are handed over at a time
_FULL = _PIECE + _WINDOW
_END_OF_BLOCK = 256
_MAX_LITERALS = 286
_MAX_OFFSETS = 30
_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)

# By length code from 257 on: base and extra bits (RFC 1951, section 3.2.5).
_LENGTHS = (
    *((base, 0) for base in range(3, 11)),
    *((3 + (4 + part << bits), bits) for bits in range(1, 6) for part in range(4)),
    (258, 0),
)

# By distance code: base and extra bits.
_DISTANCES = (
    (1, 0),
    (2, 0),
    *((1 + (2 + part << bits), bits) for bits in range(14) for part in range(2)),
)

# The fast way goes on while this many bytes are at hand: a symbol takes up to 48 bits.
_REFILL = 8
_ROOM = 16
_ROOM_BITS = 48


class _Code:
    """A prefix code: ``table[bits & mask]`` is (length, symbol), length 0 where no code is."""

    __slots__ = ("mask", "minimum", "table")

    def __init__(self, table: list[tuple[int, int]], minimum: int) -> None:
        self.table = table
        self.mask = len(table) - 1
        self.minimum = minimum


def _code(lengths: list[int]) -> _Code | None:
    """The canonical code; ``None`` if it is over-subscribed or incomplete.

    As in ``huffmanDecoder.init``, no code at all is taken, as is a single one of one bit.
    """
    used = [length for length in lengths if length]
    if not used:
        return _Code([(0, 0)], 0)
    longest = max(used)
    total = sum(1 << (longest - length) for length in used)
    if total != 1 << longest and not (total == 1 and longest == 1):
        return None
    return _canonical(lengths, longest, min(used))


def _canonical(lengths: list[int], longest: int, shortest: int) -> _Code:
    table = [(0, 0)] * (1 << longest)
    code = 0
    previous = 0
    for length, symbol in sorted(
        (length, symbol) for symbol, length in enumerate(lengths) if length
    ):
        code <<= length - previous
        previous = length
        first = int(format(code, f"0{length}b")[::-1], 2)
        step = 1 << length
        table[first::step] = [(length, symbol)] * (len(table) >> length)
        code += 1
    return _Code(table, shortest)


@functools.cache
def _fixed_codes() -> tuple[_Code, _Code]:
    """The codes of fixed blocks, each with two symbols that never occur (section 3.2.6)."""
    literals, offsets = _code([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), _code([5] * 32)
    assert literals is not None  # both are complete
    assert offsets is not None
    return literals, offsets


class _Inflater:
    """The state between two bits."""

    def __init__(self, data: Input) -> None:
        self._input = data
        self._bits = 0
        self._count = 0
        self.output = bytearray()
        self.total = 0

    def _corrupt(self) -> CompressionError:
        return CompressionError(f"flate: corrupt input before offset {self._input.consumed}")

    def _need(self, count: int) -> None:
        while self._count < count:
            self._bits |= self._input.byte() << self._count
            self._count += 8

    def _take(self, count: int) -> int:
        self._need(count)
        value = self._bits & ((1 << count) - 1)
        self._bits >>= count
        self._count -= count
        return value

    def _symbol(self, code: _Code) -> int:
        """Read no more bytes than the symbol may need, as Go does (``huffSym``)."""
        needed = code.minimum
        while True:
            self._need(needed)
            needed, symbol = code.table[self._bits & code.mask]
            if needed <= self._count:
                if not needed:
                    raise self._corrupt()
                self._bits >>= needed
                self._count -= needed
                return symbol

    def blocks(self) -> Iterator[None]:
        """Decode block by block; pauses whenever there is output to take."""
        last = 0
        while not last:
            self._need(3)
            last = self._take(1)
            kind = self._take(2)
            if kind == 0:
                yield from self._stored()
            elif kind == 1:
                yield from self._compressed(*_fixed_codes())
            elif kind == 2:
                yield from self._compressed(*self._codes())
            else:
                raise self._corrupt()

    def _stored(self) -> Iterator[None]:
        self._bits = self._count = 0
        header = self._input.exactly(4)
        size = int.from_bytes(header[:2], "little")
        if int.from_bytes(header[2:], "little") != size ^ 0xFFFF:
            raise self._corrupt()
        while size:
            # Go reads into what is left of its window; a part counts where the input ends.
            piece = self._input.upto(size)
            if not piece:
                raise _unexpected_end()
            self.output += piece
            self.total += len(piece)
            size -= len(piece)
            yield

    def _codes(self) -> tuple[_Code, _Code]:
        self._need(14)
        literals = self._take(5) + 257
        if literals > _MAX_LITERALS:
            raise self._corrupt()
        offsets = self._take(5) + 1
        if offsets > _MAX_OFFSETS:
            raise self._corrupt()
        count = self._take(4) + 4
        lengths = [0] * len(_LENGTH_ORDER)
        for symbol in _LENGTH_ORDER[:count]:
            lengths[symbol] = self._take(3)
        code = _code(lengths)
        if code is None:
            raise self._corrupt()
        lengths = self._code_lengths(code, literals + offsets)
        literal_code, offset_code = _code(lengths[:literals]), _code(lengths[literals:])
        if literal_code is None or offset_code is None:
            raise self._corrupt()
        # Every block has to end, so Go reads as many bits at once as the end of block has.
        literal_code.minimum = max(literal_code.minimum, lengths[_END_OF_BLOCK])
        return literal_code, offset_code

    def _code_lengths(self, code: _Code, count: int) -> list[int]:
        lengths: list[int] = []
        while len(lengths) < count:
            symbol = self._symbol(code)
            if symbol < 16:
                lengths.append(symbol)
                continue
            if symbol == 16:
                if not lengths:
                    raise self._corrupt()
                repeat, value = 3 + self._take(2), lengths[-1]
            elif symbol == 17:
                repeat, value = 3 + self._take(3), 0
            else:
                repeat, value = 11 + self._take(7), 0
            if len(lengths) + repeat > count:
                raise self._corrupt()
            lengths += [value] * repeat
        return lengths

    def _compressed(self, literals: _Code, offsets: _Code) -> Iterator[None]:
        while True:
            self._hurry(literals, offsets)
            if len(self.output) >= _FULL:
                yield
            symbol = self._symbol(literals)
            if symbol < _END_OF_BLOCK:
                self.output.append(symbol)
                self.total += 1
            elif symbol == _END_OF_BLOCK:
                break
            elif symbol >= _MAX_LITERALS:
                raise self._corrupt()
            else:
                base, extra = _LENGTHS[symbol - 257]
                self._copy(base + self._take(extra), self._distance(offsets))
        yield

    def _hurry(self, literals: _Code, offsets: _Code) -> None:
        """Decode literals and matches fast, as long as nothing about them is special.

        Stops before the end of the block or of the input at hand, before damage, and when there
        is output to take.
        """
        if self._input.at_hand < _ROOM:
            return
        chunk = self._input.chunk()
        output, size_before = self.output, len(self.output)
        literal_table, literal_mask = literals.table, literals.mask
        offset_table, offset_mask = offsets.table, offsets.mask
        bits, count, at, last = self._bits, self._count, 0, len(chunk) - _ROOM
        begin = -literals.minimum  # the bit where the last symbol begins
        while len(output) < _FULL:
            if count < _ROOM_BITS:
                if at > last:
                    break
                bits |= int.from_bytes(chunk[at : at + _REFILL], "little") << count
                count += 8 * _REFILL
                at += _REFILL
            length, symbol = literal_table[bits & literal_mask]
            if symbol < _END_OF_BLOCK and length:
                begin = 8 * at - count
                bits >>= length
                count -= length
                output.append(symbol)
                continue
            if not _END_OF_BLOCK < symbol < _MAX_LITERALS:
                break
            size, extra = _LENGTHS[symbol - 257]
            rest = bits >> length
            size += rest & ((1 << extra) - 1)
            rest >>= extra
            used, code = offset_table[rest & offset_mask]
            if not used or code >= _MAX_OFFSETS:
                break
            distance, more = _DISTANCES[code]
            rest >>= used
            distance += rest & ((1 << more) - 1)
            if distance > len(output):
                break
            begin = 8 * at - count
            bits = rest >> more
            count -= length + extra + used + more
            self._repeat(size, distance)
        self.total += len(output) - size_before
        self._settle(chunk, bits, 8 * at - count, begin + literals.minimum)

    def _settle(self, chunk: bytes, bits: int, position: int, seen: int) -> None:
        """Leave the input where Go would be.

        Go reads bytes one by one, as many as it needs for the bits up to ``position``, and as many
        as the last symbol might have needed, up to ``seen``.
        """
        taken = max(0, (position + 7) >> 3, (seen + 7) >> 3)
        self._count = 8 * taken - position
        self._bits = bits & ((1 << self._count) - 1)
        self._input.give_back(chunk[taken:])

    def _distance(self, offsets: _Code) -> int:
        code = self._symbol(offsets)
        if code >= _MAX_OFFSETS:
            raise self._corrupt()
        base, extra = _DISTANCES[code]
        distance = base + self._take(extra)
        if distance > min(self.total, _WINDOW):
            raise self._corrupt()
        return distance

    def _copy(self, length: int, distance: int) -> None:
        self._repeat(length, distance)
        self.total += length

    def _repeat(self, length: int, distance: int) -> None:
        output = self.output
        start = len(output) - distance
        piece = output[start : start + length]
        while len(piece) < length:
            piece += piece[: length - len(piece)]
        output += piece


def _unexpected_end() -> TruncatedError:
    return TruncatedError("unexpected EOF")


def inflate(data: Input) -> Iterator[bytes]:
    """The content of one DEFLATE stream, in pieces; the input is left behind its last byte.

    Raises:
        CompressionError: the data is corrupt; what comes before was given first.
        TruncatedError: the data ends too early; likewise.
    """
    inflater = _Inflater(data)
    given = 0
    failure: Exception | None = None
    steps = inflater.blocks()
    while True:
        try:
            next(steps)
        except StopIteration:
            break
        except (CompressionError, TruncatedError) as error:
            failure = error
            break
        output = inflater.output
        if inflater.total - given >= _PIECE:
            yield bytes(output[len(output) - (inflater.total - given) :])
            given = inflater.total
            del output[: max(0, len(output) - _WINDOW)]
    if inflater.total > given:
        yield bytes(inflater.output[len(inflater.output) - (inflater.total - given) :])
    if failure is not None:
        raise failure
