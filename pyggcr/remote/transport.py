"""Protocol of registries: error codes, scopes, challenges, tokens (pkg/v1/remote/transport).

You do not need them to use ``pyggcr.remote``, which gets and renews tokens itself; ``ping`` and
``exchange`` are for requests of your own. Errors of registries are
``pyggcr.errors.TransportError``, and the codes are those of its ``diagnostics``. Both functions
take the keyword arguments of ``pyggcr.remote``.

>>> from pyggcr.errors import Diagnostic
>>> Diagnostic("MANIFEST_UNKNOWN").code == MANIFEST_UNKNOWN_ERROR_CODE
True
"""

from __future__ import annotations

from collections.abc import Sequence

from pyggcr import name
from pyggcr._values.transport import (
    BLOB_UNKNOWN_ERROR_CODE,
    BLOB_UPLOAD_INVALID_ERROR_CODE,
    BLOB_UPLOAD_UNKNOWN_ERROR_CODE,
    CATALOG_SCOPE,
    DELETE_SCOPE,
    DENIED_ERROR_CODE,
    DIGEST_INVALID_ERROR_CODE,
    MANIFEST_BLOB_UNKNOWN_ERROR_CODE,
    MANIFEST_INVALID_ERROR_CODE,
    MANIFEST_UNKNOWN_ERROR_CODE,
    MANIFEST_UNVERIFIED_ERROR_CODE,
    NAME_INVALID_ERROR_CODE,
    NAME_UNKNOWN_ERROR_CODE,
    PULL_SCOPE,
    PUSH_SCOPE,
    SIZE_INVALID_ERROR_CODE,
    TAG_INVALID_ERROR_CODE,
    TOO_MANY_REQUESTS_ERROR_CODE,
    UNAUTHORIZED_ERROR_CODE,
    UNAVAILABLE_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    UNSUPPORTED_ERROR_CODE,
    Challenge,
    ErrorCode,
    Token,
)
from pyggcr.errors import Diagnostic
from pyggcr.remote.options import Options, connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

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
    "Diagnostic",
    "ErrorCode",
    "Token",
    "exchange",
    "ping",
]


def ping(registry: name.Registry | str, **options: Unpack[Options]) -> Challenge:
    """Ask a registry how it wants to be addressed (``transport.Ping``).

    A registry that may use plain HTTP is asked by HTTPS first, and 0.3 seconds later by HTTP too.

    Args:
        registry: a registry, parsed or as a text such as ``registry.example.com``.
        options: keyword arguments of ``remote.Options``; credentials are not sent, and ``hosts`` is
            refused.

    Returns:
        The authentication scheme, empty if there is none, and its parameters.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.

    Examples:
        >>> from pyggcr import registry
        >>> with registry.serve() as server:
        ...     ping(server.host)
        Challenge(scheme='', parameters={}, insecure=True)
    """
    with connected(options) as to:
        to.refuse_hosts("transport.ping")
        return to.engine.transport.ping(registry=to.registry(registry), client=to.client)


def exchange(
    resource: name.Registry | name.Repository | str,
    scopes: Sequence[str],
    challenge: Challenge | None = None,
    **options: Unpack[Options],
) -> Token:
    """Request a token from the token server of a registry (``transport.Exchange``).

    Docker's protocol is used, or with an identity token that of OAuth 2. Nothing is sent to a
    server at a private address, unless it is the registry itself.

    Args:
        resource: the registry; or a repository, if the credentials are for that alone. A text is
            the name of a registry.
        scopes: what the token shall allow, such as ``repository.scope(PULL_SCOPE)``.
        challenge: what ``ping`` returned; default: ask the registry.
        options: keyword arguments of ``remote.Options``; ``auth`` or ``keychain`` provide the
            credentials, and ``hosts`` is refused.

    Returns:
        The token.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: a reference or an option has another type, or the option is unknown.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry does not use tokens, or names no server that may be asked.

    Examples:
        >>> repository = name.new_repository("registry.example.com/team/app")
        >>> scopes = [repository.scope(PULL_SCOPE)]
        >>> token = exchange(repository, scopes)  # doctest: +SKIP
        >>> headers = {"Authorization": f"Bearer {token.token}"}  # doctest: +SKIP
    """
    with connected(options) as to:
        to.refuse_hosts("transport.exchange")
        owner = to.registry(resource) if isinstance(resource, str) else resource
        registry = owner.registry if isinstance(owner, name.Repository) else owner
        transport = to.engine.transport
        if challenge is None:
            challenge = transport.ping(registry=registry, client=to.client)
        return transport.exchange(
            resource=owner, scopes=scopes, challenge=challenge, client=to.client
        )
