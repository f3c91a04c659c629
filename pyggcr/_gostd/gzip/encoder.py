# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""What an encoder is, and which one a profile has for a level.

The profiles are the two sets of encoders that Go's releases have: ``go126`` and ``go127`` know
what is in each of them.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.tokens import MAX_STORED
from pyggcr._gostd.gzip_options import (
    DEFAULT_COMPRESSION,
    check_level,
    check_profile,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr._gostd.gzip.bits import BitWriter
else:
    from pyggcr._typing import Protocol

__all__ = ["Encoder", "StoreEncoder", "encoder"]

_DEFAULT_LEVEL = 6  # what DEFAULT_COMPRESSION stands for


class Encoder(Protocol):
    """DEFLATE, block by block.

    Attributes:
        block_size: how many bytes ``encode`` wants at a time; only the last time there are fewer,
            maybe none.
    """

    block_size: int

    def encode(self, block: bytes, *, last: bool) -> None: ...

    def finish(self) -> None: ...


class Stored(Protocol):
    """What a ``StoreEncoder`` needs of a block writer."""

    def write_stored(self, block: bytes) -> None: ...

    def finish(self) -> None: ...


class StoreEncoder:
    """NO_COMPRESSION: wraps bytes in blocks and leaves them as they are (``store``)."""

    block_size = MAX_STORED

    def __init__(self, blocks: Stored) -> None:
        self._blocks = blocks

    def encode(self, block: bytes, *, last: bool) -> None:  # noqa: ARG002
        """Store a block; an empty one, at the end, is left out."""
        if block:
            self._blocks.write_stored(block)

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()


def encoder(profile: str, level: int, writer: BitWriter) -> Encoder:
    """The encoder of a profile for a level, writing to a bit stream.

    Raises:
        UnsupportedOptionError: there is no such profile, or no such level; the text of the latter
            is Go's.
    """
    check_profile(profile)
    check_level(level)
    if level == DEFAULT_COMPRESSION:
        level = _DEFAULT_LEVEL
    if profile == "go1.26":
        from pyggcr._gostd.gzip import go126

        return go126.encoder(level, writer)
    from pyggcr._gostd.gzip import go127

    return go127.encoder(profile, level, writer)
