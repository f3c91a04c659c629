"""A Docker daemon of a test's own: speaks the few calls of its API that pyggcr makes.

``FakeEngine`` listens on a unix socket or on loopback and serves archives that real engines wrote,
byte for byte, with inspect and history made of the archive's own config, as the engine would.
``RECORDED`` has the engines whose archives are in tests/data/docker. What goes wrong on the way is
a fault: see ``fake_faults``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, TCPServer, ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from support.fake_faults import Fault
from support.saved_images import SavedImage, familiar, images_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["DATA", "RECORDED", "Asked", "FakeEngine", "Recorded"]

DATA = Path(__file__).parents[1] / "data" / "docker"

_PIECE = 1 << 16
_VERSIONED = re.compile(r"/v([0-9]+)\.([0-9]+)(/.*)")


@dataclass(frozen=True)
class Recorded:
    """An engine as it described itself.

    Attributes:
        folder: where its archives are.
        version: of the engine; ``api`` of its API.
        driver: the storage driver, or the snapshotter of the containerd store.
    """

    folder: Path
    version: str
    api: str
    driver: str
    containerd_store: bool = False

    def archive(self, name: str) -> Path:
        """The path of one of its archives."""
        return self.folder / f"{name}.tar"

    def archives(self) -> list[Path]:
        """All its archives that hold one image, which has a single name or none."""
        several = ("multi", "mixed", "twotags")
        return [it for it in sorted(self.folder.glob("*.tar")) if it.stem not in several]

    def own_archives(self) -> list[Path]:
        """Those of images that were built in the engine: no two different ones share a name."""
        return [it for it in self.archives() if "-loaded-" not in it.stem]


RECORDED = {
    name: Recorded(DATA / name, name.partition("-")[0], api, driver, "containerd" in name)
    for name, api, driver in (
        ("24.0.7", "1.43", "overlay2"),
        ("25.0.2", "1.44", "overlay2"),
        ("28.5.2", "1.51", "overlay2"),
        ("28.5.2-containerd-store", "1.51", "overlayfs"),
    )
}


@dataclass(frozen=True)
class Asked:
    """A request: the path with its query, without the API's version, which is ``api``."""

    method: str
    path: str
    api: str
    headers: dict[str, str]


