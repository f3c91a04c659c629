"""Workload identity federation: golang.org/x/oauth2/google/externalaccount and impersonate.

Another cloud's token, from a file or an address, is exchanged for one of Google's. Those that a
program gives, and those of AWS, only the Go engine knows.
"""

from __future__ import annotations

import json as plain_json
import re
import time

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import base64, json
from pyggcr._gostd.json import ANY, STRING, Field, Integer, Map, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._os.file import read_file
from pyggcr._python.google import tokens
from pyggcr._python.google.tokens import Answer
from pyggcr._values.google import Token
from pyggcr.errors import Error, FileAccessError, JSONError, TransportError, UnsupportedOptionError

__all__ = [
    "IMPERSONATION",
    "SOURCE",
    "ExternalAccount",
    "Impersonation",
    "Source",
    "check",
    "impersonated",
    "token",
]

_WHO = "oauth2/google/externalaccount"
_STS_URL = "https://sts.googleapis.com/v1/token"
_WORKFORCE = re.compile(r"//iam\.googleapis\.com/locations/[^/]+/workforcePools/")
_LIMIT = 1 << 20  # bytes of a token
_LIFETIME = 3600  # seconds


@dataclass(slots=True)
class _Format:
    type: str = ""
    member: str = ""


@dataclass(slots=True)
class Source:
    """Where the other cloud's token is (``externalaccount.CredentialSource``)."""

    file: str = ""
    url: str = ""
    headers: dict[str, str] | None = None
    executable: object = None
    environment: str = ""
    format: _Format = field(default_factory=_Format)


@dataclass(slots=True)
class Impersonation:
    """How to act as a service account (``serviceAccountImpersonationInfo``)."""

    lifetime: int = 0


@dataclass(slots=True, repr=False)
class ExternalAccount:
    """How to get a token of Google's for another cloud's (``externalaccount.Config``)."""

    audience: str
    subject_token_type: str
    token_url: str
    impersonation_url: str
    lifetime: int
    client_id: str
    client_secret: str
    user_project: str
    source: Source


@dataclass(slots=True, repr=False)
class _Exchanged:
    access_token: str = ""
    expires_in: int = 0


@dataclass(slots=True, repr=False)
class _Impersonated:
    access_token: str = ""
    expire_time: str = ""


SOURCE = Struct(
    "externalaccount.CredentialSource",
    Source,
    Field("file", "file", STRING),
    Field("url", "url", STRING),
    Field("headers", "headers", Map(STRING, "map[string]string")),
    Field("executable", "executable", ANY),
    Field("environment", "environment_id", STRING),
    Field(
        "format",
        "format",
        Struct(
            "externalaccount.Format",
            _Format,
            Field("type", "type", STRING),
            Field("member", "subject_token_field_name", STRING),
        ),
    ),
)
IMPERSONATION = Struct(
    "google.serviceAccountImpersonationInfo",
    Impersonation,
    Field("lifetime", "token_lifetime_seconds", Integer("int")),
)
_EXCHANGED = Struct(
    "stsexchange.Response",
    _Exchanged,
    Field("access_token", "access_token", STRING),
    Field("expires_in", "expires_in", Integer("int")),
)
_IMPERSONATED = Struct(
    "impersonate.impersonateTokenResponse",
    _Impersonated,
    Field("access_token", "accessToken", STRING),
    Field("expire_time", "expireTime", STRING),
)


def check(account: ExternalAccount) -> None:
    """Refuse what cannot be used (``externalaccount.NewTokenSource``).

    Raises:
        Error: something is missing.
    """
    if not account.audience:
        raise Error(f"{_WHO}: Audience must be set")
    if not account.subject_token_type:
        raise Error(f"{_WHO}: Subject token type must be set")
    if account.user_project and not _WORKFORCE.search(account.audience):
        raise Error(
            f"{_WHO}: Workforce pool user project should not be set for non-workforce pool "
            "credentials"
        )


def token(account: ExternalAccount) -> Token:
    """A token for the account, or for the service account that it acts as.

    Raises:
        Error: a token is missing, or refused.
        UnsupportedOptionError: this engine does not know the source of the other cloud's token.
    """
    found = _exchanged(account)
    if account.impersonation_url:
        return impersonated(found, account.impersonation_url, None, account.lifetime)
    return found


