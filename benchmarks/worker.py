"""Python's worker: what benchmarks/go/serve.go is in Go.

``python -m benchmarks.worker`` reads requests, a line of JSON each, and answers each with a line:
the seconds of each round, and the SHA-256 of what the work made. See runner/workers.py.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

# Does the work once; what it makes goes piece by piece to the function given.
Job = Callable[[Callable[[Any], object]], object]

_GZIP_WINDOW = 31  # zlib's wbits for a window of 32 KiB with gzip's header and trailer


def _forget(_piece: object) -> None:
    """Where what is made goes while the clock runs."""


def hash_at_once(request: dict[str, Any]) -> Job:
    """hashlib on bytes in memory."""
    data = Path(request["path"]).read_bytes()
    return lambda sink: sink(hashlib.sha256(data).digest())


def _thirds(request: dict[str, Any]) -> list[memoryview]:
    data = memoryview(Path(request["path"]).read_bytes())
    third = len(data) // 3
    return [data[number * third : (number + 1) * third] for number in range(3)]


def hash_thirds_at_once(request: dict[str, Any]) -> Job:
    """hashlib on the thirds of a file in memory, one after the other."""
    thirds = _thirds(request)

    def job(sink: Callable[[Any], object]) -> None:
        for third in thirds:
            sink(hashlib.sha256(third).digest())

    return job


def hash_three_streams(request: dict[str, Any]) -> Job:
    """The hashers that pyggcr uses, on the same thirds by turns, in pieces."""
    from pyggcr._gostd import codecs

    chunk = 256 << 10
    pieces = [
        [bytes(third[at : at + chunk]) for at in range(0, len(third), chunk)]
        for third in _thirds(request)
    ]

    def job(sink: Callable[[Any], object]) -> None:
        hashers = [codecs.sha256() for _ in pieces]
        for turn in zip(*pieces, strict=True):
            for hasher, piece in zip(hashers, turn, strict=True):
                hasher.update(piece)
        for hasher in hashers:
            sink(hasher.digest())

    return job


def hash_file(request: dict[str, Any]) -> Job:
    """``v1.sha256`` on an open file."""
    from pyggcr import v1

    def job(sink: Callable[[Any], object]) -> None:
        with Path(request["path"]).open("rb", buffering=0) as file:
            sink(bytes.fromhex(v1.sha256(file)[0].hex))

    return job


def hash_whole_file(request: dict[str, Any]) -> Job:
    """hashlib on a file that is read whole first."""
    path = Path(request["path"])
    return lambda sink: sink(hashlib.sha256(path.read_bytes()).digest())


def hash_stream(request: dict[str, Any]) -> Job:
    """``v1.sha256`` on bytes in memory, as a stream."""
    from pyggcr import v1

    data = Path(request["path"]).read_bytes()
    return lambda sink: sink(bytes.fromhex(v1.sha256(io.BytesIO(data))[0].hex))


def hash_layer(request: dict[str, Any]) -> Job:
    """``v1.sha256`` of the first layer of an archive, read through an engine."""
    from pyggcr import tarball, v1

    layer = tarball.image_from_path(request["path"], engine=request["engine"]).layers()[0]

    def job(sink: Callable[[Any], object]) -> None:
        with layer.uncompressed() as stream:
            sink(bytes.fromhex(v1.sha256(stream)[0].hex))

    return job


def read_layer(request: dict[str, Any]) -> Job:
    """The first layer of an archive through an engine, in reads of one size."""
    from pyggcr import tarball

    layer = tarball.image_from_path(request["path"], engine=request["engine"]).layers()[0]
    buffer = bytearray(request["chunk"])
    view = memoryview(buffer)

    def job(sink: Callable[[Any], object]) -> None:
        with layer.uncompressed() as stream:
            readinto = stream.readinto
            if sink is _forget:  # only what is read counts, as in Go
                while readinto(buffer):
                    continue
            while count := readinto(buffer):
                sink(view[:count])

    return job


def empty_call(_request: dict[str, Any]) -> Job:
    """A thousand calls into Go that do nothing."""
    from pyggcr._go import library

    call = library.load().lib.pyggcr_abi_version

    def job(_sink: Callable[[Any], object]) -> None:
        for _ in range(1_000):
            call()

    return job


def compress(request: dict[str, Any]) -> Job:
    """Go's gzip at a level, by default BestSpeed, on one thread."""
    from pyggcr._gostd.gzip import BEST_SPEED, Compressor

    data = memoryview(Path(request["path"]).read_bytes())
    chunk = request["chunk"]

    def job(sink: Callable[[Any], object]) -> None:
        compressor = Compressor(request["profile"], request.get("level", BEST_SPEED))
        for start in range(0, len(data), chunk):
            compressor.emit_to(compressor.parse(data[start : start + chunk]), sink)
        compressor.emit_to(compressor.parse_last(), sink)

    return job


