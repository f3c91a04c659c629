"""Which implementation does the heavy work of ``_gostd``: the one place that chooses.

An accelerator belongs here: whoever compresses or decompresses asks this module, and what it
says is shown by ``pyggcr.engines()``.
"""

from __future__ import annotations

import contextlib
import functools
import zlib
from contextvars import ContextVar

from pyggcr._gostd import accelerator
from pyggcr._gostd.gzip_options import check_level, check_profile
from pyggcr.errors import EngineUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from typing import Any, Literal, Protocol

    from typing_extensions import Buffer, Self
else:
    from pyggcr._typing import Protocol

__all__ = [
    "Deflater",
    "Hasher",
    "Inflater",
    "crc32",
    "damage",
    "deflater",
    "fast_inflater",
    "in_use",
    "inflater",
    "sha256",
    "tar_walker",
    "use_deflater",
    "zstd_deflater",
]


class Inflater(Protocol):
    """Decodes one raw DEFLATE stream, as ``zlib.decompressobj`` does."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given but waits, since the output was full."""

    @property
    def unused_data(self) -> bytes:
        """What was given and lies behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Take input, give at most ``max_length`` bytes (0: all); raise one of ``damage()``."""


class Deflater(Protocol):
    """Compresses one gzip or zstd stream as Go does, in two halves that two threads may share.

    The halves are ``parse`` with ``parse_last``, and ``emit``; what the former give goes to the
    latter, in order. Nothing is checked: that is what ``compressor.Compressor`` is for.
    """

    def parse(self, data: memoryview) -> Any:
        """Take more of the stream."""

    def parse_last(self) -> Any:
        """End the stream."""

    def emit(self, parsed: Any, /) -> bytes:
        """The compressed bytes of what was parsed."""

    def emit_to(self, parsed: Any, sink: Callable[[memoryview], object], /) -> None:
        """The same, lent to the sink piece by piece instead of copied."""

    def compress(self, data: memoryview) -> bytes:
        """``emit(parse(data))``, in less memory."""


class Hasher(Protocol):
    """Hashes one stream, as the objects of hashlib do."""

    @property
    def name(self) -> str:
        """The algorithm: ``sha256``."""

    @property
    def digest_size(self) -> int:
        """How many bytes a digest has."""

    @property
    def block_size(self) -> int:
        """How many bytes the algorithm takes at a time."""

    def update(self, data: Buffer, /) -> None:
        """Take the next piece."""

    def digest(self) -> bytes:
        """The digest of all so far."""

    def hexdigest(self) -> str:
        """The digest in hexadecimal."""

    def copy(self) -> Self:
        """Another one, which has been given the same."""


@functools.cache
def _isal() -> ModuleType | None:
    """The package ``isal``, which inflates twice as fast as zlib, where it is installed."""
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    return isal_zlib


def inflater() -> Inflater:
    """A decoder for one stream without header or trailer, as strict as Go's."""
    return _compiled_inflater() or zlib.decompressobj(-zlib.MAX_WBITS)


def fast_inflater() -> Inflater:
    """The fastest decoder there is.

    isal takes Huffman codes that leave bit patterns unused, which Go refuses, as do zlib and the
    accelerator. So what it refuses, or a checksum that is wrong, has to be looked at again with
    ``inflater``.
    """
    decoder: Inflater = _compiled_inflater() or (_isal() or zlib).decompressobj(-zlib.MAX_WBITS)
    return decoder


def _compiled_inflater() -> Inflater | None:
    module = accelerator.load()
    if module is None:
        return None
    from pyggcr._gostd.gzip.compiled_inflater import CompiledInflater

    return CompiledInflater(module)


def damage() -> tuple[type[Exception], ...]:
    """What an ``Inflater`` raises when the stream is damaged."""
    isal = _isal()
    return (zlib.error,) if isal is None else (zlib.error, isal.error)


def crc32(data: bytes, value: int = 0) -> int:
    """``zlib.crc32``, by whatever is fastest."""
    return _crc32()(data, value)


@functools.cache
def _crc32() -> Callable[[bytes, int], int]:
    module = accelerator.load()
    if module is None or not module.lib.crc32_has_instructions():
        fallback: Callable[[bytes, int], int] = (_isal() or zlib).crc32
        return fallback
    null, take = module.ffi.NULL, module.lib.crc32_take

    def by_accelerator(data: bytes, value: int) -> int:
        checksum: int = take(value, null, data, len(data))
        return checksum

    return by_accelerator


@functools.cache
def _sha256() -> tuple[Callable[[], Hasher], str]:
    """What makes hashers, and by what they do their work."""
    module = accelerator.load()
    name = module.lib.sha256_implementation() if module is not None else None
    if module is None or name == module.ffi.NULL:
        import hashlib  # not at the start: it loads OpenSSL

        return hashlib.sha256, "hashlib"
    from pyggcr._gostd.sha256 import Sha256

    return functools.partial(Sha256, module), f"c ({module.ffi.string(name).decode()})"


def sha256() -> Hasher:
    """A new hasher: the accelerator's where the processor has instructions for it, or hashlib's.

    To be used by one thread at a time; ``bytes`` that it is given may be hashed later.
    """
    return _sha256()[0]()


def tar_walker() -> accelerator.Module | None:
    """What follows a tar archive (``tar.Walk``); nothing where Python has to do it itself."""
    return accelerator.load()


_deflater: ContextVar[str | None] = ContextVar("pyggcr_deflater", default=None)


@contextlib.contextmanager
def use_deflater(name: Literal["accelerator", "python"]) -> Iterator[None]:
    """Choose what compresses the streams that are begun in the ``with`` block.

    For tests and benchmarks: the bytes are the same. It holds for this thread or task.

    Raises:
        EngineUnavailableError: the accelerator is missing.
    """
    if name == "accelerator" and accelerator.load() is None:
        raise EngineUnavailableError(f"the accelerator is missing: {accelerator.why_missing()}")
    reset = _deflater.set(name)
    try:
        yield
    finally:
        _deflater.reset(reset)


def deflater(profile: str, level: int) -> Deflater:
    """What compresses a stream: the accelerator, where it is there.

    Raises:
        UnsupportedOptionError: there is no such profile, or no such level.
    """
    check_profile(profile)
    check_level(level)
    module = accelerator.load() if _deflater.get() != "python" else None
    if module is not None:
        from pyggcr._gostd.gzip.accelerated import AcceleratedStream

        return AcceleratedStream(module, profile, level)
    from pyggcr._gostd.gzip.portable import PortableStream

    return PortableStream(profile, level)


def zstd_deflater(level: int) -> Deflater:
    """What compresses a zstd stream: the accelerator, where it is there. Every level exists."""
    from pyggcr._gostd.zstd.levels import speed

    module = accelerator.load() if _deflater.get() != "python" else None
    if module is not None:
        from pyggcr._gostd.zstd.accelerated import AcceleratedStream

        return AcceleratedStream(module, speed(level))
    from pyggcr._gostd.zstd.portable import PortableStream

    return PortableStream(speed(level))


def in_use() -> dict[str, str]:
    """What does the work, by task, for ``EngineInfo.accelerators``."""
    missing = accelerator.why_missing()
    ours = f"python (no accelerator: {missing})" if missing else "c"
    inflate = ours if not missing else "isal" if _isal() else "zlib"
    return {
        "inflate": inflate, "deflate": ours, "zstd": ours, "tar": ours, "sha256": _sha256()[1]
    }  # fmt: skip
