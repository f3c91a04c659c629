"""From keyword arguments to an engine and a client, for all functions about registries.

``Connection`` holds what was chosen, for one call or for many, and parses references. The options
themselves are declared by ``RemoteOptions``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from pyggcr import limits, name
from pyggcr._os.closeable import Closeable
from pyggcr._values.remote import (
    PATH_OPTIONS,
    ConnectionOptions,
    Options,
    RemoteClient,
    RemoteOptions,
)
from pyggcr.engine import select
from pyggcr.errors import ClosedError, UnsupportedOptionError
from pyggcr.limits import CallOptions, check_known
from pyggcr.v1.platform import parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, cast

    from typing_extensions import Unpack

    from pyggcr._contract.remote import RemoteEngine
    from pyggcr.engine import Engine
    from pyggcr.remote.listing import Catalogger, Lister
else:
    from pyggcr._typing import TypeVar, cast

__all__ = [
    "CallOptions",
    "ConnectedClient",
    "Connection",
    "ConnectionOptions",
    "Options",
    "connected",
    "looking_ahead",
    "share_connection",
]


_T = TypeVar("_T")


class Connection(Closeable):
    """An engine, with a client of it and the options for all calls through it."""

    def __init__(self, options: ConnectionOptions) -> None:
        check_known(options, Options.__annotations__)
        rest: dict[str, Any] = dict(options)
        self.engine: Engine = select(rest.pop("engine", None))
        if isinstance(platform := rest.get("platform"), str):
            rest["platform"] = parse_platform(platform)
        for key in PATH_OPTIONS:
            if rest.get(key) is not None:
                rest[key] = os.fspath(rest[key])
        if isinstance(hosts := rest.get("hosts"), str):
            from pyggcr.remote.hosts import load

            rest["hosts"] = load(hosts)
        self.options: RemoteOptions = RemoteOptions(**rest)
        # At most one client, under the key ``None``: to set a default is atomic.
        self._made: dict[None, RemoteClient] = {}
        self._closed = False

    @property
    def remote(self) -> RemoteEngine:
        """The engine's functions for registries, with the settings of hosts if there are any."""
        if self.options.hosts is not None:
            from pyggcr.remote.routing import routed

            return routed(self.engine.remote)
        return self.engine.remote

    @property
    def client(self) -> RemoteClient:
        """The client that owns connections, tokens and caches, made for the first call.

        Raises:
            ClosedError: the connection was closed.
        """
        if self._closed:
            raise ClosedError("client already closed")
        found = self._made.get(None)
        if found is None:
            made = self._make_client()
            found = self._made.setdefault(None, made)
            if found is not made:
                made.close()  # another thread was faster
        return found

    def _make_client(self) -> RemoteClient:
        if self.options.hosts is None:
            return self.remote.client(options=self.options)
        from pyggcr.remote.routing import RoutedClient

        return RoutedClient(self.engine.remote, self.options, self.options.hosts)

    def refuse_hosts(self, function: str) -> None:
        """Refuse the option ``hosts``, where it cannot be honoured.

        Args:
            function: the name of the function, for the message.

        Raises:
            UnsupportedOptionError: the option was given.
        """
        if self.options.hosts is not None:
            raise UnsupportedOptionError(f"{function} does not take the option hosts")

    def close(self) -> None:
        """Close the client; what was fetched through it can still be read.

        Closing it again has no effect.
        """
        self._closed = True
        if (client := self._made.get(None)) is not None:
            client.close()

    def reference(self, reference: name.Reference | str) -> name.Reference:
        """Parse a reference, if it is a text.

        Args:
            reference: the reference or the text.

        Returns:
            The reference.

        Raises:
            InvalidReferenceError: the text is not a reference.
            TypeError: the value has another type.
        """
        if isinstance(reference, str):
            return name.parse_reference(reference, insecure=self.options.insecure)
        return _checked(reference, name.Reference)

    def lister(self, repository: name.Repository) -> Lister:
        """List the tags of a repository page by page.

        Args:
            repository: a repository, parsed or as a text such as ``registry.example.com/team/app``.

        Returns:
            The lister.

        Raises:
            TransportError: the registry refused a request, or could not be reached.
            InvalidReferenceError: a text is not a reference of the kind that is needed.
            UnsupportedOptionError: options contradict each other, or are out of range.
            TypeError: a reference or an option has another type, or the option is unknown.
            CancelledError: the call was cancelled.
            DeadlineExceededError: the call took longer than its timeout.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not such a list.
        """
        from pyggcr.remote.listing import Lister

        pages = self.remote.lister(repository=repository, client=self.client)
        return Lister(pages, str(repository))

    def catalogger(self, registry: name.Registry) -> Catalogger:
        """List the repositories of a registry page by page.

        Args:
            registry: a registry, parsed or as a text such as ``registry.example.com``.

        Returns:
            The catalogger.

        Raises:
            TransportError: the registry refused a request, or could not be reached.
            InvalidReferenceError: a text is not a reference of the kind that is needed.
            UnsupportedOptionError: options contradict each other, or are out of range.
            TypeError: a reference or an option has another type, or the option is unknown.
            CancelledError: the call was cancelled.
            DeadlineExceededError: the call took longer than its timeout.
            Error: the next page is on another host, or pages form a circle.
            JSONError: a page is not such a list.
        """
        from pyggcr.remote.listing import Catalogger

        pages = self.remote.catalogger(registry=registry, client=self.client)
        return Catalogger(pages, str(registry))

    def digest(self, reference: name.Digest | str) -> name.Digest:
        """Parse a digest reference, if it is a text.

        Args:
            reference: the digest reference or the text.

        Returns:
            The digest reference.

        Raises:
            InvalidReferenceError: the text is not a digest reference.
            TypeError: the value has another type.
        """
        if isinstance(reference, str):
            return name.new_digest(reference, insecure=self.options.insecure)
        return _checked(reference, name.Digest)

    def tag(self, tag: name.Tag | str) -> name.Tag:
        """Parse a tag, if it is a text.

        Args:
            tag: the tag or the text.

        Returns:
            The tag.

        Raises:
            InvalidReferenceError: the text is not a tag.
            TypeError: the value has another type.
        """
        if isinstance(tag, str):
            return name.new_tag(tag, insecure=self.options.insecure)
        return _checked(tag, name.Tag)

    def repository(self, repository: name.Repository | str) -> name.Repository:
        """Parse a repository, if it is a text.

        Args:
            repository: a repository, parsed or as a text such as ``registry.example.com/team/app``.

        Returns:
            The repository.

        Raises:
            InvalidReferenceError: the text is not a repository.
            TypeError: the value has another type.
        """
        if isinstance(repository, str):
            return name.new_repository(repository, insecure=self.options.insecure)
        return _checked(repository, name.Repository)

    def registry(self, registry: name.Registry | str) -> name.Registry:
        """Parse a registry, if it is a text.

        Args:
            registry: a registry, parsed or as a text such as ``registry.example.com``.

        Returns:
            The registry.

        Raises:
            InvalidReferenceError: the text is not a registry.
            TypeError: the value has another type.
        """
        if isinstance(registry, str):
            return name.new_registry(registry, insecure=self.options.insecure)
        return _checked(registry, name.Registry)


