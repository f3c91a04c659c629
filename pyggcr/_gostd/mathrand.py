# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Go's pseudo-random numbers: math/rand of version 1, with a seed of the caller's.

An additive lagged Fibonacci generator: each number is the sum of the ones 607 and 273 before it,
modulo 2**64. The seed goes through a linear congruential generator, and is mixed with a table:
the state of the same generator after 7.8 trillion numbers. math/rand/v2 and the unseeded
functions, which give different numbers at each start, are not here.
"""

from __future__ import annotations

import functools
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    from pyggcr._typing import Protocol


__all__ = ["Int63Source", "Rand", "Source"]

_LENGTH, _TAP = 607, 273
_START = _LENGTH - _TAP - 1  # the place in Go's array that is replaced first
_MASK = (1 << 64) - 1
_MASK_63 = (1 << 63) - 1
_MASK_31 = (1 << 31) - 1

# x[n+1] = 48271 * x[n] mod (2**31 - 1); the first numbers are dropped.
_FACTOR = 48271
_MODULUS = (1 << 31) - 1
_DROPPED = 20
_SEED_OF_ZERO = 89482311

_TABLE_STEPS = 7_800_000_000_000  # gen_cooked.go: 7.8e12
_TABLE_SHIFTS, _SEED_SHIFTS = (20, 10), (40, 20)

_SIGN = 1 << 63  # of an int64
_SKIPPED_AT_ONCE = 1 << 16  # numbers

_BYTES_OF_NUMBER = 7  # of the eight, Read leaves out the highest
_SLOT = 18  # bytes that hold a sum of 607 products of two numbers of 64 bits


class Rand:
    """A generator: the numbers of ``rand.New(rand.NewSource(seed))``.

    Not to be used by several threads at once.

    >>> Rand(1).int63()
    5577006791947779410
    >>> Rand(1).read(8).hex()
    '52fdfc072182654f'
    """

    def __init__(self, seed: int) -> None:
        """Seed the generator.

        Args:
            seed: in Go an int64; seeds that differ by a multiple of 2**31 - 1 are one.
        """
        table = _table()
        words = _seeded(seed, _SEED_SHIFTS)
        self._state = _in_order([word ^ other for word, other in zip(words, table, strict=True)])
        self._ahead: list[int] = []
        self._at = 0
        self._rest = b""  # of the last number that ``read`` took

    def uint64(self) -> int:
        """The next number (``Rand.Uint64``)."""
        if self._at == len(self._ahead):
            self._generate()
        self._at += 1
        return self._ahead[self._at - 1]

    def int63(self) -> int:
        """A number of 63 bits (``Rand.Int63``, and ``Rand.Int`` where an int has 64 bits)."""
        return self.uint64() & _MASK_63

    def int63n(self, limit: int) -> int:
        """A number below the limit (``Rand.Int63n``).

        Raises:
            ValueError: the limit is not positive.
        """
        if limit <= 0:
            raise ValueError("invalid argument to Int63n")
        return self._below(limit, 63)

    def intn(self, limit: int) -> int:
        """A number below the limit (``Rand.Intn``), from fewer bits than ``int63n`` if it is small.

        Raises:
            ValueError: the limit is not positive.
        """
        if limit <= 0:
            raise ValueError("invalid argument to Intn")
        return self._below(limit, 31 if limit <= _MASK_31 else 63)

    def float64(self) -> float:
        """A number from 0 up to, but without, 1 (``Rand.Float64``)."""
        while (number := self.int63() / (1 << 63)) == 1:
            pass
        return number

    def read(self, size: int) -> bytes:
        """Random bytes (``Rand.Read``): seven of each number, what is left stays for the next call.

        >>> generator = Rand(1)
        >>> generator.read(3) + generator.read(5) == Rand(1).read(8)
        True
        """
        missing = size - len(self._rest)
        count = max(0, -(-missing // _BYTES_OF_NUMBER))
        data = bytearray(struct.pack(f"<{count}Q", *self._take(count)))
        del data[_BYTES_OF_NUMBER :: _BYTES_OF_NUMBER + 1]
        found = self._rest + data
        self._rest = found[size:]
        return found[:size]

    def _below(self, limit: int, bits: int) -> int:
        """Numbers of so many bits, taken until one is in the largest multiple of the limit."""
        shift = 63 - bits
        number = self.int63() >> shift
        if limit & (limit - 1) == 0:
            return number & (limit - 1)
        end = (1 << bits) - (1 << bits) % limit
        while number >= end:
            number = self.int63() >> shift
        return number % limit

    def _take(self, count: int) -> list[int]:
        taken = self._ahead[self._at : self._at + count]
        self._at += len(taken)
        while len(taken) < count:
            self._generate()
            self._at = min(_TAP, count - len(taken))
            taken += self._ahead[: self._at]
        return taken

    def _generate(self) -> None:
        """Add the next 273 numbers, none of which is a sum of others among them."""
        state = self._state
        recent = state[_LENGTH - _TAP :]
        self._ahead = [(a + b) & _MASK for a, b in zip(state, recent, strict=False)]
        self._state = state[_TAP:] + self._ahead
        self._at = 0


class Int63Source(Protocol):
    """Whatever gives pseudo-random numbers of 63 bits (``rand.Source``)."""

    def int63(self) -> int:
        """The next number, from 0 up to, but without, 2**63."""


class Source:
    """A seeded generator that continues from one use to the next (``rand.NewSource``).

    Several threads must not use it at the same time.

    Attributes:
        first_seed: the seed it was started with last.
        drawn: how many numbers were drawn since.

    Examples:
        >>> source = Source(1)
        >>> source.int63(), source.int63()
        (5577006791947779410, 8674665223082153551)
    """

    def __init__(self, seed: int) -> None:
        """Seed the generator.

        Args:
            seed: an int64; a larger number counts modulo 2**64.
        """
        self.seed(seed)

    def __repr__(self) -> str:
        return f"<Source with the seed {self.first_seed}, numbers drawn: {self.drawn}>"

    def seed(self, seed: int) -> None:
        """Start the sequence anew (``Source.Seed``).

        Args:
            seed: any number of 64 bits.
        """
        self.first_seed: int = (seed + _SIGN & _MASK) - _SIGN
        self.drawn: int = 0
        self._generator: Rand | None = None
        self._generated = 0  # of the numbers drawn, those that did not come from elsewhere

    def int63(self) -> int:
        """Return the next number (``Source.Int63``).

        Returns:
            A number from 0 to 2**63 - 1.
        """
        number = self._caught_up().int63()
        self._note(1)
        return number

    def read(self, size: int) -> bytes:
        """Return random bytes (``Rand.Read``); the rest of the last number is dropped.

        Args:
            size: the number of bytes.

        Returns:
            The bytes.
        """
        count = -(-size // _BYTES_OF_NUMBER)
        data = self._caught_up().read(count * _BYTES_OF_NUMBER)
        self._note(count)
        return data[:size]

    def skip(self, count: int) -> None:
        """Skip numbers of the sequence, which are only computed if later ones are needed.

        Args:
            count: how many.
        """
        self.drawn += count

    def _note(self, count: int) -> None:
        self.drawn += count
        self._generated = self.drawn

    def _caught_up(self) -> Rand:
        if self._generator is None:
            self._generator = Rand(self.first_seed)
        while self._generated < self.drawn:
            count = min(self.drawn - self._generated, _SKIPPED_AT_ONCE)
            self._generator.read(count * _BYTES_OF_NUMBER)
            self._generated += count
        return self._generator


def _seeded(seed: int, shifts: tuple[int, int]) -> list[int]:
    """Go's array for a seed, each word of three numbers (``rngSource.Seed``, ``srand``)."""
    number = seed % _MODULUS or _SEED_OF_ZERO
    for _ in range(_DROPPED):
        number = number * _FACTOR % _MODULUS
    high, low = shifts
    words = []
    for _ in range(_LENGTH):
        first = number * _FACTOR % _MODULUS
        second = first * _FACTOR % _MODULUS
        number = second * _FACTOR % _MODULUS
        words.append((first << high ^ second << low ^ number) & _MASK)
    return words


