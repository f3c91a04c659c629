"""A proxy before a registry: requests wait before they are passed on, and are counted.

``python -m benchmarks.runner.slow_proxy HOST SECONDS`` prints its address. For each line of its
standard input it prints how many requests it has passed on since the last one, by what they asked
for; it ends when that does.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter

_PIECE = 1 << 16
_REQUEST = re.compile(rb"^([A-Z]+) /v2/([^ ]*) HTTP/1\.1\r\n", re.MULTILINE)
_KINDS = ("manifests", "blobs", "tags", "_catalog")


class SlowProxy:
    """Passes connections on."""

    def __init__(self, host: str, wait: float) -> None:
        self._host, _, port = host.rpartition(":")
        self._port = int(port)
        self._wait = wait
        self._counts: Counter[str] = Counter()
        # The loop itself refers to its tasks weakly only: one that waits could be collected.
        self._connections: set[asyncio.Task[None] | None] = set()

    async def serve(self) -> None:
        """Serve until standard input ends."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        print(f"{host}:{port}", flush=True)  # noqa: T201
        while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
            print(json.dumps(self._counts), flush=True)  # noqa: T201
            self._counts.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            await self._serve_connection(reader, writer)
        finally:
            self._connections.discard(task)

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            answers, requests = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        back = asyncio.create_task(_pass_on(answers, writer))
        try:
            while piece := await reader.read(_PIECE):
                for method, path in _REQUEST.findall(piece):
                    self._count(method.decode(), path.decode("latin-1"))
                    if self._wait:
                        await asyncio.sleep(self._wait)
                requests.write(piece)
                await requests.drain()
        except OSError:
            pass
        finally:
            requests.close()
            await back

    def _count(self, method: str, path: str) -> None:
        kind = next((it for it in _KINDS if f"/{it}" in f"/{path}"), "ping")
        self._counts[f"{method} {kind}"] += 1


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(SlowProxy(sys.argv[1], float(sys.argv[2])).serve())
