"""The client of this engine: connections, tokens, and what is known to be uploaded already.

It is what ``Puller`` and ``Pusher`` of pkg/v1/remote keep. Fetchers and writers hold the transport
themselves, so an image that was fetched through a client goes on after the client was closed;
connections are closed with their last user.
"""

from __future__ import annotations

import threading
import weakref

from pyggcr import name
from pyggcr._python.authn.keychains import resolve_by
from pyggcr._python.remote.fetcher import Fetcher
from pyggcr._python.remote.ping import Greetings, ping
from pyggcr._python.remote.session import Session, fetch_token, open_session
from pyggcr._python.remote.transport import Transport
from pyggcr._values.authn import ANONYMOUS
from pyggcr._values.remote import RemoteClient
from pyggcr._values.transport import CATALOG_SCOPE, PULL_SCOPE
from pyggcr.errors import ClosedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyggcr import v1
    from pyggcr._python.remote.writer import Writer
    from pyggcr._values.authn import Authenticator
    from pyggcr._values.remote import RemoteOptions
    from pyggcr._values.transport import Challenge, Token

__all__ = ["Client", "Outlook", "own_client"]


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
        self._outlooks: dict[name.Reference, Outlook] = {}

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

    def writer(self, repository: name.Repository, origin: name.Repository | None = None) -> Writer:
        """What writes to the repository (``makeWriter``), and perhaps mounts from another one."""
        with self._lock:
            found = self._writers.get(repository)
        if found is None:
            from pyggcr._python.remote.writer import Writer  # who only reads needs none

            auth = self.authenticator(repository)
            found = Writer(repository, auth, self._greetings, self.options, origin)
            with self._lock:
                found = self._writers.setdefault(repository, found)
        return found

    def look_ahead(
        self, target: name.Reference, origin: name.Repository
    ) -> Callable[[], None] | None:
        """Ask what a push to the target asks first, once, unless one job is all there may be."""
        if self.options.jobs == 1:
            return None

        def look() -> None:
            self._outlooks[target] = Outlook(self, target, origin)

        return look

    def take_outlook(self, target: name.Reference) -> Outlook | None:
        """What was asked for this push, if anything."""
        return self._outlooks.pop(target, None)

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


class Outlook:
    """What a copy asks of its target while it reads the source; the push reports what failed."""

    def __init__(self, client: Client, reference: name.Reference, origin: name.Repository) -> None:
        """Ask for the right to push, and to mount from there, and what is under the name."""
        self._writer: Writer | None = None
        self._found: v1.Descriptor | None = None
        self._failure: Exception | None = None
        try:
            self._writer = client.writer(reference.context(), origin)
            self._found = Fetcher(
                self._writer.repository, self._writer.session, client.options
            ).head_manifest(reference)
        except Exception as error:  # noqa: BLE001 - the push raises it
            self._failure = error

    def writer(self) -> Writer:
        """What writes to the repository; raises as ``Client.writer``."""
        if self._writer is None:
            assert self._failure is not None
            raise self._failure
        return self._writer

    def found(self) -> v1.Descriptor:
        """What is there under the name; raises as ``Fetcher.head_manifest``."""
        if self._found is None:
            assert self._failure is not None
            raise self._failure
        return self._found


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