def _in_order(words: list[int]) -> list[int]:
    """Go's array as the last 607 numbers, the oldest first."""
    return [words[(_START - at) % _LENGTH] for at in range(_LENGTH)]


@functools.cache
def _table() -> list[int]:
    """``rngCooked``: Go's array after 7.8e12 numbers from seed 1.

    The numbers a[n] = a[n-607] + a[n-273] are powers of x modulo x**607 - x**334 - 1: with
    x**N = sum(c[i] * x**i), a[N] is sum(c[i] * a[i]). So some forty multiplications of polynomials
    replace the steps, and a last one gives all 607 words.
    """
    numbers = _in_order(_seeded(1, _TABLE_SHIFTS))
    for at in range(_LENGTH, 2 * _LENGTH - 1):
        numbers.append((numbers[at - _LENGTH] + numbers[at - _TAP]) & _MASK)
    power = _power_of_x(_TABLE_STEPS)
    products = _product(power[::-1], numbers)
    numbers = products[_LENGTH - 1 : 2 * _LENGTH - 1]
    # The array is a ring, in which the oldest number now stands where 7.8e12 steps led.
    turn = _TABLE_STEPS % _LENGTH
    return [numbers[(_START - at - turn) % _LENGTH] for at in range(_LENGTH)]


def _power_of_x(exponent: int) -> list[int]:
    power = [1] + [0] * (_LENGTH - 1)
    for bit in f"{exponent:b}":
        power = _product(power, power)
        if bit == "1":
            power.insert(0, 0)
        for at in range(len(power) - 1, _LENGTH - 1, -1):
            power[at - _LENGTH] += power[at]
            power[at - _TAP] += power[at]
        power = [it & _MASK for it in power[:_LENGTH]]
    return power


def _product(one: list[int], other: list[int]) -> list[int]:
    """Two polynomials multiplied as one pair of long integers, coefficients modulo 2**64."""
    count = len(one) + len(other) - 1
    product = (_packed(one) * _packed(other)).to_bytes(count * _SLOT, "little")
    return [int.from_bytes(product[at : at + 8], "little") for at in range(0, count * _SLOT, _SLOT)]


def _packed(polynomial: list[int]) -> int:
    return int.from_bytes(b"".join(it.to_bytes(_SLOT, "little") for it in polynomial), "little")
