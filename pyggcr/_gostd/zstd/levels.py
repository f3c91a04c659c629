# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The four speeds of klauspost/compress/zstd, and which of them a level stands for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from pyggcr._typing import NamedTuple


__all__ = ["SPEEDS", "Speed", "speed"]

_BLOCK = 128 << 10  # maxCompressedBlockSize


class Speed(NamedTuple):
    """What the encoder does at one speed (``encoderOptions``).

    Attributes:
        name: Go's (``EncoderLevel.String``).
        number: Go's, which the accelerator takes.
        block_size: bytes of a block.
        window: how far back a match may reach, in bytes.
        codes_all_literals: whether blocks without matches are Huffman-coded (``allLitEntropy``).
    """

    name: str
    number: int
    block_size: int
    window: int
    codes_all_literals: bool


SPEEDS = {
    each.name: each
    for each in (
        Speed("fastest", 1, 64 << 10, 4 << 20, codes_all_literals=False),
        Speed("default", 2, _BLOCK, 8 << 20, codes_all_literals=False),
        Speed("better", 3, _BLOCK, 8 << 20, codes_all_literals=True),
        Speed("best", 4, _BLOCK, 8 << 20, codes_all_literals=True),
    )
}

# The lowest level of each speed but the first.
_DEFAULT = 3
_BETTER = 6
_BEST = 10


def speed(level: int) -> Speed:
    """The speed for a level of the zstd command; every number is one (``EncoderLevelFromZstd``).

    >>> speed(1).name, speed(3).name, speed(9).name, speed(22).name
    ('fastest', 'default', 'better', 'best')
    """
    if level < _DEFAULT:
        return SPEEDS["fastest"]
    if level < _BETTER:
        return SPEEDS["default"]
    return SPEEDS["better" if level < _BEST else "best"]
