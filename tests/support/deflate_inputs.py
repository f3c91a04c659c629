"""DEFLATE streams made by hand: odd code sets and damage that no compressor would write.

Each comes from a random number generator alone. Most are almost right, since what is plainly
wrong ends at the first bit and tells little.
"""

from __future__ import annotations

import random

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

_END_OF_BLOCK = 256
_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
# Extra bits by code; the last two of each alphabet exist in the fixed code only.
_LENGTH_EXTRA = (*([0] * 8), *(bits for bits in range(1, 6) for _ in range(4)), 0, 0, 0)
_OFFSET_EXTRA = (0, 0, *(bits for bits in range(14) for _ in range(2)), 0, 0)
_FIXED = ([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8, [5] * 32)


def deflate_stream(rng: random.Random) -> bytes:
    """Up to three blocks, then perhaps an empty last one; no trailer."""
    bits = ""
    for _ in range(rng.randrange(1, 4)):
        bits += _number(rng.random() < 0.4, 1)
        kind = rng.choice((0, 1, 2, 2, 2, 2)) if rng.random() < 0.97 else 3
        bits += _number(kind, 2)
        if kind == 0:
            bits += "0" * (-len(bits) % 8) + _stored(rng)
        elif kind == 1:
            bits += _content(rng, *_FIXED)
        elif kind == 2:
            bits += _dynamic(rng)
    if rng.random() < 0.3:
        bits += _number(3, 3) + "0" * 7
    bits += "0" * (-len(bits) % 8)
    return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")


def odd_member(rng: random.Random) -> bytes:
    """Such a stream in gzip's clothes, with a few bytes where the trailer should be."""
    return GZIP_HEADER + deflate_stream(rng) + rng.randbytes(rng.choice((0, 3, 8, 20)))


def damage(rng: random.Random, data: bytes) -> bytes:
    """Cut the bytes off somewhere, or flip one or two bits."""
    if rng.random() < 0.3:
        return data[: rng.randrange(len(data))]
    broken = bytearray(data)
    for _ in range(rng.choice((1, 1, 2))):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _number(value: int, width: int) -> str:
    return format(value, f"0{width}b")[::-1] if width else ""


def _stored(rng: random.Random) -> str:
    data = rng.randbytes(rng.randrange(50))
    complement = len(data) ^ 0xFFFF ^ (rng.random() < 0.1)
    return "".join(
        (
            _number(len(data), 16),
            _number(complement, 16),
            *(_number(byte, 8) for byte in data),
        )
    )


def _dynamic(rng: random.Random) -> str:
    literals = _lengths(rng, rng.randrange(257, 289 if rng.random() < 0.1 else 287), 15, 60)
    offsets = _lengths(rng, rng.randrange(1, 33 if rng.random() < 0.1 else 31), 15, 30)
    if rng.random() < 0.9 and not literals[_END_OF_BLOCK]:
        giver = next(symbol for symbol, length in enumerate(literals) if length)
        literals[_END_OF_BLOCK], literals[giver] = literals[giver], 0
    items = _run_lengths(rng, literals + offsets)
    if rng.random() < 0.05:
        items.insert(rng.randrange(len(items) + 1), rng.choice(((16, 3), (18, 127), (17, 7))))
    meta = _complete(rng, 19, 7, sorted({symbol for symbol, _ in items}))
    if rng.random() < 0.05:
        meta[rng.randrange(19)] = rng.randrange(8)
    count = 19
    while count > 4 and not meta[_LENGTH_ORDER[count - 1]]:
        count -= 1
    header = _number(len(literals) - 257, 5) + _number(len(offsets) - 1, 5) + _number(count - 4, 4)
    header += "".join(_number(meta[symbol], 3) for symbol in _LENGTH_ORDER[:count])
    codes = _canonical(meta)
    widths = {16: 2, 17: 3, 18: 7}
    for symbol, extra in items:
        header += codes.get(symbol, "") + _number(extra, widths.get(symbol, 0))
    return header + _content(rng, literals, offsets)


def _lengths(rng: random.Random, symbols: int, longest: int, most: int) -> list[int]:
    """The lengths of a complete code for some of the symbols; now and then one is wrong."""
    used = rng.sample(range(symbols), rng.randrange(1, min(symbols, most) + 1))
    if most < 60 and rng.random() < 0.2:
        used = []
    lengths = _complete(rng, symbols, longest, used)
    if rng.random() < 0.08:
        lengths[rng.randrange(symbols)] = rng.randrange(16)
    return lengths


def _complete(rng: random.Random, symbols: int, longest: int, used: list[int]) -> list[int]:
    lengths = [0] * symbols
    leaves = [0] if len(used) != 1 else [1]
    while len(leaves) < len(used):
        able = [at for at, length in enumerate(leaves) if length < longest]
        at = rng.choice(able) if rng.random() < 0.5 else max(able, key=leaves.__getitem__)
        leaves += [leaves.pop(at) + 1] * 2
    for symbol, length in zip(used, leaves, strict=False):
        lengths[symbol] = length
    return lengths


def _run_lengths(rng: random.Random, lengths: list[int]) -> list[tuple[int, int]]:
    """The lengths as symbols and extra numbers, run-length coded where the dice say so."""
    items = []
    at = 0
    while at < len(lengths):
        value = lengths[at]
        run = next((n for n, other in enumerate(lengths[at:]) if other != value), len(lengths) - at)
        coded = rng.random() < 0.9
        if coded and not value and run >= 11:
            run = min(run, 138)
            items.append((18, run - 11))
        elif coded and not value and run >= 3:
            run = min(run, 10)
            items.append((17, run - 3))
        elif coded and at and lengths[at - 1] == value and run >= 3:
            run = min(run, 6)
            items.append((16, run - 3))
        else:
            run = 1
            items.append((value, 0))
        at += run
    return items


def _canonical(lengths: list[int]) -> dict[int, str]:
    codes, code, previous = {}, 0, 0
    for length, symbol in sorted((length, at) for at, length in enumerate(lengths) if length):
        code <<= length - previous
        previous = length
        codes[symbol] = format(code & ((1 << length) - 1), f"0{length}b")
        code += 1
    return codes


def _content(rng: random.Random, literals: list[int], offsets: list[int]) -> str:
    """Literals and matches; most distances reach back a little only."""
    literal_codes, offset_codes = _canonical(literals), _canonical(offsets)
    bytes_ = [symbol for symbol in literal_codes if symbol < _END_OF_BLOCK]
    sizes = [symbol for symbol in literal_codes if symbol > _END_OF_BLOCK]
    pieces = []
    for _ in range(rng.choice((0, 1, 5, 50, 200))):
        if sizes and offset_codes and rng.random() < 0.4:
            size = rng.choice(sizes)
            offset = min(rng.choices(list(offset_codes), k=rng.choice((1, 3))))
            extra, more = _LENGTH_EXTRA[size - 257], _OFFSET_EXTRA[offset]
            pieces += [literal_codes[size], _number(rng.randrange(1 << extra), extra)]
            pieces += [offset_codes[offset], _number(rng.randrange(1 << more), more)]
        elif bytes_:
            pieces.append(literal_codes[rng.choice(bytes_)])
    if rng.random() < 0.97:
        pieces.append(literal_codes.get(_END_OF_BLOCK, ""))
    return "".join(pieces)
