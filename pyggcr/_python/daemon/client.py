"""Questions to a daemon: the few calls of the moby client that pkg/v1/daemon makes, and two more.

The version of the API is agreed on with the first answer to a ping. A daemon that answers none is
asked in the newest version, as pkg/v1/daemon ignores what goes wrong with a ping.
"""

from __future__ import annotations

import contextlib
import threading

from pyggcr._python.daemon import documents, references, versions
from pyggcr._python.daemon.answer import AnswerStream
from pyggcr._python.daemon.transport import Transport
from pyggcr._python.remote.urls import encode_query
from pyggcr._values.daemon import DOCKER_ENGINE, PODMAN, DaemonInfo
from pyggcr.errors import DaemonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyggcr._python.daemon.answer import Answer
    from pyggcr._values.daemon import DaemonOptions

__all__ = ["Client", "greeted"]

_PING = "_ping"
_OK = 200
_TAR = {"Content-Type": "application/x-tar"}

# How the containerd store tells that it is in use (``DriverStatus`` of ``GET /info``).
_CONTAINERD_STORE = ["driver-type", "io.containerd.snapshotter.v1"]


def _product_of(version: documents.Version) -> str:
    """What answers: Podman has Docker's API, and versions of its own."""
    names = [component.name for component in version.components or ()]
    return PODMAN if any(name.startswith(PODMAN) for name in names) else DOCKER_ENGINE


class Client:
    """A daemon; threads may share it."""

    def __init__(self, options: DaemonOptions) -> None:
        """Nothing is asked yet.

        Raises:
            DaemonError: the host is no address.
            FileAccessError: a file of certificates cannot be read.
            UnsupportedOptionError: the options make no sense.
        """
        self._version = versions.pinned(options.api_version)
        self._transport = Transport(options)
        self._lock = threading.Lock()

    def ping(self) -> None:
        """Greet the daemon, and agree on a version if that is still to do (``Client.Ping``).

        Raises:
            DaemonError: it does not answer as daemons do.
        """
        answer = self._greet()
        with self._lock:
            if self._version is None:
                self._version = versions.agreed(answer.header("Api-Version"))

    def _greet(self) -> Answer:
        target = self._transport.endpoint.target("/", _PING)
        try:
            answer = self._transport.send("HEAD", target)
        except DaemonError:
            pass  # some proxies know no HEAD
        else:
            answer.close()
            if answer.status == _OK:
                return answer
        answer = self._transport.send("GET", target)
        answer.check()
        answer.close()
        return answer

    def inspect(self, name: str) -> documents.Inspect:
        """What the daemon says of an image (``Client.ImageInspect``).

        Raises:
            DaemonImageNotFoundError: it has no such image.
            DaemonError: it does not say.
        """
        return documents.unmarshal(self._document("/images/", name, "json"), documents.INSPECT)

    def images(self) -> list[documents.Listed]:
        """The images that there are (``Client.ImageList``).

        Raises:
            DaemonError: it does not say.
        """
        return documents.decode(self._document("/images/json"), documents.LISTED) or []

    def history(self, name: str) -> list[documents.HistoryItem]:
        """How an image was made, newest entry first (``Client.ImageHistory``); raises likewise."""
        document = self._document("/images/", name, "history")
        return documents.decode(document, documents.HISTORY) or []

    def save(self, names: Sequence[str]) -> AnswerStream:
        """The archive of images as a stream (``Client.ImageSave``); raises likewise."""
        query = encode_query([("names", name) for name in names])
        return AnswerStream(self._ask("GET", "/images/get", query=query))

    def load(self, archive: Iterable[bytes]) -> Answer:
        """Load images (``Client.ImageLoad``).

        Returns:
            What the daemon says of it, to be read.

        Raises:
            DaemonError: it refuses.
            Exception: what the archive raises.
        """
        return self._ask("POST", "/images/load", query="quiet=0", headers=_TAR, body=archive)

    def tag(self, source: str, target: str) -> None:
        """Give an image one more name (``Client.ImageTag``).

        Raises:
            InvalidReferenceError: one of the names is none to Docker.
            DaemonImageNotFoundError: the daemon has no such image.
            DaemonError: it refuses.
        """
        references.check_source(source)
        repository, tag = references.split_target(target)
        query = encode_query([("repo", repository), ("tag", tag)])
        self._ask("POST", "/images/", source, "tag", query=query).close()

    def info(self) -> DaemonInfo:
        """What the daemon says of itself (``Client.ServerVersion`` and ``Client.Info``).

        Raises:
            DaemonError: it does not say.
        """
        version = documents.decode(self._document("/version"), documents.VERSION)
        info = documents.decode(self._document("/info"), documents.INFO)
        return DaemonInfo(
            engine_version=version.version,
            api_version=version.api_version,
            storage_driver=info.driver,
            containerd_store=_CONTAINERD_STORE in (info.driver_status or ()),
            operating_system=version.os,
            architecture=version.arch,
            product=_product_of(version),
        )

    def _document(self, *path: str) -> bytes:
        return self._ask("GET", *path).read_document()

    def _ask(
        self,
        method: str,
        *path: str,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: Iterable[bytes] | None = None,
    ) -> Answer:
        """The answer, if it is none that is an error."""
        target = self._transport.endpoint.target("/", f"v{self._spoken()}", *path, query=query)
        answer = self._transport.send(method, target, headers, body)
        answer.check()
        return answer

    def _spoken(self) -> str:
        """The version to speak (``getAPIPath``)."""
        if self._version is None:
            with contextlib.suppress(DaemonError):  # what is asked will fail, too, and say why
                self.ping()
        return self._version or versions.NEWEST


def greeted(options: DaemonOptions) -> Client:
    """A client that knows which version to speak, if the daemon says so (``makeOptions``)."""
    client = Client(options)
    with contextlib.suppress(DaemonError):  # as in Go: the next request fails as well
        client.ping()
    return client
