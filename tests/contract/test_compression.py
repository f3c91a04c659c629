"""``pyggcr.compression``: pkg/compression. What it does to layers is in test_tarball_layers."""

from __future__ import annotations

from pyggcr import compression


def test_the_algorithms_are_the_strings_of_go():
    assert (compression.NONE, compression.GZIP, compression.ZSTD) == ("none", "gzip", "zstd")
    assert isinstance(compression.ZSTD, compression.Compression)
    assert compression.Compression.ZSTD is compression.ZSTD


def test_any_string_can_be_one_as_in_go():
    assert compression.Compression("brotli") == "brotli"
