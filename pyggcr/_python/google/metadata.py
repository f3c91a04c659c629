"""The metadata server of a machine at Google: cloud.google.com/go/compute/metadata."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pyggcr import limits
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Integer, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._python.google import tokens
from pyggcr._python.remote.transport import Request, Transport
from pyggcr._python.remote.urls import encode_query
from pyggcr._values.google import Token
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import DeadlineExceededError, Error, JSONError, TransportError, TruncatedError

__all__ = ["is_there", "metadata_token"]

_VARIABLE = "GCE_METADATA_HOST"
_ADDRESS = "169.254.169.254"
_PRODUCT = Path("/sys/class/dmi/id/product_name")
_FLAVOR = {"Metadata-Flavor": "Google"}
_PROBE = 1.0  # seconds
# Proxies know other machines' metadata server.
_OPTIONS = RemoteOptions(
    proxy="", retry=Retry(duration=0.1, factor=2.0, steps=5), retry_statuses=(500, 502, 503, 504)
)


@dataclass(slots=True, repr=False)
class _Answer:
    access_token: str = ""
    expires_in: int = 0


_ANSWER = Struct(
    "oauth2.Token",
    _Answer,
    Field("access_token", "access_token", STRING),
    Field("expires_in", "expires_in", Integer("int64")),
)


def is_there() -> bool:
    """Whether this machine is Google's (``metadata.OnGCE``): found out anew each time.

    It is where ``GCE_METADATA_HOST`` is set, where the firmware says so, or where the metadata
    server answers within a second.

    Raises:
        CancelledError: a limit of the call was reached.
    """
    if os.environ.get(_VARIABLE):
        return True
    try:
        if _PRODUCT.read_text().strip() in ("Google", "Google Compute Engine"):
            return True
    except (OSError, ValueError):
        pass
    try:
        with limits.limit(timeout=_PROBE):
            return _probe()
    except DeadlineExceededError:
        limits.current().check()
        return False


def _probe() -> bool:
    transport = Transport(RemoteOptions(proxy=""))
    try:
        response = transport.round_trip(Request("GET", f"http://{_ADDRESS}", once=True))
        response.close()
        return response.header("Metadata-Flavor") == "Google"
    except TransportError:
        return False
    finally:
        transport.forget_connections()


def metadata_token() -> Token:
    """A token of the machine's service account (``computeSource.Token``).

    Raises:
        Error: the metadata server refuses, or has none.
        TransportError: it cannot be reached.
    """
    host = os.environ.get(_VARIABLE) or _ADDRESS
    suffix = "instance/service-accounts/default/token?" + encode_query([("scopes", tokens.SCOPE)])
    answer = tokens.fetch(
        "GET",
        f"http://{host}/computeMetadata/v1/{suffix}",
        headers=_FLAVOR,
        options=_OPTIONS,
    )
    if answer.status == 404:
        raise Error(f"metadata: GCE metadata {quote(suffix)} not defined")
    if answer.status != 200:
        raise Error(f"compute: Received {answer.status} `{answer.text}`")
    try:
        found: _Answer = json.decode(answer.body, _ANSWER)
    except (JSONError, TruncatedError) as error:
        raise Error(f"oauth2/google: invalid token JSON from metadata: {error.message}") from None
    if not found.expires_in or not found.access_token:
        raise Error("oauth2/google: incomplete token received from metadata")
    return Token(found.access_token, time.time() + found.expires_in)
