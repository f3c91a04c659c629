"""Whether a compiled accelerator writes what Go writes, and reads it, before it is installed.

``python selftest.py FILE NAME`` prints what is wrong, for the Python of another machine.

A compiler that is wrong shows nowhere else but in digests that no registry knows, and one has been
wrong: see accelerator.h. The input is made so that every kind of block comes of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import random
import sys
import tarfile
import zlib
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Any

__all__ = [
    "GO_WRITES",
    "GO_WRITES_ZSTD",
    "NEAR_TIES",
    "failures",
    "log_layer",
    "made_input",
    "tar",
]

# The SHA-256 of the gzip of made_input() by Go 1.26.8 and Go 1.27.3, level by level.
GO_WRITES = {
    126: {
        -2: "3348a439c4cda7e570ba76ed961269acc2c8af227317e9d16ed6f56b734589ac",
        -1: "abbe0253792648424a4c96920b4bbc5dd602c54b47bafcb90b67615d63c773e0",
        0: "b643932798216d5aa84c1ecfe31a12f4470b29989ded2aa98f6ee73237dd58d6",
        1: "721998d99f7c4597495de59c89d80f1eb6c074734ee61be5bdf399f0750c764a",
        2: "dd3f0f6e925c0035967d1c1fc60d65521d11bd74dee89260dffcb4a5c2f115fb",
        3: "344c0578f6823b6f9a850dadd87f2fea8eb51baa3af16d17a3a25b816f2d50e0",
        4: "e73ea737561034f41a693ac0373dcf64c7fa8b6dd1aeeb4d2e7913f869eaedb8",
        5: "d72508439afd958a263f5d1492ecefcfd9a2563250739f8d2f4d685dd443704f",
        6: "abbe0253792648424a4c96920b4bbc5dd602c54b47bafcb90b67615d63c773e0",
        7: "9c09d9a080ded5a85280736ce4981abcda7a45a16d119113fe67a5032a7fca47",
        8: "9ddf0e7c97d550d848ba267d6f101818219c15bc2bab5cd9dc9579b91e6baf78",
        9: "359ae5f72e21e618d51e384040301d15326a666f7d17b1dedadd8b5b2e793ae6",
    },
    127: {
        -2: "056d86a6e90c86345985b204c238c89ad3c7d775d3bd0de3d12288d04e94e485",
        -1: "20f5f3592c1e165029fe433495a7618cbf9d6a26d3199edb3a8222e4f8fce598",
        0: "93e65371e0dcae953c55cdedf068f402ff824368aaf1e20710273b700e93a5da",
        1: "8853f64791804ffee79c26c456ef72641fc683b4222286629679adf261f16f12",
        2: "0ad4e93f50c7bf1a070f182f8713d10400c3b141dca458fbf455af467f6444ed",
        3: "e0e299c3b2c933581347f67c4588c053a70979b53d7a7fec04b00a38be5d70f0",
        4: "397b15d80d5fdf2e8f69ad3a1dc23941518f683c518e1a12c2d10c63f2e33ab9",
        5: "8fef6b81c18c0371cd06250c3b306102c96aa220faa1a7fc59125d51f9237144",
        6: "20f5f3592c1e165029fe433495a7618cbf9d6a26d3199edb3a8222e4f8fce598",
        7: "1a97ab7ec722baf08c9d0854a3d900bad13a9c125377b29e659ce8a16c61b177",
        8: "25396206038a68c61f65d8e0f1f11683c18d84160a47efd86cebe1bc4345f1bc",
        9: "64baa519a921396c804a3ce456613368ff4f53b7053f16a847e4124926f1b2bf",
    },
}

# The same of the zstd of klauspost/compress 1.19.2, by the number of the speed and of bytes.
GO_WRITES_ZSTD = {
    1: {
        60_000: "c2344b2bf14fe3e1c36a787c8282901a36dd9d24e2f5c043a15a94267fb3b5cc",
        1_004_830: "048e74a6353cd972d4d49b6798e2f2df30f383c2347b35234b7601bf4d1292cf",
    },
    2: {
        60_000: "7e488360e646b1776fe811fa43bd032f0723c6d6ad1de05e50c2bfab51357ea2",
        1_004_830: "9170311bd366c759ad4cf5c768c0a9c9a1a6b8c3db1b145389e03685a803d262",
    },
    3: {
        60_000: "9a860a6c80789e8bec466f24c715dded087b02a7d1e69112eb4c5ac2c7395dcc",
        1_004_830: "bb2328e8cdf7fc7c69c51d706fb968940cdcabef32c6f0e52f3e006a44c98a34",
    },
    4: {
        60_000: "3db5ce02f760cc84fc577bd3c5ea61f3739072ed8d6e936abb0f6a7a260cba6f",
        1_004_830: "453c9f3aeaab72012f335e08e58224633cb0b3cb0f3ecc84f815dae45c022132",
    },
}

# Logs on which Go 1.27 decides by a hair, so that its builds for GOAMD64=v3 and arm64 show. By
# seed: digits that are changed, and the SHA-256 of the gzip at BestSpeed by each build of 1.27.3.
NEAR_TIES: dict[int, Any] = {
    213: {
        "digits": {67756: 3, 71633: 2, 74300: 1, 79489: 2, 80198: 1, 83317: 0},
        "gzip": {
            127: "b32469b62e093fd29698bdf78afcfa8a34a3c9504056dcbde4a55d49b18dd1f4",
            12703: "4dc68cac4d4f311ee87e929bf43bbd98d6d68162672d352696aa2cf86775ce70",
            12764: "4dc68cac4d4f311ee87e929bf43bbd98d6d68162672d352696aa2cf86775ce70",
        },
    },
    275: {
        "digits": {71404: 8, 77070: 5, 79142: 9},
        "gzip": {
            127: "1d90ab986045182a1272fd115aed2089869e350dcc92c87db274e537fe53ffe7",
            12703: "c113e9a0aeac4514b7b58717159f9a1b9a2a49e03c6b6e659c9269457702e58c",
            12764: "1d90ab986045182a1272fd115aed2089869e350dcc92c87db274e537fe53ffe7",
        },
    },
}

_BLOCK = 65_535
_HEADER_SIZE = 10
_WORDS = """
    request took worker queue opened closed seconds level user miss cache session started stopped
    retry ok connection peer disk usage by in
