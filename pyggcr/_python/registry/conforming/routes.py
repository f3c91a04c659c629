"""Who answers a request: the endpoints of the distribution specification."""

from __future__ import annotations

import logging
import re

from pyggcr._python.registry.conforming.blobs import Blobs
from pyggcr._python.registry.conforming.files import Files
from pyggcr._python.registry.conforming.manifests import Manifests
from pyggcr._python.registry.exchange import Answer, Refusal, Request

__all__ = ["ConformingRegistry"]

_NAMED = re.compile(r"/v2/(?P<name>.+)/(?P<kind>blobs|manifests|tags|referrers)/(?P<rest>[^/]+)")
_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<rest>[^/]*)")
_VERSION = {"Docker-Distribution-API-Version": "registry/2.0"}
_READ = ("GET", "HEAD")


class ConformingRegistry:
    """A registry in a folder; may be asked by several threads."""

    def __init__(self, folder: str, logger: logging.Logger | None) -> None:
        """Take a folder.

        Raises:
            OSError: it cannot be made.
        """
        files = Files(folder)
        self._blobs = Blobs(files)
        self._manifests = Manifests(files)
        self._logger = logger

    def answer(self, request: Request) -> Answer:
        """Answer a request, if need be with an error."""
        try:
            answer = self._route(request)
        except Refusal as refusal:
            answer = refusal.answer("application/json")
        answer.headers.update(_VERSION)
        if self._logger is not None:
            self._logger.info("%s %s %d", request.method, request.target, answer.status)
        return answer

    def _route(self, request: Request) -> Answer:
        if request.path in ("/v2/", "/v2"):
            _allow(request, *_READ)
            body = b"{}"
            return Answer(200, {"Content-Type": "application/json"}, iter((body,)), len(body))
        if request.path == "/v2/_catalog":
            _allow(request, *_READ)
            return self._manifests.catalog(request)
        if found := _UPLOAD.fullmatch(request.path) or _UPLOAD.fullmatch(f"{request.path}/"):
            if found["rest"]:
                _allow(request, "GET", "PATCH", "PUT", "DELETE")
                return self._blobs.upload(request, found["name"], found["rest"])
            _allow(request, "POST")
            return self._blobs.post(request, found["name"])
        if found := _NAMED.fullmatch(request.path):
            return self._named(request, found["kind"], found["name"], found["rest"])
        raise Refusal(404, "NAME_UNKNOWN", "there is no such address")

    def _named(self, request: Request, kind: str, name: str, rest: str) -> Answer:
        if kind == "blobs":
            _allow(request, *_READ, "DELETE")
            return self._blobs.answer(request, name, rest)
        if kind == "manifests":
            _allow(request, *_READ, "PUT", "DELETE")
            return self._manifests.answer(request, name, rest)
        _allow(request, *_READ)
        if kind == "referrers":
            return self._manifests.referrers(request, name, rest)
        if rest != "list":
            raise Refusal(404, "NAME_UNKNOWN", "there is no such address")
        return self._manifests.tags(request, name)


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = {"Allow": ", ".join(methods)}
        raise Refusal(405, "UNSUPPORTED", f"{request.method} is not possible here", allowed)
