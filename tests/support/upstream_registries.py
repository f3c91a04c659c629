"""A process that serves a registry of pyggcr for each one that go-containerregistry's tests make.

``python -m support.upstream_registries ENGINE`` writes an address. Each POST to it, with a JSON of
``referrers`` and ``folder``, starts a registry and answers its address. All end with standard
input.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyggcr import registry


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        made = registry.serve(**asked, engine=sys.argv[1])
        _served.append(made)
        body = made.host.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of requests."""


_served: list[registry.RegistryServer] = []


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
