"""Tokens of gcloud: ``gcloudSource`` of pkg/v1/google/auth.go."""

from __future__ import annotations

import tempfile

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Struct
from pyggcr._os.logs import Log
from pyggcr._python.authn import programs
from pyggcr._python.google import tokens
from pyggcr._values.google import Token
from pyggcr.errors import Error, JSONError

__all__ = ["gcloud_token"]

_ARGUMENTS = ("config", "config-helper", "--force-auth-refresh", "--format=json(credential)")
_FAILED = "error executing `gcloud config config-helper`"
_TIMEOUT = 60.0  # seconds
_LONGEST_WARNING = 16 << 10  # bytes

_log = Log(__name__)


@dataclass(slots=True, repr=False)
class _Credential:
    access_token: str = ""
    token_expiry: str = ""


@dataclass(slots=True, repr=False)
class _Output:
    credential: _Credential


_CREDENTIAL = Struct(
    'struct { AccessToken string "json:\\"access_token\\""; '
    'TokenExpiry string "json:\\"token_expiry\\"" }',
    _Credential,
    Field("access_token", "access_token", STRING),
    Field("token_expiry", "token_expiry", STRING),
)
_OUTPUT = Struct("google.gcloudOutput", _Output, Field("credential", "credential", _CREDENTIAL))


def gcloud_token() -> Token:
    """A token of gcloud, empty where there is no gcloud (``google.NewGcloudAuthenticator``).

    Raises:
        Error: gcloud failed.
    """
    found = programs.find("gcloud")
    if found is None:
        _log.warning("gcloud binary not found")
        return Token()
    output: _Output
    try:
        output = json.unmarshal(_run(found), _OUTPUT)
    except JSONError as error:
        raise JSONError(
            f"failed to parse `gcloud config config-helper` output: {error.message}"
        ) from None
    expiry = tokens.expiry_of(output.credential.token_expiry, "failed to parse gcloud token expiry")
    return Token(output.credential.access_token, expiry)


def _run(program: str) -> bytes:
    with tempfile.TemporaryFile() as errors:
        try:
            code, output = programs.run([program, *_ARGUMENTS], b"", _TIMEOUT, errors)
        except programs.ProgramError as error:
            raise Error(f"{_FAILED}: {error.message}") from None
        errors.seek(0)
        for line in errors.read(_LONGEST_WARNING).decode("utf-8", "surrogateescape").splitlines():
            _log.warning("%s", line)
    if code < 0:
        raise Error(f"{_FAILED}: signal: {_signal_name(-code)}")
    if code:
        raise Error(f"{_FAILED}: exit status {code}")
    return output


def _signal_name(number: int) -> str:
    """The name of a signal as Go prints it."""
    import signal

    return (signal.strsignal(number) or f"signal {number}").lower()
