"""The values of pkg/v1/remote/transport: error codes, scopes, challenges and tokens."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field

TYPE_CHECKING = False
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
    """The code of a registry's error, as in ``Diagnostic.code`` (``transport.ErrorCode``)."""

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
    """How a registry wants to be addressed (``transport.Challenge``).

    Attributes:
        scheme: how to authenticate, ``bearer`` or ``basic``; empty if that is not needed.
        parameters: further values, such as ``realm`` and ``service``; the keys are in lower case.
        insecure: whether the registry uses plain HTTP.
    """

    scheme: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    insecure: bool = False

    def url_scheme(self) -> str:
        """Return the URL scheme of the registry.

        Returns:
            ``https`` or ``http``.
        """
        return "http" if self.insecure else "https"


@dataclass(frozen=True, slots=True)
class Token:
    """The answer of a token server (``transport.Token``).

    Attributes:
        token: the token; a server sends this or ``access_token``.
        access_token: the token, as OAuth2 servers name it.
        refresh_token: a token to get further tokens with; empty if there is none.
        expires_in: seconds; 0 if the server does not say.
    """

    token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = 0
