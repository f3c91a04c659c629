"""The values of pkg/v1/remote/transport: error codes, scopes, challenges and tokens; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BLOB_UNKNOWN_ERROR_CODE",
    "BLOB_UPLOAD_INVALID_ERROR_CODE",
    "BLOB_UPLOAD_UNKNOWN_ERROR_CODE",
    "CATALOG_SCOPE",
    "DELETE_SCOPE",
    "DENIED_ERROR_CODE",
    "DIGEST_INVALID_ERROR_CODE",
    "MANIFEST_BLOB_UNKNOWN_ERROR_CODE",
    "MANIFEST_INVALID_ERROR_CODE",
    "MANIFEST_UNKNOWN_ERROR_CODE",
    "MANIFEST_UNVERIFIED_ERROR_CODE",
    "NAME_INVALID_ERROR_CODE",
    "NAME_UNKNOWN_ERROR_CODE",
    "PULL_SCOPE",
    "PUSH_SCOPE",
    "SIZE_INVALID_ERROR_CODE",
    "TAG_INVALID_ERROR_CODE",
    "TOO_MANY_REQUESTS_ERROR_CODE",
    "UNAUTHORIZED_ERROR_CODE",
    "UNAVAILABLE_ERROR_CODE",
    "UNKNOWN_ERROR_CODE",
    "UNSUPPORTED_ERROR_CODE",
    "Challenge",
    "ErrorCode",
    "Token",
]


class ErrorCode(str):
    """What a registry calls an error; ``Diagnostic.code`` is one of these (``ErrorCode``)."""

    __slots__ = ()


BLOB_UNKNOWN_ERROR_CODE = ErrorCode("BLOB_UNKNOWN")
BLOB_UPLOAD_INVALID_ERROR_CODE = ErrorCode("BLOB_UPLOAD_INVALID")
BLOB_UPLOAD_UNKNOWN_ERROR_CODE = ErrorCode("BLOB_UPLOAD_UNKNOWN")
DIGEST_INVALID_ERROR_CODE = ErrorCode("DIGEST_INVALID")
MANIFEST_BLOB_UNKNOWN_ERROR_CODE = ErrorCode("MANIFEST_BLOB_UNKNOWN")
MANIFEST_INVALID_ERROR_CODE = ErrorCode("MANIFEST_INVALID")
MANIFEST_UNKNOWN_ERROR_CODE = ErrorCode("MANIFEST_UNKNOWN")
MANIFEST_UNVERIFIED_ERROR_CODE = ErrorCode("MANIFEST_UNVERIFIED")
NAME_INVALID_ERROR_CODE = ErrorCode("NAME_INVALID")
NAME_UNKNOWN_ERROR_CODE = ErrorCode("NAME_UNKNOWN")
SIZE_INVALID_ERROR_CODE = ErrorCode("SIZE_INVALID")
TAG_INVALID_ERROR_CODE = ErrorCode("TAG_INVALID")
UNAUTHORIZED_ERROR_CODE = ErrorCode("UNAUTHORIZED")
DENIED_ERROR_CODE = ErrorCode("DENIED")
UNSUPPORTED_ERROR_CODE = ErrorCode("UNSUPPORTED")
TOO_MANY_REQUESTS_ERROR_CODE = ErrorCode("TOOMANYREQUESTS")
UNKNOWN_ERROR_CODE = ErrorCode("UNKNOWN")
UNAVAILABLE_ERROR_CODE = ErrorCode("UNAVAILABLE")

# What a token may be used for.
PULL_SCOPE = "pull"
PUSH_SCOPE = "push,pull"
DELETE_SCOPE = "push,pull,delete"
CATALOG_SCOPE = "catalog"


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a registry wants to be talked to (``transport.Challenge``).

    Attributes:
        scheme: how to authenticate, ``bearer`` or ``basic``; empty if everybody is let in.
        parameters: what else it says, such as ``realm`` and ``service``; keys in lower case.
        insecure: whether it speaks plain HTTP.
    """

    scheme: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    insecure: bool = False

    def url_scheme(self) -> str:
        """``https`` or ``http``."""
        return "http" if self.insecure else "https"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token server answers (``transport.Token``); one of the first two is there.

    Attributes:
        expires_in: seconds; 0 if the server does not say.
    """

    token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = 0
