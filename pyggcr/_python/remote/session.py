"""Requests to one registry with its scheme and the caller's credentials: pkg/v1/remote/transport.

Credentials go to the registry's own host and to its token server, nowhere else: not to hosts that
either redirects to.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.addresses import matches_host
from pyggcr._python.remote.bearer import BearerAuthorizer
from pyggcr._python.remote.credentials import add_credentials
from pyggcr._python.remote.redirects import follow, refuse_private_host
from pyggcr._values.authn import ANONYMOUS
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from pyggcr import name
    from pyggcr._python.remote.ping import Greetings
    from pyggcr._python.remote.transport import Request, Response, Transport
    from pyggcr._values.authn import Authenticator
    from pyggcr._values.transport import Challenge, Token
else:
    from pyggcr._typing import Protocol

__all__ = ["Session", "fetch_token", "open_session"]


class Authorizer(Protocol):
    """Adds credentials to a request and sends it on."""

    def send(self, request: Request, send: Callable[[Request], Response]) -> Response: ...


class BasicAuthorizer:
    """Sends the credentials to one host (``basicTransport``)."""

    def __init__(self, auth: Authenticator, target: str) -> None:
        self._auth = auth
        self._target = target

    def send(self, request: Request, send: Callable[[Request], Response]) -> Response:
        """Send it, with credentials if it goes to the host."""
        if self._auth is not ANONYMOUS and urlsplit(request.url).netloc == self._target:
            add_credentials(request, self._auth)
        return send(request)


class Session:
    """A registry that was greeted; threads may share it (``transport.Wrapper``)."""

    def __init__(
        self, registry: name.Registry, transport: Transport, scheme: str, authorizer: Authorizer
    ) -> None:
        self.registry = registry
        self.scheme = scheme
        self._transport = transport
        self._authorizer = authorizer

    def do(
        self,
        request: Request,
        check: Callable[[list[str], str], None] = refuse_private_host,
    ) -> Response:
        """The answer to a request, redirects followed (``http.Client.Do``).

        Raises:
            TransportError: there is none.
            CancelledError: the limits of the call say so.
        """
        return follow(request, self._round_trip, check)

    def _round_trip(self, request: Request) -> Response:
        # Headers that are added here must not be sent on when the answer is a redirect.
        sent = request.copy()
        parts = urlsplit(request.url)
        if matches_host(str(self.registry), parts.netloc, self.scheme):
            sent.url = request.url = urlunsplit(parts._replace(scheme=self.scheme))
        return self._authorizer.send(sent, self._transport.round_trip)


def open_session(
    registry: name.Registry, auth: Authenticator, greetings: Greetings, scopes: Sequence[str]
) -> Session:
    """Greet the registry unless it was, and get a token if it wants one (``NewWithContext``).

    Raises:
        TransportError: it cannot be reached, or refuses the credentials.
    """
    transport, greeting = greetings.transport, greetings.greet(registry)
    authorizer: Authorizer
    if greeting.scheme.lower() == "bearer":
        authorizer = BearerAuthorizer(registry, auth, transport, greeting, scopes)
        authorizer.refresh()
    else:
        authorizer = BasicAuthorizer(auth, registry.registry_str())
    return Session(registry, transport, greeting.url_scheme(), authorizer)


def fetch_token(
    registry: name.Registry,
    auth: Authenticator,
    transport: Transport,
    scopes: Sequence[str],
    challenge: Challenge,
) -> Token:
    """Get a token that allows so much from a registry that was greeted (``transport.Exchange``).

    Raises:
        Error: the registry wants no tokens.
        TransportError: as ``open_session``.
    """
    if challenge.scheme.lower() != "bearer":
        raise Error(f"challenge scheme {quote(challenge.scheme)} is not bearer")
    return BearerAuthorizer(registry, auth, transport, challenge, scopes).fetch()