def _checked(given: _T, kind: type) -> _T:
    """What was given parsed, if it is that.

    Raises:
        TypeError: it is something else, which the engines would not tell in the user's words.
    """
    if not isinstance(given, kind):
        raise TypeError(f"expected a text or a {kind.__name__}, not {type(given).__name__}")
    return given


@contextlib.contextmanager
def connected(options: Options) -> Iterator[Connection]:
    """Connect for one call, under the limits of the call.

    The connection is closed afterwards; what was fetched through it can still be read.

    Args:
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Yields:
        The connection.

    Raises:
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
    """
    given, rest = limits.split(options)
    with limits.limit(**given), Connection(cast(ConnectionOptions, rest)) as connection:
        yield connection


class ConnectedClient(Closeable):
    """The base class of ``Puller`` and ``Pusher``: one connection for many calls."""

    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:
        self._connection = Connection(options)

    @property
    def engine(self) -> str:
        """The engine in use, ``go`` or ``python``."""
        return self._connection.engine.name

    def close(self) -> None:
        """Close idle connections and refuse further calls.

        What was fetched can still be read. Closing it again has no effect.
        """
        self._connection.close()

    @contextlib.contextmanager
    def _limited(self, given: CallOptions) -> Iterator[Connection]:
        check_known(given)
        with limits.limit(**given):
            yield self._connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} by {self.engine}>"


@contextlib.contextmanager
def looking_ahead(
    client: ConnectedClient,
    target: name.Reference,
    origin: name.Repository,
    given: CallOptions,
) -> Iterator[None]:
    """Let a client prepare a push while the block reads what is to be pushed.

    What fails meanwhile is reported by the push.

    Args:
        client: the one that will push.
        target: where it will push.
        origin: where the block reads.
        given: the limits of the push.

    Yields:
        Nothing.
    """
    work = client._connection.client.look_ahead(target, origin)
    if work is None:
        yield
        return
    from pyggcr._layers.task_group import TaskGroup

    def look() -> None:
        # Progress is reported by the thread that made the call.
        with limits.limit(timeout=given.get("timeout"), cancel=given.get("cancel")):
            work()

    with TaskGroup(1) as group:
        group.start(look)
        yield
        group.finish()


def share_connection(client: ConnectedClient, other: ConnectedClient) -> None:
    """Let a client use the connections, tokens and caches of another one.

    Both must have been made with the same options, and closing one closes both. A copy greets a
    registry that it reads from and writes to only once this way.

    Args:
        client: has not been used yet.
        other: whose connections it uses.
    """
    client._connection = other._connection
