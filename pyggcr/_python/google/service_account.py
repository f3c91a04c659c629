"""Keys of service accounts: golang.org/x/oauth2/jwt, jws and google/jwt.go."""

from __future__ import annotations

import binascii
import time

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Integer, Struct
from pyggcr._gostd.rsa import PrivateKey, parse_private_key
from pyggcr._gostd.strconv import quote
from pyggcr._python.google import tokens
from pyggcr._values.google import Token
from pyggcr.errors import Error, JSONError, TransportError

__all__ = ["SERVICE_ACCOUNT", "TOKEN_URL", "ServiceAccount", "exchanged_token", "key_token"]

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  (an address)

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME = 3600  # seconds
_EARLIER = 10  # seconds; clocks differ, and Google refuses what is in its future


@dataclass(slots=True, repr=False)
class ServiceAccount:
    """The key of a service account, as Google's console writes it."""

    type: str = ""
    client_email: str = ""
    private_key_id: str = ""
    private_key: str = ""
    token_uri: str = ""
    audience: str = ""


@dataclass(slots=True)
class _Header:
    algorithm: str = "RS256"
    type: str = "JWT"
    key_id: str = ""


@dataclass(slots=True)
class _Claims:
    issuer: str = ""
    scope: str = ""
    audience: str = ""
    expires: int = 0
    issued: int = 0
    subject: str = ""


SERVICE_ACCOUNT = Struct(
    "google.credentialsFile",
    ServiceAccount,
    Field("type", "type", STRING),
    Field("client_email", "client_email", STRING),
    Field("private_key_id", "private_key_id", STRING),
    Field("private_key", "private_key", STRING),
    Field("token_uri", "token_uri", STRING),
    Field("audience", "audience", STRING),
)
_HEADER = Struct(
    "jws.Header",
    _Header,
    Field("algorithm", "alg", STRING),
    Field("type", "typ", STRING),
    Field("key_id", "kid", STRING, omitempty=True),
)
_CLAIMS = Struct(
    "jws.ClaimSet",
    _Claims,
    Field("issuer", "iss", STRING),
    Field("scope", "scope", STRING, omitempty=True),
    Field("audience", "aud", STRING),
    Field("expires", "exp", Integer("int64")),
    Field("issued", "iat", Integer("int64")),
    Field("subject", "sub", STRING, omitempty=True),
)


def key_token(*, key: str, audience: str) -> Token:
    """A token that a key signs itself (``google.NewTokenAuthenticator``).

    Raises:
        Error: the key is malformed.
    """
    if not audience:
        raise Error("google: missing scope/audience for JWT access token")
    try:
        account: ServiceAccount = json.unmarshal(
            key.encode("utf-8", "surrogateescape"), SERVICE_ACCOUNT
        )
    except JSONError as error:
        raise Error(f"google: could not parse JSON key: {error.message}") from None
    if account.type != "service_account":
        raise Error(
            "google: could not parse JSON key: google: read JWT from JSON credentials: "
            f"'type' field is {quote(account.type)} (expected \"service_account\")"
        )
    try:
        private = _private_key(account)
    except Error as error:
        raise Error(f"google: could not parse key: {error.message}") from None
    now = int(time.time())
    claims = _Claims(
        issuer=account.client_email,
        subject=account.client_email,
        audience=audience,
        issued=now,
        expires=now + _LIFETIME,
    )
    try:
        signed = _signed(account, claims, private)
    except Error as error:
        raise Error(f"google: could not encode JWT: {error.message}") from None
    return Token(signed, float(claims.expires))


def exchanged_token(account: ServiceAccount) -> Token:
    """A token of Google's for what the key signed (``jwtSource.Token``).

    Raises:
        Error: the key is malformed, or Google refuses it.
    """
    private = _private_key(account)
    url = account.token_uri or TOKEN_URL
    now = int(time.time()) - _EARLIER
    claims = _Claims(
        issuer=account.client_email,
        scope=tokens.SCOPE,
        audience=account.audience or url,
        issued=now,
        expires=now + _LIFETIME,
    )
    form = {"grant_type": _GRANT, "assertion": _signed(account, claims, private)}
    try:
        answer = tokens.post_form(url, form)
    except TransportError as error:
        raise Error(f"oauth2: cannot fetch token: {error.message}") from None
    return tokens.token_of(answer)


def _private_key(account: ServiceAccount) -> PrivateKey:
    return parse_private_key(account.private_key.encode("utf-8", "surrogateescape"))


def _signed(account: ServiceAccount, claims: _Claims, key: PrivateKey) -> str:
    """The web token (``jws.Encode``)."""
    parts = [json.marshal(_Header(key_id=account.private_key_id)), json.marshal(claims)]
    data = b".".join(map(_base64url, parts))
    return b".".join((data, _base64url(key.sign(data)))).decode("ascii")


def _base64url(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    return encoded.translate(bytes.maketrans(b"+/", b"-_"), b"=")
