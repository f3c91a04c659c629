"""What is kept for as long as options live: connections, tokens, what was pushed already.

That is what ``Puller`` and ``Pusher`` of pkg/v1/remote keep. Whoever wants them kept uses the same
``RemoteOptions`` again.
"""

from __future__ import annotations

import dataclasses
import threading
import weakref
from typing import TYPE_CHECKING

from pyggcr import name
from pyggcr._python import authn
from pyggcr._python.remote.fetcher import Fetcher
from pyggcr._python.remote.session import CATALOG, PULL, Session, fetch_token, open_session
from pyggcr._python.remote.transport import Transport
from pyggcr._python.remote.writer import Writer
from pyggcr._values.authn import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr._values.authn import Authenticator
    from pyggcr._values.remote import RemoteOptions, Token

__all__ = ["Hub", "hub_of"]


class Hub:
    """Connections with the options; threads may share it."""

    def __init__(self, options: RemoteOptions) -> None:
        self.options = options
        self._transport = Transport(options)
        self._lock = threading.Lock()
        self._fetchers: dict[name.Repository, Fetcher] = {}
        self._writers: dict[name.Repository, Writer] = {}

    def authenticator(self, resource: name.Registry | name.Repository) -> Authenticator:
        """The credentials that the options have for it."""
        if self.options.keychain is not None:
            return authn.resolve_by(self.options.keychain, resource)
        return self.options.auth if self.options.auth is not None else ANONYMOUS

    def catalog(self, registry: name.Registry) -> Session:
        """A session that may list the repositories."""
        auth = self.authenticator(registry)
        return open_session(registry, auth, self._transport, [registry.scope(CATALOG)])

    def fetcher(self, repository: name.Repository) -> Fetcher:
        """What reads from the repository (``makeFetcher``)."""
        with self._lock:
            found = self._fetchers.get(repository)
        if found is None:
            found = Fetcher(repository, self.session(repository, PULL), self.options)
            with self._lock:
                found = self._fetchers.setdefault(repository, found)
        return found

    def writer(self, repository: name.Repository) -> Writer:
        """What writes to the repository (``makeWriter``)."""
        with self._lock:
            found = self._writers.get(repository)
        if found is None:
            auth = self.authenticator(repository)
            found = Writer(repository, auth, self._transport, self.options)
            with self._lock:
                found = self._writers.setdefault(repository, found)
        return found

    def session(self, repository: name.Repository, action: str) -> Session:
        """A session that may do that."""
        auth = self.authenticator(repository)
        scopes = [repository.scope(action)]
        return open_session(repository.registry, auth, self._transport, scopes)

    def token(self, repository: name.Repository, scopes: Sequence[str]) -> Token:
        """A token for the repository that allows so much."""
        auth = self.authenticator(repository)
        return fetch_token(repository.registry, auth, self._transport, scopes)


_hubs: weakref.WeakKeyDictionary[RemoteOptions, Hub] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def hub_of(options: RemoteOptions) -> Hub:
    """The hub of these options, the same each time."""
    with _lock:
        if options not in _hubs:
            # A copy: a value of the dictionary must not hold its key.
            _hubs[options] = Hub(dataclasses.replace(options))
        return _hubs[options]