def _exchanged(account: ExternalAccount) -> Token:
    """``tokenSource.Token``."""
    form = {
        "audience": account.audience,
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token_type": account.subject_token_type,
        "subject_token": _subject_token(account.source),
        "scope": tokens.SCOPE,
    }
    if account.user_project and not account.client_id:
        form["options"] = plain_json.dumps({"userProject": account.user_project})
    headers = {}
    if account.client_id and account.client_secret:
        pair = f"{account.client_id}:{account.client_secret}"
        headers["Authorization"] = "Basic " + base64.encode(pair.encode("utf-8", "surrogateescape"))
    try:
        answer = tokens.post_form(account.token_url or _STS_URL, form, headers=headers)
    except TransportError as error:
        raise Error(
            f"oauth2/google: invalid response from Secure Token Server: {error.message}"
        ) from None
    if answer.failed:
        raise Error(f"oauth2/google: status code {answer.status}: {answer.text}")
    what = "oauth2/google: failed to unmarshal response body from Secure Token Server"
    found = tokens.parse(answer.body, _EXCHANGED, what)
    if found.expires_in <= 0:
        raise Error(f"{_WHO}: got invalid expiry from security token service")
    return Token(found.access_token, time.time() + found.expires_in)


def _subject_token(source: Source) -> str:
    if re.fullmatch(r"aws[+-]?[0-9]+", source.environment):
        raise UnsupportedOptionError(
            "the Python engine does not know credentials of AWS for Google; the Go engine does"
        )
    if source.file:
        return _in_format(_file(source.file), source.format)
    if source.url:
        return _in_format(_fetched(source), source.format)
    if source.executable is not None:
        raise UnsupportedOptionError(
            "the Python engine runs no program for Google's credentials; the Go engine does"
        )
    raise Error(f"{_WHO}: unable to parse credential source")


def _file(path: str) -> bytes:
    try:
        return read_file(path, _LIMIT).strip()
    except FileAccessError:
        raise Error(f"{_WHO}: failed to open credential file {quote(path)}") from None


def _fetched(source: Source) -> bytes:
    try:
        answer: Answer = tokens.fetch("GET", source.url, headers=source.headers or {})
    except TransportError as error:
        raise Error(
            f"{_WHO}: invalid response when retrieving subject token: {error.message}"
        ) from None
    if answer.failed:
        raise Error(f"{_WHO}: status code {answer.status}: {answer.text}")
    return answer.body


def _in_format(content: bytes, form: _Format) -> str:
    if form.type in ("", "text"):
        return content.decode("utf-8", "surrogateescape")
    if form.type != "json":
        raise Error(f"{_WHO}: invalid credential_source file format type")
    try:
        members = json.unmarshal(content, Map(ANY, "map[string]interface {}")) or {}
    except JSONError as error:
        raise Error(f"{_WHO}: failed to unmarshal subject token file: {error.message}") from None
    if form.member not in members:
        raise Error(f"{_WHO}: provided subject_token_field_name not found in credentials")
    found = members[form.member]
    if not isinstance(found, str):
        raise Error(f"{_WHO}: improperly formatted subject token")
    return found


def impersonated(found: Token, url: str, delegates: list[str] | None, lifetime: int) -> Token:
    """A token of the service account that another token may act as (``ImpersonateTokenSource``).

    Raises:
        Error: Google refuses.
    """
    request: dict[str, object] = {"delegates": delegates} if delegates else {}
    request["lifetime"] = f"{lifetime or _LIFETIME}s"
    request["scope"] = [tokens.SCOPE]
    try:
        answer = tokens.fetch(
            "POST",
            url,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {found.access_token}",
            },
            body=plain_json.dumps(request, separators=(",", ":")).encode(),
            secrets=(found.access_token,),
        )
    except TransportError as error:
        raise Error(f"oauth2/google: unable to generate access token: {error.message}") from None
    if answer.failed:
        raise Error(f"oauth2/google: status code {answer.status}: {answer.text}")
    told = tokens.parse(answer.body, _IMPERSONATED, "oauth2/google: unable to parse response")
    expiry = tokens.expiry_of(told.expire_time, "oauth2/google: unable to parse expiry")
    return Token(told.access_token, expiry)