def compress_in_two(request: dict[str, Any]) -> Job:
    """The same with matches searched on one thread and code written on another."""
    from pyggcr._gostd.gzip import BEST_SPEED, Compressor

    data = memoryview(Path(request["path"]).read_bytes())
    chunk = request["chunk"]

    def job(sink: Callable[[Any], object]) -> None:
        compressor = Compressor(request["profile"], request.get("level", BEST_SPEED))
        batches: Queue[Any] = Queue(maxsize=4)

        def parse() -> None:
            for start in range(0, len(data), chunk):
                batches.put(compressor.parse(data[start : start + chunk]))
            batches.put(compressor.parse_last())
            batches.put(None)

        parser = threading.Thread(target=parse)
        parser.start()
        while (batch := batches.get()) is not None:
            sink(compressor.emit(batch))
        parser.join()

    return job


def compress_with_engine(request: dict[str, Any]) -> Job:
    """Go's gzip through the Go engine."""
    from pyggcr._go import gostd

    data = Path(request["path"]).read_bytes()
    return lambda sink: sink(gostd.call("gzip", data))


def decompress(request: dict[str, Any]) -> Job:
    """gzip undone as the Python engine does it."""
    from pyggcr._gostd.gzip import Reader

    data = Path(request["path"]).read_bytes()
    buffer = bytearray(request["chunk"])
    view = memoryview(buffer)

    def job(sink: Callable[[Any], object]) -> None:
        with Reader(_Raw(data)) as stream:
            while count := stream.readinto(buffer):
                sink(view[:count])

    return job


def decompress_with(module: Any) -> Callable[[dict[str, Any]], Job]:
    """gzip undone by the ``decompressobj`` of zlib, or of a module that is like it."""

    def prepare(request: dict[str, Any]) -> Job:
        data = Path(request["path"]).read_bytes()

        def job(sink: Callable[[Any], object]) -> None:
            unzipper = module().decompressobj(_GZIP_WINDOW)
            waiting = data
            while waiting and not unzipper.eof:
                sink(unzipper.decompress(waiting, request["chunk"]))
                waiting = unzipper.unconsumed_tail

        return job

    return prepare


def decompress_with_engine(request: dict[str, Any]) -> Job:
    """gzip undone by the Go engine."""
    from pyggcr._go import gostd

    data = Path(request["path"]).read_bytes()
    return lambda sink: sink(gostd.call("gunzip", data))


class _Raw(io.BytesIO, io.RawIOBase):
    """Bytes as a raw stream."""


def _isal() -> Any:
    from isal import isal_zlib

    return isal_zlib


JOBS: dict[str, Callable[[dict[str, Any]], Job]] = {
    "hash": hash_at_once,
    "hash_thirds_at_once": hash_thirds_at_once,
    "hash_three_streams": hash_three_streams,
    "hash_file": hash_file,
    "hash_stream": hash_stream,
    "hash_whole_file": hash_whole_file,
    "hash_layer": hash_layer,
    "read_layer": read_layer,
    "empty_call": empty_call,
    "gzip": compress,
    "gzip_in_two": compress_in_two,
    "gzip_with_engine": compress_with_engine,
    "gunzip": decompress,
    "gunzip_with_engine": decompress_with_engine,
    "gunzip_with_zlib": decompress_with(lambda: zlib),
    "gunzip_with_isal": decompress_with(_isal),
}


def perform(request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked: once to hash what is made, then round by round."""
    job = JOBS[request["op"]](request)
    made = hashlib.sha256()
    job(made.update)
    seconds = []
    with ThreadPoolExecutor(request["threads"]) as pool:
        _together(pool, request["threads"], lambda _sink: None, 1)  # starts the threads
        for _ in range(request["rounds"]):
            start = time.perf_counter()
            _together(pool, request["threads"], job, request["loops"])
            seconds.append((time.perf_counter() - start) / request["loops"])
    return {"seconds": seconds, "answer": made.hexdigest()}


def _together(pool: ThreadPoolExecutor, threads: int, job: Job, loops: int) -> None:
    """So many threads do the job at once, each so many times."""
    if threads == 1:
        _repeat(job, loops)
        return
    for running in [pool.submit(_repeat, job, loops) for _ in range(threads)]:
        running.result()


def _repeat(job: Job, loops: int) -> None:
    for _ in range(loops):
        job(_forget)


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        try:
            reply = perform(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker is told
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
