"""Application default credentials: golang.org/x/oauth2/google/default.go and google.go."""

from __future__ import annotations

import os
import posixpath

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import json
from pyggcr._gostd.json import ANY, STRING, Field, Kind, Pointer, Slice, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._os.file import read_file
from pyggcr._python.google import federation, metadata, tokens
from pyggcr._python.google.service_account import TOKEN_URL, ServiceAccount, exchanged_token
from pyggcr._values.google import Token
from pyggcr.errors import Error, FileAccessError, UnsupportedOptionError

__all__ = ["env_token"]

_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_WELL_KNOWN = ".config/gcloud/application_default_credentials.json"
_SETUP = "https://cloud.google.com/docs/authentication/external/set-up-adc"
_FILE_LIMIT = 16 << 20  # bytes


@dataclass(slots=True, repr=False)
class _Credentials:
    """A file of credentials of any type (``credentialsFile``)."""

    type: str = ""
    client_email: str = ""
    private_key_id: str = ""
    private_key: str = ""
    token_uri: str = ""
    client_secret: str = ""
    client_id: str = ""
    refresh_token: str = ""
    audience: str = ""
    subject_token_type: str = ""
    token_url: str = ""
    impersonation_url: str = ""
    impersonation: federation.Impersonation = field(default_factory=federation.Impersonation)
    delegates: list[str] | None = None
    source: federation.Source = field(default_factory=federation.Source)
    user_project: str = ""
    inner: _Credentials | None = None
    web: object = None
    installed: object = None


def _struct(inner: Kind[_Credentials] | None) -> Struct[_Credentials]:
    fields = [
        Field("type", "type", STRING),
        Field("client_email", "client_email", STRING),
        Field("private_key_id", "private_key_id", STRING),
        Field("private_key", "private_key", STRING),
        Field("token_uri", "token_uri", STRING),
        Field("client_secret", "client_secret", STRING),
        Field("client_id", "client_id", STRING),
        Field("refresh_token", "refresh_token", STRING),
        Field("audience", "audience", STRING),
        Field("subject_token_type", "subject_token_type", STRING),
        Field("token_url", "token_url", STRING),
        Field("impersonation_url", "service_account_impersonation_url", STRING),
        Field("impersonation", "service_account_impersonation", federation.IMPERSONATION),
        Field("delegates", "delegates", Slice(STRING)),
        Field("source", "credential_source", federation.SOURCE),
        Field("user_project", "workforce_pool_user_project", STRING),
        Field("web", "web", ANY),
        Field("installed", "installed", ANY),
    ]
    if inner is not None:
        fields.append(Field("inner", "source_credentials", Pointer(inner)))
    return Struct("google.credentialsFile", _Credentials, *fields)


# Google writes one level; Go reads any number.
_CREDENTIALS = _struct(_struct(_struct(None)))


def env_token() -> Token:
    """A token of the application default credentials (``google.NewEnvAuthenticator``).

    Raises:
        Error: there are none, or Google refuses them.
        TransportError: a server cannot be reached.
        UnsupportedOptionError: they are of a type that this engine does not know.
        CancelledError: a limit of the call was reached.
    """
    if path := os.environ.get(_VARIABLE):
        try:
            credentials = _parse(read_file(path, _FILE_LIMIT))
            _check(credentials)
        except UnsupportedOptionError:
            raise
        except Error as error:
            raise Error(
                f"google: error getting credentials using {_VARIABLE} environment variable: "
                f"{error.message}"
            ) from None
        return _token(credentials)
    try:
        content = read_file(posixpath.join(_home(), _WELL_KNOWN), _FILE_LIMIT)
    except FileAccessError:
        if metadata.is_there():
            return metadata.metadata_token()
        raise Error(
            f"google: could not find default credentials. See {_SETUP} for more information"
        ) from None
    credentials = _parse(content)
    _check(credentials)
    return _token(credentials)


def _home() -> str:
    """The home, where oauth2 looks for it (``guessUnixHomeDir``)."""
    if home := os.environ.get("HOME"):
        return home
    return posixpath.expanduser("~")


def _parse(content: bytes) -> _Credentials:
    found: _Credentials = json.unmarshal(content, _CREDENTIALS)
    return found


def _check(credentials: _Credentials) -> None:
    """What is found before anything is asked for (``credentialsFile.tokenSource``)."""
    if credentials.web or credentials.installed:
        raise UnsupportedOptionError(
            "the credentials are those of an application, which needs a user to log in; "
            "run: gcloud auth application-default login"
        )
    if credentials.type == "external_account":
        federation.check(_external(credentials))
    elif credentials.type == "impersonated_service_account":
        if not credentials.impersonation_url or credentials.inner is None:
            raise Error(
                "missing 'source_credentials' field or 'service_account_impersonation_url' "
                "in credentials"
            )
        _check(credentials.inner)
    elif credentials.type == "external_account_authorized_user":
        raise UnsupportedOptionError(
            f"the Python engine does not know credentials of type {quote(credentials.type)}; "
            "the Go engine does"
        )
    elif not credentials.type:
        raise Error("missing 'type' field in credentials")
    elif credentials.type not in ("service_account", "gdch_service_account", "authorized_user"):
        raise Error(f"unknown credential type: {quote(credentials.type)}")


def _token(credentials: _Credentials) -> Token:
    if credentials.type == "authorized_user":
        return _of_user(credentials)
    if credentials.type == "external_account":
        return federation.token(_external(credentials))
    if credentials.type == "impersonated_service_account":
        assert credentials.inner is not None
        return federation.impersonated(
            _token(credentials.inner), credentials.impersonation_url, credentials.delegates, 0
        )
    return exchanged_token(
        ServiceAccount(
            type=credentials.type,
            client_email=credentials.client_email,
            private_key_id=credentials.private_key_id,
            private_key=credentials.private_key,
            token_uri=credentials.token_uri,
            audience=credentials.audience,
        )
    )


def _of_user(credentials: _Credentials) -> Token:
    """A token for what ``gcloud auth application-default login`` left (``tokenRefresher``)."""
    if not credentials.refresh_token:
        raise Error("oauth2: token expired and refresh token is not set")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    if credentials.client_id:
        form["client_id"] = credentials.client_id
    if credentials.client_secret:
        form["client_secret"] = credentials.client_secret
    return tokens.refreshed(tokens.post_form(credentials.token_uri or TOKEN_URL, form))


def _external(credentials: _Credentials) -> federation.ExternalAccount:
    return federation.ExternalAccount(
        audience=credentials.audience,
        subject_token_type=credentials.subject_token_type,
        token_url=credentials.token_url,
        impersonation_url=credentials.impersonation_url,
        lifetime=credentials.impersonation.lifetime,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        user_project=credentials.user_project,
        source=credentials.source,
    )
