"""Damage to how layers are compressed: again, otherwise, not to the end, or only seemingly.

The entry keeps its name and gets its new size. Operators change the archive in place.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

from pyggcr.differential.generate.archives import zstd_compress
from pyggcr.differential.generate.tar_bytes import join, split

__all__ = ["LAYER_DAMAGE"]

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# RFC 8878, 3.1.2: a frame of user data, which decoders skip; here of four bytes.
_SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0skip"
_GZIP_TRAILER = 8
# RFC 1952, 2.3: the flags of a header, and an empty field for each that has one.
_FLAGS = ((1, b""), (2, b"\0\0"), (4, b"\0\0"), (8, b"name\0"), (16, b"comment\0"), (32, b""))


def recompress(rng: random.Random, data: bytearray) -> None:
    """Store a layer in another way: gzip, zstd or plain, of any level, in several parts."""

    def change(content: bytes) -> bytes:
        plain = _inflated(content)
        half = len(plain) // 2
        forms: tuple[Callable[[], bytes], ...] = (
            lambda: plain,
            lambda: _gzip(plain, rng.randrange(10)),
            lambda: _gzip(plain[:half], 1) + _gzip(plain[half:], 9),
            lambda: _gzip(content, 1),
            lambda: zstd_compress(plain),
            lambda: zstd_compress(plain[:half]) + zstd_compress(plain[half:]),
            lambda: zstd_compress(plain[:half]) + _SKIPPABLE + zstd_compress(plain[half:]),
            lambda: zlib.compress(plain),
        )
        return rng.choice(forms)()

    _change_layer(rng, data, change)


def break_compression(rng: random.Random, data: bytearray) -> None:
    """Cut a compressed layer, flip a bit of it, break its checksum, or put something behind it."""

    def change(content: bytes) -> bytes:
        packed = content if content[:2] == _GZIP_MAGIC else _gzip(content, rng.choice((0, 1, 6)))
        if content[:4] == _ZSTD_MAGIC and rng.random() < 0.7:
            packed = content
        at = rng.randrange(len(packed))
        kind = rng.randrange(5)
        if kind == 0:
            return packed[:at]
        if kind == 1:
            return packed[:at] + bytes([packed[at] ^ 1 << rng.randrange(8)]) + packed[at + 1 :]
        if kind == 2:
            return packed[:-_GZIP_TRAILER] + bytes(rng.choice((0, 7, 8)))
        if kind == 3:
            tails = (b"\0", bytes(600), b"junk", _GZIP_MAGIC, packed[:12], _SKIPPABLE[:-1])
            return packed + rng.choice(tails)
        return packed[: rng.choice((1, 2, 3, 4, 9, 10, 11))]

    _change_layer(rng, data, change)


def odd_gzip_header(rng: random.Random, data: bytearray) -> None:
    """Compress a layer with flags and fields in its gzip header, or wrong ones."""

    def change(content: bytes) -> bytes:
        packed = _gzip(_inflated(content), 6)
        flags, fields = 0, b""
        for flag, empty in rng.sample(_FLAGS, rng.randrange(1, 4)):
            flags |= flag
            fields += empty
        header = bytearray(packed[:10])
        header[3] = flags
        if rng.random() < 0.2:
            header[rng.randrange(3)] ^= 1
        return bytes(header) + fields + packed[10:]

    _change_layer(rng, data, change)


def only_seemingly(rng: random.Random, data: bytearray) -> None:
    """Let a layer begin like a compressed one without being one, or be nothing."""

    def change(content: bytes) -> bytes:
        magic = rng.choice((_GZIP_MAGIC, _ZSTD_MAGIC, _GZIP_MAGIC + b"\x08\0", b"BZh9", b""))
        return rng.choice((magic, magic + content, content[:1]))

    _change_layer(rng, data, change)


LAYER_DAMAGE = (recompress, break_compression, odd_gzip_header, only_seemingly)


def _gzip(content: bytes, level: int) -> bytes:
    return gzip.compress(content, level, mtime=0)


def _inflated(content: bytes) -> bytes:
    """The content of a gzip stream; of anything else, itself."""
    try:
        return gzip.decompress(content) if content[:2] == _GZIP_MAGIC else content
    except (OSError, EOFError, zlib.error):
        return content


def _change_layer(rng: random.Random, data: bytearray, change: Callable[[bytes], bytes]) -> None:
    entries, rest = split(bytes(data))
    layers = [at for at, entry in enumerate(entries) if entry.content[:1] not in (b"{", b"[", b"")]
    if layers:
        at = rng.choice(layers)
        entries[at] = entries[at].with_content(change(entries[at].content))
        data[:] = join(entries, rest)
