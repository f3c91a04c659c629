"""zstd data with a bit flipped: each engine says that it is damaged or cut, or gives the same."""

from __future__ import annotations

import io
import random

import pytest

from pyggcr import tarball
from pyggcr.differential.generate.archives import zstd_compress
from pyggcr.errors import CompressionError, TruncatedError

TEXT = b" ".join(
    b"%d word%d and" % (number * 7 % 13, number * number % 101) for number in range(300)
)
FRAME = zstd_compress(TEXT)


def content(engine: str, stored: bytes) -> bytes | None:
    """What a layer holds; ``None`` where it is damaged."""
    try:
        with (
            tarball.layer_from_opener(lambda: io.BytesIO(stored), engine=engine) as layer,
            layer.uncompressed() as stream,
        ):
            return stream.read()
    except (CompressionError, TruncatedError):
        return None


@pytest.mark.parametrize("seed", range(8))
def test_the_engines_agree_on_what_is_damaged(go_engine, seed):
    rng = random.Random(seed)
    disagreed, refused = [], 0
    for _ in range(100):
        place, bit = rng.randrange(4, len(FRAME)), rng.randrange(8)
        damaged = bytearray(FRAME)
        damaged[place] ^= 1 << bit
        told = content("go", bytes(damaged))
        refused += told is None
        if told != content("python", bytes(damaged)):
            disagreed.append((place, bit))
    assert disagreed == []
    assert 0 < refused < 100
