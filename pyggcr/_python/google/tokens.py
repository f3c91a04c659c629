"""Requests to token servers, and what they answer: golang.org/x/oauth2/internal/token.go.

Redirects are not followed: what is sent is for one server alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Integer, Kind, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.time import parse_rfc3339
from pyggcr._python.remote import urls
from pyggcr._python.remote.transport import Body, Request, Transport
from pyggcr._values.google import Token
from pyggcr._values.remote import RemoteOptions
from pyggcr.errors import Error, JSONError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = ["SCOPE", "Answer", "expiry_of", "fetch", "parse", "post_form", "refreshed", "token_of"]

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

_MAX_BODY = 1 << 20
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")

    @property
    def failed(self) -> bool:
        return not 200 <= self.status <= 299


@dataclass(slots=True, repr=False)
class _Tokens:
    access_token: str = ""
    expires_in: int = 0
    error: str = ""
    error_description: str = ""
    error_uri: str = ""


_TOKENS = Struct(
    "internal.tokenJSON",
    _Tokens,
    Field("access_token", "access_token", STRING),
    Field("expires_in", "expires_in", Integer("int64")),
    Field("error", "error", STRING),
    Field("error_description", "error_description", STRING),
    Field("error_uri", "error_uri", STRING),
)


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    secrets: Iterable[str] = (),
    options: RemoteOptions | None = None,
) -> Answer:
    """Send one request and read the whole answer.

    Raises:
        TransportError: there is none.
        CancelledError: a limit of the call was reached.
    """
    sent = None if body is None else Body(lambda: [body], len(body))
    request = Request(method, url, dict(headers), sent, once=options is None)
    request.secrets = tuple(secrets)
    transport = Transport(options or RemoteOptions())
    try:
        urls.parse(url)
        response = transport.round_trip(request)
        try:
            content = response.without_secrets(response.read_all(_MAX_BODY))
        finally:
            response.close()
    except TransportError as error:
        shown = f"{method.capitalize()} {quote(urls.redacted(url))}: {error.message}"
        raise replace_message(error, shown) from None
    finally:
        transport.forget_connections()
    return Answer(response.status, content)


def replace_message(error: TransportError, message: str) -> TransportError:
    """The same error with another text."""
    return TransportError(message, method=error.method, url=error.url, status=error.status)


def post_form(
    url: str, values: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a form whose values are secret."""
    form = urls.encode_query(values.items()).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    secrets = [
        it for key, it in values.items() if key in ("assertion", "refresh_token", "subject_token")
    ]
    return fetch("POST", url, headers=sent, body=form, secrets=secrets)


def parse(content: bytes, kind: Kind[_T], what: str) -> _T:
    """The document that the content is.

    Raises:
        Error: it is none; the text begins with ``what``.
    """
    try:
        return json.unmarshal(content, kind)
    except JSONError as error:
        raise Error(f"{what}: {error.message}") from None


def refused(answer: Answer) -> Error:
    """The server's refusal (``oauth2.RetrieveError``)."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    status = f"{answer.status} {phrase}".rstrip()
    return Error(f"oauth2: cannot fetch token: {status}\nResponse: {answer.text}")


def token_of(answer: Answer) -> Token:
    """The token of the answer to a signed assertion (``jwtSource.Token``)."""
    if answer.failed:
        raise refused(answer)
    found = parse(answer.body, _TOKENS, "oauth2: cannot fetch token")
    expiry = time.time() + found.expires_in if found.expires_in > 0 else 0.0
    return Token(found.access_token, expiry)


def refreshed(answer: Answer) -> Token:
    """The token of the answer to a refresh token (``doTokenRoundTrip``)."""
    try:
        found: _Tokens = json.unmarshal(answer.body, _TOKENS)
    except JSONError as error:
        if answer.failed:
            raise refused(answer) from None
        raise Error(f"oauth2: cannot parse json: {error.message}") from None
    if found.error:
        told = [it for it in (found.error_description, found.error_uri) if it]
        raise Error(f"oauth2: {' '.join(quote(it) for it in (found.error, *told))}")
    if answer.failed:
        raise refused(answer)
    if not found.access_token:
        raise Error("oauth2: server response missing access_token")
    expiry = time.time() + found.expires_in if found.expires_in else 0.0
    return Token(found.access_token, expiry)


def expiry_of(text: str, what: str) -> float:
    """Seconds since 1970 of a time.

    Raises:
        JSONError: it is none; the text begins with ``what``.
    """
    try:
        instant = parse_rfc3339(text.encode("utf-8", "surrogateescape"))
    except JSONError as error:
        raise JSONError(f"{what}: {error.message}") from None
    return instant.seconds + instant.nanoseconds / 1e9