""".split()  # noqa: SIM905


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


def log_layer(seed: int, digits: dict[int, int]) -> bytes:
    """A layer with a log, whose lines are of another mixture behind the first block.

    Digits are put at some places of it.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret

    def below(limit: int) -> int:  # as randrange, which may become another one
        while (number := chance.getrandbits(limit.bit_length())) >= limit:
            continue
        return number

    size = 76_000 + below(48_000)
    later = 0.6 + (0.75 - 0.6) * chance.random()
    log = bytearray()
    while len(log) < size:
        share = 0.9 if len(log) < _BLOCK - 4096 else later
        if chance.random() < share:
            numbers = (chance.getrandbits(32), below(10**5), below(1000))
            log += b"%08x request %05d took %03d ms\n" % numbers
        else:
            words = [_WORDS[below(len(_WORDS))] for _ in range(3 + below(5))]
            log += f"{' '.join(words)} {below(10**5)}\n".encode()
    # The small files bring the longest match into the first block: the table can be used again
    # only if it has all symbols.
    layer = tar({"etc/a": b"1", "etc/b": b"1", "etc/c": b"1", "var/log/app.log": bytes(log)})
    edited = bytearray(layer)
    for place, digit in digits.items():
        edited[place] = ord(str(digit))
    return bytes(edited)


