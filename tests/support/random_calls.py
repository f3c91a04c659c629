"""Calls of the Go library with random functions and arguments: no crash, no leak.

``PYTHONPATH=tests python -m support.random_calls 100000 ARCHIVE`` prints how many calls were
answered and refused, and fails when the process grew or a call hangs.
"""

from __future__ import annotations

import gc
import json
import os
import random
import struct
import sys
from pathlib import Path

from pyggcr import tarball
from pyggcr._go import arguments, library, open_handles

SEED = 20261129
# These act on the whole process or on the network: they adopt an environment, run credential
# helpers, or listen.
LEFT_OUT = {"authn.Resolve", "remote.AuthenticateFrom", "registry.Serve"}
ALLOWED_GROWTH = 48 << 20  # bytes, from the first fifth of the calls to the end

TEXTS = (
    b"",
    b"sha256:" + b"0" * 64,
    b"sha256:zz",
    b"\xff\xfe",
    b"{}",
    b"null",
    b'{"host": "unix:///nonexistent"}',
    b"127.0.0.1:1/app:1",
    b"127.0.0.1:1/app@sha256:" + b"a" * 64,
    b"/nonexistent",
    b"x" * 5000,
)


class _Caller:
    def __init__(self, archive: str) -> None:
        self.choose = random.Random(SEED)
        loaded = library.load()
        self.ffi, self.lib, self.result = loaded.ffi, loaded.lib, loaded.result
        self.numbers = [
            entry[0] for name, entry in loaded.functions.items() if name not in LEFT_OUT
        ]
        self.archive = os.fsencode(archive)
        self.image = tarball.image_from_path(archive, engine="go")
        self.stale = []
        self.answered = self.refused = 0

    def value(self, depth: int = 3) -> bytes:
        tag = self.choose.randrange(10 if depth else 9)
        if tag in (arguments.BYTES, 9):
            text = self.choose.choice((*TEXTS, self.archive, json.dumps({"jobs": 1}).encode()))
            return struct.pack("<Bq", arguments.BYTES, len(text)) + text
        if tag == arguments.LIST and depth:
            count = self.choose.choice((0, 1, 2, 3, 5, 5))
            return struct.pack("<Bq", tag, count) + b"".join(
                self.value(depth - 1) for _ in range(count)
            )
        if tag == arguments.HANDLE:
            known = [self.image.handle.number, *self.stale[-20:], 0, 1 << 63]
            return struct.pack("<BQ", tag, self.choose.choice(known))
        number = self.choose.choice((0, 1, -1, 2, 7, 1 << 40, -(1 << 63)))
        return struct.pack("<Bq", tag % 9, number)

    def encoded(self) -> bytes:
        if self.choose.random() < 0.05:
            return self.choose.randbytes(self.choose.randrange(40))
        return b"".join(self.value() for _ in range(self.choose.choice((0, 1, 1, 1, 2, 2, 3))))

    def call(self) -> None:
        lib = self.lib
        number = self.choose.choice((*self.numbers, 1 << 20))
        encoded = self.encoded()
        result = self.ffi.new(self.result)
        status = lib.pyggcr_call(
            number, encoded, len(encoded), self.choose.choice((-1, 0, 10**8)), 20, result
        )
        waits = 0
        while status == lib.PYGGCR_RUNNING and waits < 500:
            waits += 1
            status = lib.pyggcr_call_wait(result.handle, 20, result)
        assert status != lib.PYGGCR_RUNNING, "a call hangs"
        if status == lib.PYGGCR_OK:
            self.answered += 1
            self.release(result)
        else:
            self.refused += 1
            assert result.error.kind == status
            assert result.error.message_size or status == lib.PYGGCR_ERROR
        lib.pyggcr_result_clear(result)

    def release(self, result) -> None:
        handles = [result.handle] if result.handle else []
        if not handles and result.data and result.size and result.size % 8 == 0:
            data = self.ffi.unpack(result.data, result.size)
            handles = [number for (number,) in struct.iter_unpack("<Q", data)]
        for handle in handles:
            if handle != self.image.handle.number:
                self.lib.pyggcr_release(handle)
                self.stale.append(handle)


def main(count: int, archive: str) -> None:
    """Make the calls, and print what came of them."""
    caller = _Caller(archive)
    warm = 0
    for i in range(count):
        caller.call()
        if i == count // 5:
            warm = _resident()
    grown = _resident() - warm
    assert grown < ALLOWED_GROWTH, f"the process grew by {grown} bytes"
    caller.image.close()
    gc.collect()
    print(  # noqa: T201
        f"{count} calls, {caller.answered} answered, {caller.refused} refused, "
        f"{open_handles()} handles left"
    )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
