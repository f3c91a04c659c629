"""Whether a compiled accelerator writes what Go writes, and reads it, before it is installed.

A compiler that is wrong shows nowhere else but in digests that no registry knows, and one has been
wrong: see accelerator.h. The input is made so that every kind of block comes of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Any

__all__ = ["GO_WRITES", "failures", "made_input"]

# The SHA-256 of the gzip of made_input() at BestSpeed, by Go 1.26.8 and Go 1.27.3.
GO_WRITES = {
    126: "721998d99f7c4597495de59c89d80f1eb6c074734ee61be5bdf399f0750c764a",
    127: "8853f64791804ffee79c26c456ef72641fc683b4222286629679adf261f16f12",
}

_BLOCK = 65_535
_HEADER_SIZE = 10


def made_input() -> bytes:
    """Words, few symbols, noise, runs and copies, for some blocks each; the same everywhere."""
    state = 1
    numbers = bytearray()
    for _ in range(2 * _BLOCK):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        numbers.append(state >> 16 & 0xFF)
    noise = bytes(numbers)
    words = [noise[at : at + 2 + noise[at] % 7].hex().encode() for at in range(0, 3000, 11)]
    text = b" ".join(words[(byte * 7 + at) % len(words)] for at, byte in enumerate(noise[:40_000]))
    few = bytes(byte & noise[at - 1] & 0x3F for at, byte in enumerate(noise))
    rare = bytes(byte.bit_length() * 5 for byte in noise)
    pieces = [text, few, noise, rare, bytes(1000), noise[:3000] * 9, text[7:90_000], few[:999]]
    return b"".join([*pieces, noise[:_BLOCK], text[:50]])


def failures(file: Path, name: str) -> list[str]:
    """What is wrong with a compiled module, in words; nothing if it does its work."""
    loader = ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    data = made_input()
    wrong = []
    for profile, digest in GO_WRITES.items():
        written = _gzip(module, profile, data)
        if hashlib.sha256(written).hexdigest() != digest:
            wrong.append(f"the gzip of Go 1.{profile % 100} came out wrong")
        if _inflated(module, written[_HEADER_SIZE:]) != data:
            wrong.append(f"what became gzip of Go 1.{profile % 100} does not come back")
    return wrong


def _gzip(module: Any, profile: int, data: bytes) -> bytes:
    ffi, lib = module.ffi, module.lib
    parser = ffi.gc(lib.gzip_parser_new(profile), lib.gzip_parser_free)
    emitter = ffi.gc(lib.gzip_emitter_new(profile), lib.gzip_emitter_free)
    batch = ffi.gc(lib.gzip_batch_new(), lib.gzip_batch_free)
    source = ffi.from_buffer("uint8_t[]", data)
    written = []
    taken = 0
    ended = False
    while not ended:
        if taken < len(data):
            taken += lib.gzip_parse(parser, batch, source + taken, len(data) - taken)
        else:
            lib.gzip_parse_last(parser, batch)
            ended = True
        out = ffi.new("uint8_t[]", lib.gzip_emit_bound(batch))
        written.append(ffi.buffer(out, lib.gzip_emit(emitter, batch, out))[:])
    return b"".join(written)


def _inflated(module: Any, stream: bytes) -> bytes:
    ffi, lib = module.ffi, module.lib
    inflater = ffi.gc(lib.inflater_new(), lib.inflater_free)
    source = ffi.from_buffer("uint8_t[]", stream)
    made = []
    done = ffi.new("inflated *")
    taken = 0
    outcome = lib.INFLATE_IS_FULL
    while outcome == lib.INFLATE_IS_FULL:
        outcome = lib.inflate_more(inflater, source + taken, len(stream) - taken, _BLOCK, done)
        taken += done.taken
        made.append(ffi.buffer(done.output, done.size)[:])
    return b"".join(made) if outcome == lib.INFLATE_ENDED else b""
