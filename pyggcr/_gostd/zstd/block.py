# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Blocks, in the smallest form that the encoder knows (klauspost/compress/zstd's blockenc.go)."""

from __future__ import annotations

from pyggcr._gostd.zstd import huffman
from pyggcr._gostd.zstd.history import MIN_MATCH, REPEATS, Found
from pyggcr._gostd.zstd.huffman import HuffmanWriter
from pyggcr._gostd.zstd.sequences import SequencesWriter

__all__ = ["BlockWriter", "raw_block"]

_RAW, _RLE, _COMPRESSED = range(3)

_MIN_LITERALS_CODED = 32
_MIN_SAVED = 16
_LARGEST_HEADER = 5
_NO_SEQUENCES = b"\x00"


def _header(kind: int, size: int, *, last: bool) -> bytes:
    return (int(last) | kind << 1 | size << 3).to_bytes(3, "little")


def raw_block(data: bytes, *, last: bool) -> bytes:
    """A block of bytes as they are."""
    return _header(_RAW, len(data), last=last) + data


class BlockWriter:
    """Writes one block after the other (``blockEnc``)."""

    def __init__(self, *, codes_all_literals: bool) -> None:
        """Say whether blocks without matches are Huffman-coded."""
        self._codes_all_literals = codes_all_literals
        self._huffman = HuffmanWriter()
        self._sequences = SequencesWriter()

    def write(self, block: bytes, found: Found, *, last: bool) -> bytes:
        """A block of which the matches were found (``encode``)."""
        if not found:
            return self._literals_only(block, last=last)
        literals = found.literals()
        if _is_repeated(found, literals):
            size = found.lengths[0] + MIN_MATCH + found.runs[0]
            return _header(_RLE, size, last=last) + block[:1]
        if len(block) - len(literals) - (len(block) >> 6) < _MIN_SAVED:
            return self._literals_only(block, last=last)
        content = self._literals(literals) + self._sequences.write(found)
        if len(content) >= len(block):
            self._huffman.may_reuse = False
            return raw_block(block, last=last)
        self._sequences.keep()
        return _header(_COMPRESSED, len(content), last=last) + content

    def _literals_only(self, block: bytes, *, last: bool) -> bytes:
        """A block without matches (``encodeLits``)."""
        size = len(block)
        if size < _MIN_LITERALS_CODED or not self._codes_all_literals:
            return raw_block(block, last=last)
        made = self._huffman.write(block)
        if made.kind == huffman.RLE:
            return _header(_RLE, size, last=last) + block[:1]
        if made.kind == huffman.RAW or _is_no_gain(made.data, size, 0):
            return raw_block(block, last=last)
        self._huffman.may_reuse = True
        content = _coded_header(made, size) + made.data + _NO_SEQUENCES
        return _header(_COMPRESSED, len(content), last=last) + content

    def _literals(self, literals: bytes) -> bytes:
        """The literals section of a block with matches."""
        size = len(literals)
        made = self._huffman.write(literals)
        if made.kind == huffman.RLE:
            return _plain_header(huffman.RLE, size) + literals[:1]
        plain_header = _plain_header(huffman.RAW, size)
        if made.kind == huffman.RAW or _is_no_gain(made.data, size, len(plain_header)):
            return plain_header + literals
        self._huffman.may_reuse = True
        return _coded_header(made, size) + made.data


def _is_repeated(found: Found, literals: bytes) -> bool:
    """Whether a block is one byte over and over."""
    if len(found) != 1 or len(literals) > 1:
        return False
    return found.runs[0] == len(literals) and found.offsets[0] == 1 + REPEATS


def _is_no_gain(coded: bytes, size: int, plain_header: int) -> bool:
    """Whether coded literals and their header are no fewer than plain ones."""
    if len(coded) + _LARGEST_HEADER <= size:
        return False
    return len(coded) + _coded_header_size(size) >= size + plain_header


def _plain_header(kind: int, size: int) -> bytes:
    """The header of literals that are not coded (``literalsHeader.setSize``)."""
    # Up to 31 would fit into one byte, but Go takes two from 16 on.
    if size < 1 << 4:
        return bytes([kind | size << 3])
    if size < 1 << 11:
        return (kind | 1 << 2 | size << 4).to_bytes(2, "little")
    return (kind | 3 << 2 | size << 4).to_bytes(3, "little")


def _coded_header_size(size: int) -> int:
    """Coded literals are fewer than plain ones, whose number decides on its own."""
    if size < 1 << 10:
        return 3
    return 4 if size < 1 << 14 else 5


def _coded_header(made: huffman.Literals, size: int) -> bytes:
    """The header of coded literals (``literalsHeader.setSizes``)."""
    width = _coded_header_size(size)
    size_format = {3: int(made.in_four), 4: 2, 5: 3}[width]
    size_bits = {3: 10, 4: 14, 5: 18}[width]
    header = made.kind | size_format << 2 | size << 4 | len(made.data) << (4 + size_bits)
    return header.to_bytes(width, "little")
