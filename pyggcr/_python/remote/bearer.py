"""Tokens: got from the server that the registry names, and sent to the registry: bearer.go."""

from __future__ import annotations

import functools
import threading
from urllib.parse import urlsplit

from pyggcr import name
from pyggcr._gostd import json as gojson
from pyggcr._gostd.json import STRING, Field, Integer, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._os.logs import Log
from pyggcr._python.remote import error_parsing
from pyggcr._python.remote.addresses import check_named, matches_host
from pyggcr._python.remote.challenge import Parsed, parse_challenges
from pyggcr._python.remote.credentials import add_bearer, add_credentials
from pyggcr._python.remote.redirects import follow
from pyggcr._python.remote.transport import Body, Request
from pyggcr._python.remote.urls import encode_query, query_of, redacted, with_query
from pyggcr._values.authn import ANONYMOUS, AuthConfig, FromConfig
from pyggcr._values.transport import Challenge, Token
from pyggcr.errors import CancelledError, Error, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyggcr._python.remote.transport import Response, Transport
    from pyggcr._values.authn import Authenticator

__all__ = ["BearerAuthorizer"]

_CLIENT_ID = "go-containerregistry"
_MAX_BODY = 64 << 10  # bytes of a token server's answer (maxTokenBodySize)
_MOST_REDIRECTS = 10

_log = Log(__name__)


_TOKEN = Struct(
    "transport.Token",
    Token,
    Field("token", "token", STRING),
    Field("access_token", "access_token", STRING, omitempty=True),
    Field("refresh_token", "refresh_token", STRING),
    Field("expires_in", "expires_in", Integer("int")),
)


