"""Many clients that push to a registry which is killed in the middle, and go on where they were."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import itertools
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Load", "Served", "blob"]

_PATIENCE = 120.0  # seconds for one blob, restarts included
_ERRORS = (OSError, http.client.HTTPException)


def blob(number: int) -> bytes:
    """The content of a blob: some kilobytes that no other blob has."""
    source = random.Random(number)
    return source.randbytes(source.randrange(100, 20_000))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Served:
    """``pyggcr registry serve`` in a process of its own, always at one address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.host = "127.0.0.1:0"
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        command = [*(sys.executable, "-m", "pyggcr", "registry", "serve"), "--address", self.host]
        self.process = subprocess.Popen(
            [*command, "--disk", self._folder], stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.process.stderr.readline()
        found = re.fullmatch("listening on (.*)\n", self.process.stderr.readline())
        assert found is not None
        self.host = found[1]

    def kill(self) -> None:
        """End it by SIGKILL, so that it can tidy up nothing."""
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


class Load:
    """Clients that push blobs, each in two pieces.

    Attributes:
        done: numbers of the blobs that the registry took.
        resumed: how many uploads went on with what the registry had before it was killed.
        failed: what went wrong, which should be nothing.
    """

    def __init__(self, host: str, clients: int, blobs: int) -> None:
        self.done: list[int] = []
        self.resumed = 0
        self.failed: list[BaseException] = []
        self._host = host
        self._numbers = iter(range(blobs))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._client) for _ in range(clients)]
        for it in self._threads:
            it.start()

    def wait_for(self, count: int) -> None:
        """Wait until so many blobs are done."""
        while len(self.done) < count and not self.failed:
            time.sleep(0.01)

    def join(self) -> None:
        """Wait until all are done."""
        for it in self._threads:
            it.join()

    def _client(self) -> None:
        try:
            with contextlib.closing(http.client.HTTPConnection(self._host, timeout=30)) as it:
                while (number := self._next()) is not None:
                    self._push(it, number)
                    self.done.append(number)
        except BaseException as error:  # noqa: BLE001  (the test reports it)
            self.failed.append(error)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def _push(self, connection: http.client.HTTPConnection, number: int) -> None:
        content, place = blob(number), ""
        repository = f"load/{number % 7}"
        ends = time.monotonic() + _PATIENCE
        while True:
            try:
                if not place:
                    answer = _ask(connection, "POST", f"/v2/{repository}/blobs/uploads/")
                    assert answer.status == 202, answer.status
                    place = answer.headers["Location"]
                    _ask(connection, "PATCH", place, content[: len(content) // 2])
                begin = self._begin(connection, place)
                if begin is None:
                    # It was finished before the answer was lost, or never began for the registry.
                    head = _ask(connection, "HEAD", f"/v2/{repository}/blobs/{_digest(content)}")
                    if head.status == 200:
                        return
                    place = ""
                    continue
                headers = {"Content-Range": f"{begin}-{len(content) - 1}"} if begin else {}
                target = f"{place}?digest={_digest(content)}"
                answer = _ask(connection, "PUT", target, content[begin:], headers)
                assert answer.status == 201, (answer.status, answer.read_body)
                return
            except _ERRORS:
                if time.monotonic() > ends:
                    raise
                connection.close()
                time.sleep(0.05)
                if place and self._survived(place):
                    with self._lock:
                        self.resumed += 1

    def _survived(self, place: str) -> bool:
        """Whether the registry, once it is back, still has what came of an upload."""
        for _ in itertools.repeat(None, int(_PATIENCE / 0.05)):
            with contextlib.closing(http.client.HTTPConnection(self._host, timeout=30)) as it:
                try:
                    return bool(self._begin(it, place))
                except _ERRORS:
                    time.sleep(0.05)
        return False

    def _begin(self, connection: http.client.HTTPConnection, place: str) -> int | None:
        """How much of an upload is there; ``None`` if there is no such upload."""
        answer = _ask(connection, "GET", place)
        if answer.status != 204:
            return None
        last = int(answer.headers["Range"].partition("-")[2])
        return last + 1 if last else 0


def _ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    response.read_body = response.read()
    return response


def stored(folder: Path) -> Iterator[Path]:
    """The files of all blobs in a registry's folder."""
    return (it for it in (folder / "blobs").rglob("*") if it.is_file())
