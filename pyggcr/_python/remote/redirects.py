"""Following redirects as Go's http.Client does, errors included.

Credentials are no header of the request here: ``session`` adds them, and only for its own host.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.addresses import is_private_or_link_local
from pyggcr._python.remote.error_parsing import url_error
from pyggcr._python.remote.urls import hostname, resolve, unparsed
from pyggcr.errors import Error, LayerCacheError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._python.remote.transport import Request, Response

__all__ = ["follow", "refuse_private_host"]

_MOST = 10
_KEEP_METHOD = frozenset({307, 308})
_REDIRECTS = frozenset({301, 302, 303}) | _KEEP_METHOD


def follow(
    request: Request,
    round_trip: Callable[[Request], Response],
    check: Callable[[list[str], str], None] | None = None,
) -> Response:
    """The answer to a request, and to those it is redirected to (``http.Client.Do``).

    Raises:
        TransportError: as Go's ``url.Error``.
        CancelledError: the limits of the call say so.
        LayerCacheError: the body is not the blob that a layer cache named.
    """
    first = request.method
    seen: list[str] = []
    request = request.copy()
    while True:
        try:
            response = round_trip(request)
        except LayerCacheError:
            raise  # of the body; Go knows nothing of layer caches
        except Error as error:
            raise url_error(first, request.url, error) from error.__cause__
        location = response.header("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        if response.status in _KEEP_METHOD:
            method, body = request.method, request.body
        else:
            method = request.method if request.method in ("GET", "HEAD") else "GET"
            body = None
        response.drain()
        seen.append(request.url)
        try:
            target = resolve(request.url, location)
        except Error as error:
            shown = quote(unparsed(location))
            failure = TransportError(f"failed to parse Location header {shown}: {error}")
            raise url_error(first, request.url, failure) from None
        try:
            if check is not None:
                check(seen, target)
            if len(seen) >= _MOST:
                raise TransportError(f"stopped after {_MOST} redirects")
            if urlsplit(target).scheme not in ("http", "https"):
                scheme = quote(urlsplit(target).scheme)
                raise TransportError(f"unsupported protocol scheme {scheme}")
        except LayerCacheError:
            raise  # of the body; Go knows nothing of layer caches
        except Error as error:
            raise url_error(first, target, error) from None
        request = request.copy()
        request.method, request.url, request.body = method, target, body


def refuse_private_host(seen: list[str], target: str) -> None:
    """Refuse to be sent from a public host to a private address (``checkRedirectSSRF``)."""
    origin, host = hostname(seen[0]), hostname(target)
    if host != origin and is_private_or_link_local(host):
        raise TransportError(
            f"SSRF protection: redirect from {quote(origin)} to private/link-local host "
            f"{quote(host)} denied"
        )