class BearerAuthorizer:
    """Sends a token to the registry, a new one when it is refused (``bearerTransport``)."""

    def __init__(
        self,
        registry: name.Registry,
        auth: Authenticator,
        transport: Transport,
        greeting: Challenge,
        scopes: Sequence[str],
    ) -> None:
        """Check where the tokens come from (``fromChallenge``).

        Raises:
            Error: the registry does not say where, or names an address that is private.
        """
        realm = greeting.parameters.get("realm")
        if realm is None:
            shown = " ".join(f"{key}:{value}" for key, value in sorted(greeting.parameters.items()))
            raise Error(f"malformed www-authenticate, missing realm: map[{shown}]")
        insecure = greeting.insecure
        try:
            _check_realm(realm, registry.registry_str(), insecure)
        except Error as error:
            raise Error(f"invalid realm in www-authenticate: {error}") from None
        self._realm = realm
        self._check = functools.partial(_check_redirect, registry.registry_str(), insecure)
        self._service = greeting.parameters.get("service", "")
        self._registry = registry
        self._auth = auth
        self._transport = transport
        self._scheme = greeting.url_scheme()
        self._scopes = list(scopes)
        self._token = ""
        self._lock = threading.Lock()

    def send(self, request: Request, send: Callable[[Request], Response]) -> Response:
        """Send it with the token; once more with a new one if the registry refuses that."""
        host = urlsplit(request.url).netloc
        ours = matches_host(self._registry.registry_str(), host, self._scheme)
        used = self._token
        if ours:
            add_bearer(request, used)
        response = send(request)
        if response.status != 401:
            return response
        challenges = parse_challenges(response.headers("WWW-Authenticate"))
        if not challenges:
            return response
        response.drain()
        if not ours:
            return self._ask_other_host(request, challenges, send)
        self._renew(used, challenges)
        add_bearer(request, self._token)
        return send(request)

    def _renew(self, used: str, challenges: list[Parsed]) -> None:
        """Get a new token; one is enough for all threads whose old one was refused."""
        with self._lock:
            wanted = [it.parameters["scope"] for it in challenges if "scope" in it.parameters]
            missing = [scope for scope in wanted if scope not in self._scopes]
            if not missing and self._token != used:
                return
            # Some registries look at the first scope only.
            self._scopes = missing + self._scopes
            self._refresh()

    def _ask_other_host(
        self,
        request: Request,
        challenges: list[Parsed],
        send: Callable[[Request], Response],
    ) -> Response:
        """A token of the host that we were redirected to, as nobody in particular, or none."""
        parts = urlsplit(request.url)
        host = parts.netloc.rpartition("@")[2]  # a password before it is nobody's business
        for challenge in challenges:
            if challenge.scheme != "bearer" or "realm" not in challenge.parameters:
                continue
            try:
                insecure = parts.scheme == "http"
                greeting = Challenge(challenge.scheme, challenge.parameters, insecure)
                other = BearerAuthorizer(
                    name.new_registry(host),
                    ANONYMOUS,
                    self._transport,
                    greeting,
                    [challenge.parameters.get("scope", "")],
                )
                other.refresh()
            except CancelledError:
                raise
            except Error as error:
                _log.warning(
                    "cross-host bearer exchange for %s failed: %s", quote(host), error.message
                )
                continue
            add_bearer(request, other._token)
            break
        return send(request)

    def refresh(self) -> None:
        """Get a token (``bearerTransport.refresh``).

        Raises:
            TransportError: the token server refuses, or cannot be reached.
        """
        with self._lock:
            self._refresh()

    def fetch(self) -> Token:
        """A token, whatever the credentials hold already (``bearerTransport.Refresh``).

        Raises:
            TransportError: as ``refresh``.
        """
        return self._exchange(self._auth.authorization())

    def _refresh(self) -> None:
        config = self._auth.authorization()
        if config.registry_token:
            self._token = config.registry_token
            return
        answer = self._exchange(config)
        self._token = answer.access_token or answer.token
        if answer.refresh_token:
            self._auth = FromConfig(AuthConfig(identity_token=answer.refresh_token))

    def _exchange(self, config: AuthConfig) -> Token:
        if config.identity_token:
            try:
                content = self._post(config.identity_token)
            except TransportError as error:
                # Not all token servers know this way.
                if error.status != 404:
                    raise
                content = self._get()
        else:
            content = self._get()
        answer: Token = gojson.unmarshal(content, _TOKEN)
        if not answer.token and not answer.access_token:
            shown = content.decode("utf-8", "surrogateescape")
            if answer.refresh_token:
                import json  # seldom needed

                shown = shown.replace(json.dumps(answer.refresh_token)[1:-1], "REDACTED")
            raise Error(f"no token in bearer response:\n{shown}")
        return answer

    def _post(self, identity_token: str) -> bytes:
        """The way of OAuth 2 (``refreshOauth``)."""
        values = {
            "scope": " ".join(self._scopes),
            "client_id": _CLIENT_ID,
            "grant_type": "refresh_token",
            "refresh_token": identity_token,
        }
        if self._service:
            values["service"] = self._service
        form = encode_query(values.items()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = Request("POST", self._realm, headers, Body(lambda: [form], len(form)))
        request.secrets = (identity_token,)
        return self._fetch(request, self._transport.round_trip, self._check_post)

    def _check_post(self, seen: list[str], target: str) -> None:
        self._check(seen, target)
        if urlsplit(target).netloc != urlsplit(self._realm).netloc:
            raise Error(
                f"refusing token-server redirect to {quote(redacted(target))}: "
                "the credentials in the request are for another host"
            )

    def _get(self) -> bytes:
        """The way of Docker (``refreshBasic``)."""
        kept = [
            (key, value) for key, value in query_of(self._realm) if key not in ("scope", "service")
        ]
        scopes = [("scope", scope) for scope in self._scopes]
        url = with_query(self._realm, [*kept, *scopes, ("service", self._service)])
        target = urlsplit(url).netloc

        def send(request: Request) -> Response:
            if self._auth is ANONYMOUS or urlsplit(request.url).netloc != target:
                return self._transport.round_trip(request)
            sent = request.copy()
            add_credentials(sent, self._auth)
            return self._transport.round_trip(sent)

        return self._fetch(Request("GET", url), send, self._check)

    def _fetch(
        self,
        request: Request,
        send: Callable[[Request], Response],
        check: Callable[[list[str], str], None],
    ) -> bytes:
        response = follow(request, send, check)
        try:
            error_parsing.check_status(response, 200)
            return response.read_all(_MAX_BODY)
        except TransportError:
            if self._auth is ANONYMOUS:
                shown = quote(str(self._registry))
                _log.warning("No matching credentials were found for %s", shown)
            raise
        finally:
            response.close()


def _check_redirect(registry: str, insecure: bool, seen: list[str], target: str) -> None:
    """``realmRedirectCheck``."""
    if len(seen) >= _MOST_REDIRECTS:
        raise Error(f"stopped after {_MOST_REDIRECTS} redirects")
    try:
        _check_realm(target, registry, insecure)
    except Error as error:
        shown = quote(redacted(target))
        raise Error(f"refusing token-server redirect to {shown}: {error}") from None


def _check_realm(realm: str, registry: str, insecure: bool) -> None:
    """Refuse a token server that must not be asked (``validateRealmURL``, issue 2258)."""
    check_named("realm", realm, insecure=insecure, trusted=registry)
