"""Damage to the blocks and headers of a tar archive, by a random number generator.

Headers that were changed get their checksums set right, mostly, and PAX records their lengths, so
that the damage reaches what lies behind those checks. Each operator changes the archive in place.
"""

from __future__ import annotations

import random

from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.differential.generate.tar_bytes import BLOCK, meta, record, with_checksum

__all__ = ["BLOCK_DAMAGE", "damage", "meta_entry"]

# Where a header has numbers, and what else decides how it is read: place and width.
_NUMBERS = ((100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (148, 8), (329, 8), (337, 8))
_OTHERS = ((0, 100), (257, 8), (345, 12), (357, 12), (345, 155), (476, 12), (483, 12), (508, 4))
_SIZES = (
    b"00000000000\0",
    b"00000000001\0",
    b"00000001000\0",
    b"00000001000 ",
    b"  1000\0junk  ",
    b"\0" * 12,
    b"77777777777\0",
    b"777777777777",
    b"\x80" + bytes(10) + b"\x05",
    b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7,
    b"\x80" + bytes(3) + b"\x80" + bytes(7),
    b"\xff" * 12,
    b"9" * 12,
)
_VALUES = (b"", b"0", b"12", b"-7", b"+3", b"1.5", b"-1.25", b".5", b"1.", b"1_0", b" 1", b"9" * 19)
_NAMES = (b"a", b"a/", b"dir/", b"same", b"folder/same", b"x\0y", b"\xff", b"")
_KEYS = (
    b"path",
    b"linkpath",
    b"uname",
    b"gname",
    b"uid",
    b"gid",
    b"size",
    b"mtime",
    b"atime",
    b"ctime",
    b"comment",
    b"SCHILY.xattr.user.a",
    b"GNU.sparse.major",
    b"GNU.sparse.map",
    b"a\0b",
    b"",
)


def meta_entry(rng: random.Random) -> bytes:
    """A PAX header or a GNU long name, right or nearly so."""
    kind = rng.choice((b"x", b"x", b"x", b"g", b"L", b"K"))
    if kind in b"LK":
        return meta(kind, rng.choice(_NAMES) + rng.choice((b"", b"\0", b"\0rest")))
    records = b""
    for _ in range(rng.randrange(4)):
        key = rng.choice(_KEYS[: rng.choice((1, 7, 12, len(_KEYS)))])
        value = rng.choice(_NAMES if key in b"path linkpath uname gname" else _VALUES)
        if rng.random() < 0.3:
            value = b"%d" % rng.randrange(3000)
        records += record(key, value)
    return meta(kind, records)


def damage(rng: random.Random, archive: bytes) -> bytes:
    """The archive with one to three things wrong, or only odd."""
    data = bytearray(archive)
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(BLOCK_DAMAGE)(rng, data)
    return bytes(data)


def cut(rng: random.Random, data: bytearray) -> None:
    """Cut it off anywhere."""
    del data[rng.randrange(len(data) + 1) :]


def cut_near_a_block(rng: random.Random, data: bytearray) -> None:
    """Cut it off at the end of a block, or a byte beside it."""
    at = rng.randrange(len(data) // BLOCK + 1) * BLOCK + rng.choice((-1, 0, 0, 1))
    del data[max(at, 0) :]


def flip(rng: random.Random, data: bytearray) -> None:
    """Flip one bit."""
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _block(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data) // BLOCK + 1) * BLOCK


def drop_block(rng: random.Random, data: bytearray) -> None:
    """Take a block out."""
    at = _block(rng, data)
    del data[at : at + BLOCK]


def swap_blocks(rng: random.Random, data: bytearray) -> None:
    """Put two blocks in each other's place."""
    one, other = _block(rng, data), _block(rng, data)
    first, second = data[one : one + BLOCK], data[other : other + BLOCK]
    if len(first) == len(second) == BLOCK:
        data[one : one + BLOCK], data[other : other + BLOCK] = second, first


def insert_block(rng: random.Random, data: bytearray) -> None:
    """Put a block in: zeros, a copy of another, or nonsense."""
    at = _block(rng, data)
    source = _block(rng, data)
    data[at:at] = rng.choice((bytes(BLOCK), data[source : source + BLOCK], b"\1" + bytes(511)))


def insert_meta(rng: random.Random, data: bytearray) -> None:
    """Put a PAX header or a GNU long name in front of an entry."""
    at = _header(rng, data)
    data[at:at] = meta_entry(rng)


def _header(rng: random.Random, data: bytearray) -> int:
    """Where a header is, or any block if there is none."""
    places = [at for at in range(0, len(data), BLOCK) if data[at + 257 : at + 262] == b"ustar"]
    return rng.choice(places) if places else _block(rng, data)


def change_header(rng: random.Random, data: bytearray) -> None:
    """Set a field of a header to something odd."""
    at = _header(rng, data)
    if len(data) - at < BLOCK:
        return
    kind = rng.randrange(6)
    if kind == 0:
        data[at + 156] = rng.choice(b"0000012345567xgLKSVX\0\xff")
    elif kind == 1:
        data[at + 124 : at + 136] = rng.choice(_SIZES)
    elif kind == 2:
        start, width = rng.choice(_NUMBERS)
        field = bytes(rng.choice(b"01234567 \0\x80\xff8") for _ in range(width))
        data[at + start : at + start + width] = field
    elif kind == 3:
        start, width = rng.choice(_NUMBERS)
        field = rng.choice((b"7" * width, b" " * width, bytes(width), b"\xff" * width))
        data[at + start : at + start + width] = field
    elif kind == 4:
        start, width = rng.choice(_OTHERS)
        field = bytes(rng.choice(b"ustar/\0 07a\xe9") for _ in range(width))
        data[at + start : at + start + width] = field
    else:
        start, text = rng.choice(
            (
                (257, b"ustar\00000"),
                (257, b"ustar  \0"),
                (257, bytes(8)),
                (508, b"tar\0"),
                (345, b"prefix\0"),
                (345, b"00000000001\0"),
                (0, b"same\0"),
                (0, b"dir/\0"),
                (0, b"\0"),
            )
        )
        data[at + start : at + start + len(text)] = text
    _sign(rng, data, at)


def _sign(rng: random.Random, data: bytearray, at: int) -> None:
    if rng.random() < 0.9:
        with_checksum(data, at)
    if rng.random() < 0.05:
        # As Sun's tar did: the sum of signed bytes.
        block = data[at : at + BLOCK]
        high = sum(byte > 127 for byte in block[:148] + block[156:])
        total = sum(block[:148]) + sum(block[156:]) + 8 * ord(" ") - 256 * high
        data[at + 148 : at + 156] = b"%06o\0 " % max(total, 0)


def byte_of_header(rng: random.Random, data: bytearray) -> None:
    """Change one byte of a header."""
    at = _header(rng, data)
    if len(data) - at >= BLOCK:
        data[at + rng.randrange(BLOCK)] = rng.randrange(256)
        _sign(rng, data, at)


def byte_of_meta(rng: random.Random, data: bytearray) -> None:
    """Change one byte of a PAX record or a long name."""
    places = [
        at
        for at in range(0, len(data) - BLOCK, BLOCK)
        if data[at + 257 : at + 262] == b"ustar" and data[at + 156] in b"xgLK"
    ]
    if places:
        at = rng.choice(places) + BLOCK + rng.randrange(60)
        if at < len(data):
            data[at] = rng.choice(b"0123456789 =\n\0.-+aps/\xff")


def append(rng: random.Random, data: bytearray) -> None:
    """Put something behind the end."""
    data += rng.choice((b"\0", bytes(BLOCK), b"junk", b"junk" * 400, make_tar([member("after")])))


BLOCK_DAMAGE = (
    cut,
    cut_near_a_block,
    flip,
    swap_blocks,
    drop_block,
    insert_block,
    insert_meta,
    change_header,
    change_header,
    change_header,
    byte_of_header,
    byte_of_meta,
    append,
)
