"""Inputs that tell one gzip encoder from another: sizes at every border, data of every kind."""

from __future__ import annotations

import random

BLOCK = 65_535
WINDOW = 32_768

SMALL_SIZES = (*range(41), 63, 64, 127, 128, 129, 255, 256, 257, 258, 259, 1023, 1024, 1025)
BORDER_SIZES = (
    WINDOW - 1,
    WINDOW,
    WINDOW + 1,
    BLOCK - 1,
    BLOCK,
    BLOCK + 1,
    BLOCK + 16,
    BLOCK + 17,
    BLOCK + 32,
    BLOCK + 33,
    BLOCK + 127,
    BLOCK + 128,
    2 * BLOCK,
    2 * BLOCK + 1,
    3 * BLOCK,
    200_000,
)
# Many blocks: whoever compresses has to let go of old history.
LARGE_SIZE = 1_200_000
PERIODS = (1, 2, 3, 4, 5, 8, 257, 258, 259, 1000, WINDOW - 1, WINDOW, WINDOW + 1, 40_000)


def zeros(size: int) -> bytes:
    """One long run."""
    return bytes(size)


def noise(size: int) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(size).randbytes(size)


def text(size: int) -> bytes:
    """Words in random order."""
    rng = random.Random(size + 1)
    words = [rng.randbytes(rng.randrange(1, 9)).hex().encode() + b" " for _ in range(300)]
    return b"".join(rng.choice(words) for _ in range(size // 2 + 1))[:size]


def skewed(size: int) -> bytes:
    """Few symbols, unevenly spread: Huffman gains, matches hardly."""
    rng = random.Random(size + 2)
    return bytes(min(255, int(rng.expovariate(0.08))) for _ in range(size))


def mixed(size: int) -> bytes:
    """Noise, runs and copies by turns, so that tables are taken over, or not."""
    rng = random.Random(size + 3)
    data = bytearray()
    while len(data) < size:
        kind = rng.randrange(4)
        length = rng.randrange(1, 20_000)
        if kind == 0:
            data += rng.randbytes(length)
        elif kind == 1:
            data += rng.randbytes(1) * length
        elif kind == 2 and data:
            start = rng.randrange(len(data))
            data += data[start : start + length]
        else:
            data += text(length)
    return bytes(data[:size])


def fibonacci(size: int) -> bytes:
    """Frequencies that want codes longer than the format allows."""
    rng = random.Random(size + 4)
    weights = [1, 1]
    while sum(weights) < size:
        weights.append(weights[-1] + weights[-2])
    symbols = [symbol for symbol, count in enumerate(weights) for _ in range(count)][:size]
    rng.shuffle(symbols)
    return bytes(symbols)


def periodic(size: int, period: int) -> bytes:
    """The same noise again and again."""
    unit = random.Random(period).randbytes(period)
    return (unit * (size // period + 1))[:size]


def all_inputs() -> dict[str, bytes]:
    """Every input by its name."""
    inputs = {}
    for make in (zeros, noise, text, skewed, mixed, fibonacci):
        for size in (*SMALL_SIZES, *BORDER_SIZES):
            inputs[f"{make.__name__}-{size}"] = make(size)
    for make in (zeros, text, mixed):
        inputs[f"{make.__name__}-{LARGE_SIZE}"] = make(LARGE_SIZE)
    for period in PERIODS:
        for size in (5000, BLOCK, 150_000):
            inputs[f"period-{period}-{size}"] = periodic(size, period)
    return inputs
