"""A stand-in for Google's registries: a registry whose lists name manifests and child repositories.

``GoogleRegistry`` stands in front of another registry, to which it hands on all requests but those
for lists of repositories below ``g/``. What it lists was pushed through it.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
from collections.abc import Iterable
from typing import Any

from support.fake_server import Answer, Asked, FakeServer

__all__ = ["GoogleRegistry"]

_MANIFEST = re.compile(r"/v2/(.+)/manifests/([^/]+)$")
_LIST = re.compile(r"/v2/(g(?:/.+)?)/tags/list(?:\?.*)?$")
_CREATED, _UPLOADED = "1700000000123", "1700000001000"  # milliseconds since 1970
_HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "date", "server")
_JSON = {"Content-Type": "application/json"}


class GoogleRegistry(FakeServer):
    """A running stand-in.

    Attributes:
        lists: for paths of repositories, what to answer in place of their lists, one after the
            other; the last one stays, and ``None`` stands for the list itself.
    """

    def __init__(self, behind: str, *, port: int = 0) -> None:
        """Stand in front of the registry at this address."""
        self.lists: dict[str, list[Answer | None]] = {}
        self._behind = behind
        self._held: dict[str, dict[str, dict[str, Any]]] = {}
        super().__init__(self._answer, port=port)

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "GET" and (found := _LIST.match(asked.path)):
            return self._list(found[1])
        connection = http.client.HTTPConnection(self._behind)
        with contextlib.closing(connection):
            sent = {
                key: it for key, it in asked.headers.items() if key not in ("host", *_HOP_BY_HOP)
            }
            connection.request(asked.method, asked.path, asked.body, sent)
            got = connection.getresponse()
            body = got.read()
        headers = {key: it for key, it in got.getheaders() if key.lower() not in _HOP_BY_HOP}
        if asked.method == "HEAD":
            headers["Content-Length"] = got.getheader("Content-Length", "0")
        if got.status < 300 and (found := _MANIFEST.match(asked.path)):
            self._note(asked, found[1], found[2])
        return Answer(got.status, body, headers)

    def _note(self, asked: Asked, repository: str, reference: str) -> None:
        held = self._held.setdefault(repository, {})
        if asked.method == "PUT":
            digest = f"sha256:{hashlib.sha256(asked.body).hexdigest()}"
            info = held.setdefault(digest, _described(asked))
            if not reference.startswith("sha256:"):
                for other in held.values():
                    other["tag"] = [it for it in other["tag"] if it != reference]
                info["tag"] = sorted([*info["tag"], reference])
        elif asked.method == "DELETE":
            held.pop(reference, None)

    def _list(self, repository: str) -> Answer:
        planned = self.lists.get(repository)
        answer = None
        if planned:
            answer = planned.pop(0) if len(planned) > 1 else planned[0]
        return answer or self._own_list(repository)

    def _own_list(self, repository: str) -> Answer:
        held = self._held.get(repository)
        children = sorted(self._children(repository))
        if held is None and not children:
            error = {"code": "NAME_UNKNOWN", "message": "Unknown name"}
            return Answer(404, json.dumps({"errors": [error]}).encode(), _JSON)
        manifests = held or {}
        found = {
            "child": children,
            "manifest": manifests,
            "name": repository,
            "tags": sorted(tag for it in manifests.values() for tag in it["tag"]),
        }
        return Answer(200, json.dumps(found).encode(), _JSON)

    def _children(self, repository: str) -> Iterable[str]:
        begin = f"{repository}/"
        return {
            name[len(begin) :].partition("/")[0] for name in self._held if name.startswith(begin)
        }


def _described(asked: Asked) -> dict[str, Any]:
    return {
        "imageSizeBytes": str(len(asked.body)),
        "mediaType": asked.headers.get("content-type", ""),
        "timeCreatedMs": _CREATED,
        "timeUploadedMs": _UPLOADED,
        "tag": [],
    }
