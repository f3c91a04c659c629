"""Inputs that tell one gzip encoder from another: sizes at every border, data of every kind."""

from __future__ import annotations

import functools
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


def copies(size: int) -> bytes:
    """Noise, of which half returns about as far away as a match can reach."""
    rng = random.Random(size + 5)
    data = bytearray(rng.randbytes(WINDOW + 10))
    while len(data) < size:
        start = len(data) - WINDOW + rng.randrange(-5, 60)
        data += data[start : start + rng.randrange(3, 600)]
        data += rng.randbytes(rng.randrange(1, 500))
    return bytes(data[:size])


def letters(size: int) -> bytes:
    """Three symbols: matches everywhere, hardly one of them worth it."""
    return bytes(random.Random(size + 6).choices(b"abc", k=size))


def kind(name: str) -> str:
    """The kind of an input, by its name."""
    return name.partition("-")[0]


def level_inputs() -> dict[str, bytes]:
    """What is compressed at every level, by its name; less than 2 MB, as most levels are slow."""
    small = (0, 1, 16, 17, 32, 33, 127, 128, 300, 1024, 1025, 5000)
    sizes = {
        zeros: (*small, 2 * WINDOW, 140_000),
        noise: (*small, WINDOW, 70_000),
        text: (*small, 2 * WINDOW - 1, 2 * WINDOW, BLOCK, 100_000),
        skewed: (*small, 2 * WINDOW + 1),
        mixed: (*small, 140_000, 400_000),
        fibonacci: (*small, 40_000),
        copies: (70_000, 140_000),
        letters: (*small, 20_000),
    }
    inputs = {f"{make.__name__}-{size}": make(size) for make in sizes for size in sizes[make]}
    for period in (3, 258, 1000, WINDOW - 1, WINDOW, 40_000):
        inputs[f"period-{period}-70000"] = periodic(70_000, period)
    return inputs


@functools.cache
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