class FakeEngine:
    """A running engine; ``host`` is what DOCKER_HOST would say. A context manager, which stops it.

    Attributes:
        images: what it has.
        asked: every request so far.
        loaded: the archives that were loaded into it, as they came.
        faults: what goes wrong; looked at for each request, the first that fits is taken.
    """

    def __init__(
        self,
        recorded: Recorded,
        archives: list[Path] | None = None,
        *,
        unix: Path | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start it.

        Args:
            recorded: which engine to be.
            archives: what its images are saved as; ``recorded.own_archives()`` if not given.
            unix: where to make the socket; a port on loopback if not given.
            tls: talk TLS on that port.
        """
        self.recorded = recorded
        self.asked: list[Asked] = []
        self.loaded: list[Path] = []
        self.faults: list[Fault] = []
        self.stopping = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="fake-engine-")
        self.images: list[SavedImage] = []
        for archive in recorded.own_archives() if archives is None else archives:
            self.images.extend(images_of(archive, recorded.containerd_store))
        if unix is not None:
            self._server: _Server = _UnixServer(self, unix)
            self.host = f"unix://{unix}"
        else:
            self._server = _TCPServer(self, tls)
            self.host = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake engine"
        )
        self._thread.start()

    def paths(self, method: str = "GET") -> list[str]:
        """The paths that were asked for with a method, in order."""
        return [asked.path for asked in list(self.asked) if asked.method == method]

    def find(self, name: str) -> SavedImage | None:
        """The image of a name, an ID or the beginning of an ID."""
        wanted = familiar(name)
        for image in self.images:
            if wanted in image.tags:
                return image
        digits = name.removeprefix("sha256:")
        by_id = [it for it in self.images if it.id.removeprefix("sha256:").startswith(digits)]
        # What is saved by its ID carries no tags.
        return min(by_id, key=lambda it: len(it.tags), default=None)

    def tags_of(self, image: SavedImage) -> list[str]:
        """All names of an image, which may be in several archives."""
        same = [tag for it in self.images if it.id == image.id for tag in it.tags]
        return list(dict.fromkeys(same))

    def listed(self) -> list[dict[str, object]]:
        """What ``docker images`` shows: each image once."""
        images = {image.id: image for image in self.images}
        return [{"Id": key, "RepoTags": self.tags_of(it)} for key, it in images.items()]

    def add(self, archive: Path) -> list[str]:
        """What ``docker load`` does; the names, or the IDs, of the images that are new."""
        made = images_of(archive, self.recorded.containerd_store)
        for image in made:
            self._untag(image.tags)
            self.images.append(image)
        self.loaded.append(archive)
        return [name for image in made for name in (image.tags or [image.id])]

    def tag(self, image: SavedImage, target: str) -> None:
        """What ``docker tag`` does."""
        self._untag([target])
        image.tags.append(target)

    def _untag(self, tags: list[str]) -> None:
        for image in self.images:
            image.tags[:] = [tag for tag in image.tags if tag not in tags]

    def fault_for(self, path: str) -> Fault | None:
        """The fault that this request meets."""
        return next((fault for fault in self.faults if fault.meets(path)), None)

    def keep(self, body: Iterator[bytes]) -> Path:
        """Write what comes in to a file of its own."""
        descriptor, path = tempfile.mkstemp(dir=self._folder.name)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(body)
        return Path(path)

    def close(self) -> None:
        """Stop it in the middle of whatever it is doing."""
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingMixIn, BaseServer):
    """Waits for its threads when it is closed: ``hang_up`` makes them end."""

    engine: FakeEngine
    request_queue_size = 64

    def _begin(self, engine: FakeEngine) -> None:
        self.engine = engine
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.discard(request)

    def hang_up(self) -> None:
        """End all connections."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """A client hung up, or speaks TLS where there is none: nothing to print."""


class _UnixServer(_Server, UnixStreamServer):
    def __init__(self, engine: FakeEngine, path: Path) -> None:
        self._begin(engine)
        self._path = path
        UnixStreamServer.__init__(self, str(path), _Exchange)

    def server_close(self) -> None:
        super().server_close()
        self._path.unlink(missing_ok=True)


class _TCPServer(_Server, TCPServer):
    def __init__(self, engine: FakeEngine, tls: ssl.SSLContext | None) -> None:
        self._begin(engine)
        TCPServer.__init__(self, ("127.0.0.1", 0), _Exchange)
        if tls is not None:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )


class _Exchange(BaseHTTPRequestHandler):
    """One connection's requests and answers."""

    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def engine(self) -> FakeEngine:
        return self.server.engine

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, ValueError):
            self.close_connection = True

    def _do(self) -> None:
        path, api = self.path, ""
        if versioned := _VERSIONED.fullmatch(self.path):
            path, api = versioned[3], f"{versioned[1]}.{versioned[2]}"
        fault = self.engine.fault_for(path) or Fault(path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        body = fault.receive(self._body())
        received = self.engine.keep(body) if self.command == "POST" else None
        self.engine.asked.append(Asked(self.command, path, api, headers))
        fault.send(self, lambda: self._answer(path, api, received))

    do_GET = do_HEAD = do_POST = _do  # noqa: N815

    def _body(self) -> Iterator[bytes]:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            left = int(self.headers.get("Content-Length", 0))
            while left:
                piece = self.rfile.read(min(left, _PIECE))
                if not piece:
                    raise ConnectionAbortedError
                left -= len(piece)
                yield piece
            return
        while left := int(self.rfile.readline(), 16):
            while left:
                piece = self.rfile.read(min(left, _PIECE))
                if not piece:
                    raise ConnectionAbortedError
                left -= len(piece)
                yield piece
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, path: str, api: str, received: Path | None) -> None:
        recorded = self.engine.recorded
        if api and _numbers(api) > _numbers(recorded.api):
            self.refuse(
                400,
                f"client version {api} is too new. Maximum supported API version is {recorded.api}",
            )
            return
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        where = unquote(parts.path)
        if where == "/_ping":
            self.answer(200, b"OK", "text/plain; charset=utf-8")
        elif where == "/version":
            self.answer_json(_version(recorded))
        elif where == "/info":
            self.answer_json(_info(recorded, len(self.engine.loaded)))
        elif where == "/images/json":
            self.answer_json(self.engine.listed())
        elif where == "/images/get":
            self._save(query.get("names", []))
        elif where == "/images/load" and received is not None:
            self._load(received)
        elif found := re.fullmatch(r"/images/(.+)/(json|history|tag)", where):
            self._about_image(found[1], found[2], query)
        else:
            self.refuse(404, "page not found")

    def _about_image(self, name: str, what: str, query: dict[str, list[str]]) -> None:
        image = self.engine.find(name)
        if image is None:
            self.refuse(404, f"No such image: {familiar(name)}")
        elif what == "json":
            document = image.inspect(self.engine.recorded)
            self.answer_json({**document, "RepoTags": self.engine.tags_of(image)})
        elif what == "history":
            self.answer_json(image.history())
        else:
            tag = query.get("tag", ["latest"])[0]
            self.engine.tag(image, familiar(f"{query['repo'][0]}:{tag}"))
            self.answer(201, b"", None)

    def _save(self, names: list[str]) -> None:
        images = [self.engine.find(name) for name in names]
        sent = {image.archive for image in images if image is not None}
        if None in images:
            self.refuse(404, "reference does not exist")
        elif len(sent) != 1:
            self.refuse(500, "no archive of these images was recorded")
        else:
            self._stream(sent.pop())

    def _stream(self, archive: Path) -> None:
        self.begin(200, "application/x-tar", None)
        with archive.open("rb") as file:
            while piece := file.read(_PIECE):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _load(self, archive: Path) -> None:
        try:
            names = self.engine.add(archive)
        except (tarfile.TarError, KeyError, ValueError) as error:
            # The engine has begun its answer by then.
            said = {"errorDetail": {"message": str(error)}, "error": str(error)}
            self.answer(200, _json(said) + b"\r\n", "application/json")
            return
        lines = [
            {"stream": f"Loaded image{' ID' if name.startswith('sha256:') else ''}: {name}\n"}
            for name in names
        ]
        body = b"".join(_json(line) + b"\r\n" for line in lines)
        self.answer(200, body, "application/json")

    def refuse(self, status: int, message: str) -> None:
        """Answer with an error of the engine."""
        self.answer(status, _json({"message": message}) + b"\n", "application/json")

    def answer_json(self, document: object) -> None:
        """Answer with a document."""
        self.answer(200, _json(document) + b"\n", "application/json")

    def answer(self, status: int, body: bytes, media_type: str | None) -> None:
        """Answer with a body of known length."""
        self.begin(status, media_type, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status: int, media_type: str | None, length: int | None) -> None:
        """Send the head of an answer; chunked without a length."""
        self.send_response(status)
        self.send_header("Api-Version", self.engine.recorded.api)
        self.send_header("Docker-Experimental", "false")
        self.send_header("Ostype", "linux")
        if media_type is not None:
            self.send_header("Content-Type", media_type)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def version_string(self) -> str:
        return f"Docker/{self.engine.recorded.version} (linux)"

    def log_message(self, *_: object) -> None:
        pass


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _version(recorded: Recorded) -> dict[str, Any]:
    return {
        "Platform": {"Name": ""},
        "Version": recorded.version,
        "ApiVersion": recorded.api,
        "MinAPIVersion": "1.24",
        "Os": "linux",
        "Arch": "amd64",
    }


def _info(recorded: Recorded, images: int) -> dict[str, Any]:
    status = [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]]
    if recorded.containerd_store:
        status = [["driver-type", "io.containerd.snapshotter.v1"]]
    return {
        "Images": images,
        "Driver": recorded.driver,
        "DriverStatus": status,
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
        "OSType": "linux",
        "Architecture": "x86_64",
        "ServerVersion": recorded.version,
    }
