"""From keyword arguments to an engine and a client: what the functions for registries share.

``Connection`` holds what was chosen, for one call or for many. References are parsed here. The
options themselves are declared with ``RemoteOptions``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

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

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr._contract.remote import RemoteEngine
    from pyggcr.engine import Engine
    from pyggcr.remote.listing import Catalogger, Lister

__all__ = [
    "CallOptions",
    "ConnectedClient",
    "Connection",
    "ConnectionOptions",
    "Options",
    "connected",
]


_T = TypeVar("_T")


class Connection(Closeable):
    """An engine, and a client of it with the options that hold for all calls made through it."""

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
        """The engine's functions for registries, under the settings of hosts if there are any."""
        if self.options.hosts is not None:
            from pyggcr.remote.routing import routed

            return routed(self.engine.remote)
        return self.engine.remote

    @property
    def client(self) -> RemoteClient:
        """The client that owns connections, tokens and caches; made for the first call.

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
        """Refuse the option ``hosts`` where it cannot hold.

        Raises:
            UnsupportedOptionError: it was given.
        """
        if self.options.hosts is not None:
            raise UnsupportedOptionError(f"{function} does not take the option hosts")

    def close(self) -> None:
        """Close the client; what was fetched through it can still be read. Idempotent."""
        self._closed = True
        if (client := self._made.get(None)) is not None:
            client.close()

    def reference(self, reference: name.Reference | str) -> name.Reference:
        """A reference, parsed if it is a text."""
        if isinstance(reference, str):
            return name.parse_reference(reference, insecure=self.options.insecure)
        return _checked(reference, name.Reference)

    def lister(self, repository: name.Repository) -> Lister:
        """The tags of a repository, page by page."""
        from pyggcr.remote.listing import Lister

        return Lister(self.remote.lister(repository=repository, client=self.client))

    def catalogger(self, registry: name.Registry) -> Catalogger:
        """The repositories of a registry, page by page."""
        from pyggcr.remote.listing import Catalogger

        return Catalogger(self.remote.catalogger(registry=registry, client=self.client))

    def digest(self, reference: name.Digest | str) -> name.Digest:
        """A reference by digest, parsed if it is a text."""
        if isinstance(reference, str):
            return name.new_digest(reference, insecure=self.options.insecure)
        return _checked(reference, name.Digest)

    def tag(self, tag: name.Tag | str) -> name.Tag:
        """A tag, parsed if it is a text."""
        if isinstance(tag, str):
            return name.new_tag(tag, insecure=self.options.insecure)
        return _checked(tag, name.Tag)

    def repository(self, repository: name.Repository | str) -> name.Repository:
        """A repository, parsed if it is a text."""
        if isinstance(repository, str):
            return name.new_repository(repository, insecure=self.options.insecure)
        return _checked(repository, name.Repository)

    def registry(self, registry: name.Registry | str) -> name.Registry:
        """A registry, parsed if it is a text."""
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
    """A connection for one call, and the limits that the call has.

    It is closed afterwards; what was fetched through it can still be read.
    """
    given, rest = limits.split(options)
    with limits.limit(**given), Connection(cast(ConnectionOptions, rest)) as connection:
        yield connection


class ConnectedClient(Closeable):
    """What ``Puller`` and ``Pusher`` have in common: one connection for many calls."""

    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:
        self._connection = Connection(options)

    @property
    def engine(self) -> str:
        """The engine that does the work."""
        return self._connection.engine.name

    def close(self) -> None:
        """Close idle connections and refuse further calls. Idempotent."""
        self._connection.close()

    @contextlib.contextmanager
    def _limited(self, given: CallOptions) -> Iterator[Connection]:
        with limits.limit(**given):
            yield self._connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} by {self.engine}>"
