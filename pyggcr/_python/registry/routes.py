"""Who answers a request, by the end of its path (``registry.v2`` in pkg/registry)."""

from __future__ import annotations

from pyggcr._python.registry.blobs import Blobs, is_blob
from pyggcr._python.registry.exchange import METHOD_UNKNOWN, Answer, Refusal, Request
from pyggcr._python.registry.manifests import Manifests
from pyggcr._python.registry.storage import Storage

__all__ = ["Registry"]


class Registry:
    """What a registry knows, and how it answers; may be asked by several threads."""

    def __init__(self, storage: Storage, *, referrers: bool) -> None:
        self._blobs = Blobs(storage)
        self._manifests = Manifests()
        self._by_kind = {"manifests": self._manifests.answer, "tags": self._manifests.tags}
        if referrers:
            self._by_kind["referrers"] = self._manifests.referrers

    def answer(self, request: Request) -> Answer:
        """Answer a request, if need be with an error."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refusal.answer()

    def _answer(self, request: Request) -> Answer:
        if is_blob(request):
            return self._blobs.answer(request)
        elements = request.elements()
        if len(elements) >= 4 and elements[-2] in self._by_kind:
            return self._by_kind[elements[-2]](request)
        if len(elements) >= 2 and elements[-1] == "_catalog":
            return self._manifests.catalog(request)
        headers = {"Docker-Distribution-API-Version": "registry/2.0"}
        if request.path not in ("/v2/", "/v2"):
            raise Refusal(404, *METHOD_UNKNOWN[1:], headers)
        return Answer(200, headers)
