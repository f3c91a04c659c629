"""Who answers a request, by the end of its path (``registry.v2`` in pkg/registry)."""

from __future__ import annotations

import html
import http
import random
import urllib.parse
from collections.abc import Callable, Mapping

from pyggcr._gostd import path
from pyggcr._python.registry.blobs import Blobs, is_blob
from pyggcr._python.registry.exchange import Answer, Redirected, Refusal, Request
from pyggcr._python.registry.manifests import Manifests
from pyggcr._values.registry import BlobHandler

__all__ = ["Registry"]


class Registry:
    """What a registry knows, and how it answers; may be asked by several threads."""

    def __init__(
        self,
        handler: BlobHandler,
        *,
        referrers: bool,
        warnings: Mapping[float, str],
        log: Callable[[str], None],
    ) -> None:
        self._blobs = Blobs(handler, log)
        self._manifests = Manifests(log)
        self._by_kind = {"manifests": self._manifests.answer, "tags": self._manifests.tags}
        if referrers:
            self._by_kind["referrers"] = self._manifests.referrers
        self._warnings = dict(warnings)
        self._log = log

    def answer(self, request: Request) -> Answer:
        """Answer a request, if need be with an error (``registry.root``)."""
        said = f"{request.method} {request.target}"
        try:
            answer = self._answer(request)
        except Redirected as elsewhere:
            answer = _redirect(request, elsewhere.location, elsewhere.code)
        except Refusal as refusal:
            answer = refusal.answer()
            said = f"{said} {refusal.status} {refusal.code} {refusal}"
        self._log(said)
        if self._warnings:
            drawn = random.random()  # noqa: S311  (a test may as well foresee it)
            answer.warnings = [
                f'299 - "{text}"' for chance, text in self._warnings.items() if chance > drawn
            ]
        return answer

    def _answer(self, request: Request) -> Answer:
        if is_blob(request):
            return self._blobs.answer(request)
        elements = request.elements()
        if len(elements) >= 4 and elements[-2] in self._by_kind:
            return self._by_kind[elements[-2]](request)
        if len(elements) >= 2 and elements[-1] == "_catalog":
            return self._manifests.catalog(request)
        if request.path not in ("/v2/", "/v2"):
            raise Refusal(
                404,
                "METHOD_UNKNOWN",
                "We don't understand your method + url",
                {"Docker-Distribution-API-Version": "registry/2.0"},
            )
        return Answer(200, {"Docker-Distribution-API-Version": "registry/2.0"})


def _redirect(request: Request, location: str, code: int) -> Answer:
    """Send a client elsewhere (``http.Redirect``)."""
    address = urllib.parse.urlsplit(location)
    if not address.scheme and not address.netloc:
        location = _absolute(request.path, location)
    headers = {"Location": _escaped(location)}
    if request.method == "HEAD":
        return Answer(code, {**headers, "Content-Type": _HTML}, length=None)
    phrase = http.HTTPStatus(code).phrase
    link = html.escape(location).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    body = f'<a href="{link}">{phrase}</a>.\n\n'.encode("utf-8", "surrogateescape")
    return Answer(code, {**headers, "Content-Type": _HTML}, iter((body,)), len(body))


_HTML = "text/html; charset=utf-8"


def _escaped(location: str) -> str:
    """Bytes beyond ASCII as Go escapes them (``hexEscapeNonASCII``)."""
    data = location.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:x}" for byte in data)


def _absolute(base: str, location: str) -> str:
    """The path that a relative one leads to from there, without dots."""
    if not location.startswith("/"):
        location = base[: base.rindex("/") + 1] + location
    place, mark, query = location.partition("?")
    clean = path.clean(place)
    if place.endswith("/") and not clean.endswith("/"):
        clean += "/"
    return f"{clean}{mark}{query}"
