"""Where a daemon listens, as the moby client takes it apart, and how its addresses are written."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import path
from pyggcr._gostd.strconv import quote as quoted
from pyggcr.errors import DaemonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.daemon import DaemonOptions

__all__ = ["Endpoint", "endpoint_of"]

# What requests over a socket of the file system call the host (client.DummyHost).
_DUMMY_HOST = "api.moby.localhost"

_MAX_SOCKET_PATH = 108  # bytes of sun_path, Linux

# What net/url leaves as it is in a host and in a path.
_PLAIN_IN_HOST = "!$&'()*+,;=:[]<>\"-_.~"
_PLAIN_IN_PATH = "$&+,/:;=@-_.~"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to.

    Attributes:
        text: the address as it was given, for errors.
        scheme: ``http`` or ``https``.
        socket: the path of the socket; ``None`` for TCP.
        host: host and port, or the path of the socket.
        base_path: what all paths begin with; mostly empty.
    """

    text: str
    scheme: str
    socket: str | None
    host: str
    base_path: str

    @property
    def host_header(self) -> str:
        """What requests call the host."""
        return self.host if self.socket is None else _DUMMY_HOST

    def target(self, *elements: str, query: str = "") -> str:
        """A path below the base path, cleaned and escaped, with its query."""
        target = _escaped(path.join(self.base_path, *elements), _PLAIN_IN_PATH)
        return f"{target}?{query}" if query else target

    def url(self, target: str) -> str:
        """The address of a request as errors show it (``url.URL.String``)."""
        return f"{self.scheme}://{_escaped(self.host, _PLAIN_IN_HOST)}{target}"


def _escaped(text: str, plain: str) -> str:
    return quote(text, safe=plain, errors="surrogateescape")


def endpoint_of(options: DaemonOptions) -> Endpoint:
    """Where the options say that the daemon listens (``client.ParseHostURL``).

    Raises:
        DaemonError: it is no address.
    """
    kind, separator, host = options.host.partition("://")
    if not separator or not host:
        raise DaemonError(f"unable to parse docker host `{options.host}`")
    if kind == "unix" and len(host.encode("utf-8", "surrogateescape")) > _MAX_SOCKET_PATH:
        raise DaemonError(f"unix socket path {quoted(host)} is too long")
    base_path = ""
    if kind == "tcp":
        host, base_path = _split(options.host)
    return Endpoint(
        text=options.host,
        scheme="https" if options.tls or kind == "https" else "http",
        socket=host if kind == "unix" else None,
        host=host,
        base_path=base_path,
    )


def _split(address: str) -> tuple[str, str]:
    """Host and path of an address of TCP (``url.Parse``)."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (says whether it is one)
    except ValueError as error:
        raise DaemonError(f"parse {quoted(address)}: {error}") from None
    return parts.netloc.rpartition("@")[2], parts.path