def tar(files: dict[str, bytes]) -> bytes:
    """A tar of these files, the same everywhere."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def failures(file: Path, name: str) -> list[str]:
    """What is wrong with a compiled module, in words; nothing if it does its work."""
    loader = ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    data = made_input()
    wrong = []
    for profile, digests in GO_WRITES.items():
        for level, digest in digests.items():
            what = f"the gzip of Go 1.{profile % 100} at level {level}"
            written = _compressed(module, "gzip", (profile, level), data)
            if hashlib.sha256(written).hexdigest() != digest:
                wrong.append(f"{what} came out wrong")
            if _inflated(module, written[_HEADER_SIZE:]) != data:
                wrong.append(f"{what} cannot be undone")
    for speed, digests in GO_WRITES_ZSTD.items():
        for size, digest in digests.items():
            written = _compressed(module, "zstd", (speed,), data[:size])
            if hashlib.sha256(written).hexdigest() != digest:
                wrong.append(f"the zstd of Go at speed {speed} came out wrong")
    return [
        *wrong,
        *_wrong_near_ties(module),
        *_wrong_hashes(module, data),
        *_wrong_checksums(module, data),
    ]


def _wrong_near_ties(module: Any) -> list[str]:
    return [
        f"the gzip of log {seed} in profile {profile} came out wrong"
        for seed, recorded in NEAR_TIES.items()
        for profile, digest in recorded["gzip"].items()
        if hashlib.sha256(
            _compressed(module, "gzip", (profile, 1), log_layer(seed, recorded["digits"]))
        ).hexdigest()
        != digest
    ]


def _wrong_hashes(module: Any, data: bytes) -> list[str]:
    if module.lib.sha256_implementation() == module.ffi.NULL:
        return []  # this processor has no instructions for it
    return [
        f"the SHA-256 of {size} bytes came out wrong"
        for size in (*range(130), len(data))
        if _hashed(module, data[:size]) != [hashlib.sha256(data[:size]).digest()] * 3
    ]


def _wrong_checksums(module: Any, data: bytes) -> list[str]:
    ffi, take = module.ffi, module.lib.crc32_take
    copy = ffi.new("uint8_t[]", len(data))
    wrong = []
    for size in (*range(300), len(data)):
        piece = data[-size:] if size else b""
        wanted = [zlib.crc32(piece, 1)] * 2
        if [take(1, to, piece, size) for to in (ffi.NULL, copy)] != wanted:
            wrong.append(f"the CRC-32 of {size} bytes came out wrong")
        if ffi.buffer(copy, size)[:] != piece:
            wrong.append(f"the copy of {size} bytes came out wrong")
    return wrong


def _compressed(module: Any, name: str, options: tuple[int, ...], data: bytes) -> bytes:
    ffi, lib = module.ffi, module.lib

    def own(part: str, *arguments: int) -> Any:
        made = getattr(lib, f"{name}_{part}_new")(*arguments)
        return ffi.gc(made, getattr(lib, f"{name}_{part}_free"))

    parser, emitter, batch = own("parser", *options), own("emitter", *options), own("batch")
    parse, parse_last = getattr(lib, f"{name}_parse"), getattr(lib, f"{name}_parse_last")
    bound, emit = getattr(lib, f"{name}_emit_bound"), getattr(lib, f"{name}_emit")
    source = ffi.from_buffer("uint8_t[]", data)
    written = []
    taken = 0
    ended = False
    while not ended:
        if taken < len(data):
            taken = parse(parser, batch, source, len(data), taken)
        else:
            parse_last(parser, batch)
            ended = True
        out = ffi.new("uint8_t[]", bound(batch))
        written.append(ffi.buffer(out, emit(emitter, batch, out))[:])
    return b"".join(written)


def _hashed(module: Any, data: bytes) -> list[bytes]:
    """The digests of three streams that are hashed at once."""
    ffi, lib = module.ffi, module.lib
    streams = [ffi.gc(lib.sha256_new(), lib.sha256_free) for _ in range(3)]
    source = ffi.from_buffer("uint8_t[]", data)
    half = len(data) // 2
    for stream in streams:
        lib.sha256_add(stream, source, half, 1)
    for stream in streams:
        lib.sha256_add(stream, source + half, len(data) - half, 1)
    out = ffi.new("uint8_t[]", 32)
    made = []
    for stream in streams:
        lib.sha256_digest(stream, out)
        made.append(ffi.buffer(out)[:])
    return made


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


if __name__ == "__main__":
    wrong_results = failures(Path(sys.argv[1]), sys.argv[2])
    print("\n".join(wrong_results))
    sys.exit(bool(wrong_results))
