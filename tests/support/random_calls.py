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
import tempfile
from pathlib import Path

from pyggcr import tarball
from pyggcr._go import arguments, library, open_handles

SEED = 20261129
# These act on the whole process or on the network: they adopt an environment, run credential
# helpers, or listen. Those of package random take as much memory as a number says.
LEFT_OUT = {"authn.Resolve", "remote.AuthenticateFrom", "registry.Serve"}
LEFT_OUT |= {"random.Layer", "random.Image", "random.Index"}
LEFT_OUT |= {"google.EnvToken", "google.GcloudToken"}
MOST_HELD = 40  # handles, the oldest of which is released
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
        self.functions = [
            (number, parameters, result)
            for name, (number, parameters, result, *_) in loaded.functions.items()
            if name not in LEFT_OUT
        ]
        self.functions.append((1 << 20, [], "nothing"))
        self.archive = os.fsencode(archive)
        self.image = tarball.image_from_path(archive, engine="go")
        self.held: list[int] = []
        self.stale: list[int] = []
        self.answered = self.refused = 0

    def value(self, depth: int = 3) -> bytes:
        tag = self.choose.randrange(11 if depth else 10)
        if tag in (arguments.BYTES, 10):
            text = self.choose.choice((*TEXTS, self.archive, json.dumps({"jobs": 1}).encode()))
            return _packed(text)
        if tag == arguments.LIST and depth:
            count = self.choose.choice((0, 1, 2, 3, 5, 5))
            return struct.pack("<Bq", tag, count) + b"".join(
                self.value(depth - 1) for _ in range(count)
            )
        if tag == arguments.HANDLE:
            known = [self.image.handle.number, *self.held, *self.stale[-20:], 0, 1 << 63]
            return struct.pack("<BQ", tag, self.choose.choice(known))
        number = self.choose.choice((0, 1, -1, 2, 7, 1 << 40, -(1 << 63)))
        return struct.pack("<Bq", tag % 10, number)

    def encoded(self, parameters: list[list[str]]) -> bytes:
        chance = self.choose.random()
        if chance < 0.05:
            return self.choose.randbytes(self.choose.randrange(40))
        if chance < 0.3:
            return b"".join(self.value() for _ in range(self.choose.choice((0, 1, 1, 2, 2, 3))))
        return b"".join(self.of_kind(kind) for _word, kind in parameters)

    def of_kind(self, kind: str) -> bytes:
        """A value that a parameter of this kind may get, mostly."""
        if self.choose.random() < 0.1:
            return self.value()
        word, _, rest = kind.partition(" ")
        if word == "list":
            count = self.choose.randrange(3)
            elements = b"".join(self.of_kind(rest) for _ in range(count))
            return struct.pack("<Bq", arguments.LIST, count) + elements
        if kind in ("image", "index", "layer", "value", "descriptor", "client", "server"):
            number = self.image.handle.number
            if self.held and (kind not in ("image", "value") or self.choose.random() < 0.3):
                number = self.choose.choice(self.held)
            return struct.pack("<BQ", arguments.HANDLE, number)
        if kind in ("addendum", "index addendum"):
            pair = self.of_kind("layer" if kind == "addendum" else "value")
            return struct.pack("<Bq", arguments.LIST, 2) + pair + _packed(b"{}")
        if kind == "time":
            numbers = (self.choose.choice((0, 1, -1, 1 << 62)) for _ in range(3))
            return struct.pack("<Bq", arguments.LIST, 3) + b"".join(
                struct.pack("<Bq", arguments.INTEGER, number) for number in numbers
            )
        if kind in ("integer", "boolean"):
            return struct.pack("<Bq", arguments.INTEGER, self.choose.randrange(-3, 12))
        if kind in ("tag", "digest", "reference", "repository", "registry", "name"):
            texts = (
                self.choose.choice((b"tag", b"digest", b"")),
                self.choose.choice(TEXTS),
                b"",
                b"",
            )
            return struct.pack("<Bq", arguments.LIST, 5) + b"".join(
                [*map(_packed, texts), struct.pack("<Bq", arguments.INTEGER, 0)]
            )
        return _packed(self.archive if kind == "opener" else self.choose.choice(TEXTS))

    def call(self) -> None:
        lib = self.lib
        number, parameters, kind = self.choose.choice(self.functions)
        encoded = self.encoded(parameters)
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
            self.release(result, kind)
        else:
            self.refused += 1
            assert result.error.kind == status
            assert result.error.message_size or status == lib.PYGGCR_ERROR
        lib.pyggcr_result_clear(result)

    def release(self, result, kind: str) -> None:
        self.held += [result.handle] if result.handle else []
        if kind.startswith("list "):
            data = self.ffi.unpack(result.data, result.size)
            # Where objects are of several forms, a byte for each says which.
            count = len(data) // (9 if kind == "list described" else 8)
            self.held += struct.unpack_from(f"<{count}Q", data)
        while len(self.held) > MOST_HELD:
            handle = self.held.pop(0)
            self.lib.pyggcr_release(handle)
            self.stale.append(handle)


def _packed(data: bytes) -> bytes:
    return struct.pack("<Bq", arguments.BYTES, len(data)) + data


def main(count: int, archive: str) -> None:
    """Make the calls, and print what came of them."""
    caller = _Caller(str(Path(archive).resolve()))
    # Some functions write, and a made-up name may be one of a folder here.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        _make_calls(caller, count)


def _make_calls(caller: _Caller, count: int) -> None:
    warm = 0
    for i in range(count):
        caller.call()
        if i == count // 5:
            warm = _resident()
    grown = _resident() - warm
    assert grown < ALLOWED_GROWTH, f"the process grew by {grown} bytes"
    for handle in caller.held:
        caller.lib.pyggcr_release(handle)
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
