"""The client of this engine: connections, tokens, and what is known to be uploaded already.

It is what ``Puller`` and ``Pusher`` of pkg/v1/remote keep. Fetchers and writers hold the transport
themselves, so an image that was fetched through a client goes on after the client was closed;
connections are closed with their last user.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from pyggcr import name
from pyggcr._python.authn.keychains import resolve_by
from pyggcr._python.remote.fetcher import Fetcher
from pyggcr._python.remote.ping import Greetings, ping
from pyggcr._python.remote.session import Session, fetch_token, open_session
from pyggcr._python.remote.transport import Transport
from pyggcr._python.remote.writer import Writer
from pyggcr._values.authn import ANONYMOUS
from pyggcr._values.remote import RemoteClient
from pyggcr._values.transport import CATALOG_SCOPE, PULL_SCOPE
from pyggcr.errors import ClosedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr._values.authn import Authenticator
    from pyggcr._values.remote import RemoteOptions
    from pyggcr._values.transport import Challenge, Token

__all__ = ["Client", "own_client"]


class Client(RemoteClient):
    """A client; threads may share it."""

    def __init__(self, options: RemoteOptions) -> None:
        """Read the certificates that the options name.

        Raises:
            FileAccessError: a file cannot be read.
            UnsupportedOptionError: there is no certificate in it, or the proxy has no address.
        """
        super().__init__(options)
        self._closed = False
        self._transport = Transport(options)
        self._greetings = Greetings(self._transport)
        self._lock = threading.Lock()
        self._fetchers: dict[name.Repository, Fetcher] = {}
        self._writers: dict[name.Repository, Writer] = {}

    def check_open(self) -> None:
        """Raise ``ClosedError`` if the client was closed."""
        if self._closed:
            raise ClosedError("client already closed")

    def close(self) -> None:
        """Refuse further requests; idle connections end with the last user. Idempotent.

        Users are this client and what was fetched through it, as in native/client.go: an image
        that is read afterwards need not connect again.
        """
        self._closed = True
        with self._lock:
            fetchers = [weakref.ref(it) for it in self._fetchers.values()]
            self._fetchers, self._writers = {}, {}
        if all(it() is None for it in fetchers):
            self._transport.forget_connections()

    def authenticator(self, resource: name.Registry | name.Repository) -> Authenticator:
        """The credentials that the options have for it."""
        if self.options.keychain is not None:
            return resolve_by(self.options.keychain, resource)
        return self.options.auth if self.options.auth is not None else ANONYMOUS

    def catalog(self, registry: name.Registry) -> Session:
        """A session that may list the repositories."""
        auth = self.authenticator(registry)
        return open_session(registry, auth, self._greetings, [registry.scope(CATALOG_SCOPE)])

    def fetcher(self, repository: name.Repository) -> Fetcher:
        """What reads from the repository (``makeFetcher``)."""
        with self._lock:
            found = self._fetchers.get(repository)
        if found is None:
            found = Fetcher(repository, self.session(repository, PULL_SCOPE), self.options)
            with self._lock:
                found = self._fetchers.setdefault(repository, found)
        return found

    def writer(self, repository: name.Repository) -> Writer:
        """What writes to the repository (``makeWriter``)."""
        with self._lock:
            found = self._writers.get(repository)
        if found is None:
            auth = self.authenticator(repository)
            found = Writer(repository, auth, self._greetings, self.options)
            with self._lock:
                found = self._writers.setdefault(repository, found)
        return found

    def session(
        self, repository: name.Repository, action: str, auth: Authenticator | None = None
    ) -> Session:
        """A session that may do that, with other credentials than the repository's if need be."""
        auth = auth or self.authenticator(repository)
        scopes = [repository.scope(action)]
        return open_session(repository.registry, auth, self._greetings, scopes)

    def ping(self, registry: name.Registry) -> Challenge:
        """Ask a registry how it wants to be talked to."""
        return ping(registry, self._transport)

    def token(
        self,
        resource: name.Registry | name.Repository,
        scopes: Sequence[str],
        challenge: Challenge,
    ) -> Token:
        """A token that allows so much, with the credentials that there are for the resource."""
        registry = resource if isinstance(resource, name.Registry) else resource.registry
        auth = self.authenticator(resource)
        return fetch_token(registry, auth, self._transport, scopes, challenge)


def own_client(client: RemoteClient) -> Client:
    """The client, if this engine made it and it is open.

    Raises:
        ClosedError: it was closed.
        TypeError: another engine made it.
    """
    if not isinstance(client, Client):
        raise TypeError(f"expected a client of the Python engine, not {type(client).__name__}")
    client.check_open()
    return client
