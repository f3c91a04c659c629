"""The command lines of gcrane that ``crane_lines`` runs, and what its registry holds more.

All but those that gcrane has of its own are crane's, over the same functions: of them each verb
stands here once or twice.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

from support.crane_commands import AUTHS, Line
from support.crane_seed import SEED, Manifest, digest_of
from support.fake_server import Answer
from support.google_registry import GoogleRegistry

__all__ = ["KNOWN", "LINES", "UNTAGGED", "seed"]

# What may differ, and why.
KNOWN = {
    "-v ls {r}/g/app": (
        "the User-Agent is pyggcr's; the Python engine shows heads only, without secrets",
        ("errors",),
    ),
}

UNTAGGED = SEED.manifests["base", "other"]

_JSON = {"Content-Type": "application/json"}


def _lines(text: str, **more: Any) -> list[Line]:
    more.setdefault("environment", {})
    # How many processors there are stands in help.
    more["environment"] = {"GOMAXPROCS": "3", **more["environment"]}
    lines = (it.strip() for it in text.strip().splitlines())
    return [Line(it, program="gcrane", **more) for it in lines if it]


LINES = [
    # In processes of their own: these are the first ten.
    *_lines(
        """
        version
        ls {r}/g/app
        ls -r --json {r}/g/app
        gc {r}/g/app
        copy {r}/g/app:one {r}/copied:one
        cp -r {r}/g/app {r}/g/copied
        copy --help
        completion zsh
        manifest {r}/app:one
        ls
        """,
        unordered=True,
    ),
    *_lines(
        """
        ls --json {r}/g/app
        ls -r {r}/g
        ls --recursive {r}/g/app/deep
        ls -r --json {r}/g
        ls {r}/app
        ls --json {r}/app
        ls -r {r}/app
        ls -r --json {r}/app
        ls {r}/g/empty
        ls --json {r}/g/empty
        ls {r}/g/none
        ls -r {r}/g/none
        ls --json {r}/g/none
        ls {r}/g/odd
        ls -r {r}/g/odd
        ls {r}/g/denied
        ls -r {r}/g/half
        ls -r --json {r}/g/half
        ls {r}/g/half
        ls -r {r}/g/upper
        ls {r}/g/pages
        ls {r}/g/elsewhere
        ls {r}/missing
        ls {r}/app:one
        ls {r}/app {r}/base
        ls "not a name"
        ls 127.0.0.1:1/app
        ls --full-ref {r}/app
        ls -O {r}/app
        ls -rx {r}/app
        ls --json=maybe {r}/app
        ls --json=0 {r}/g/app
        ls -- {r}/g/app
        ls --insecure {r}/g/app
        -v ls {r}/g/app
        gc -r {r}/g
        gc --recursive=false {r}/g/app
        gc {r}/app
        gc -r {r}/app
        gc {r}/g/none
        gc -r {r}/g/half
        gc {r}/g/odd
        gc "not a name"
        gc {r}/g/app extra
        gc --json {r}/g/app
        gc
        copy {r}/app:index {r}/copied:index
        cp --platform linux/arm/v7 {r}/app:index {r}/copied:arm
        copy --platform linux/s390x {r}/app:index {r}/copied:none
        copy --platform all {r}/app:index {r}/copied:all
        copy {r}/app@{digest:app:one} {r}/copied:one
        copy --allow-nondistributable-artifacts {r}/app:foreign {r}/copied:foreign
        copy -j 2 {r}/app:oci {r}/copied:oci
        copy -j many {r}/app:one {r}/copied:one
        copy {r}/app:missing {r}/copied:one
        copy "not a name" {r}/copied:one
        copy {r}/app:one "not a name"
        copy {r}/app:one
        copy -a {r}/app {r}/copied
        copy -n {r}/app:one {r}/copied:one
        copy -r {r}/g/app {r}/g/part
        copy -r -j1 {r}/g/app/deep {r}/g/deeper
        copy -r --jobs=4 {r}/g/app {r}/plain
        copy -r --platform linux/arm/v7 {r}/g/app/deep {r}/g/arm
        copy -r {r}/app {r}/g/copied
        copy --recursive {r}/g/empty {r}/g/copied
        copy -r {r}/g/none {r}/g/copied
        copy -r {r}/g/odd {r}/g/copied
        copy -r {r}/g/app {r}/g/denied
        copy -r {r}/g/gone {r}/g/copied
        copy -r {r}/g/parent {r}/g/copied
        copy -r "not a name" {r}/g/copied
        copy -r {r}/g/app "not a name"
        copy -r {r}/g/app:one {r}/g/copied
        """,
        unordered=True,
    ),
    Line(
        "copy -r {r}/g/app {r}/g/copied",
        before=("copy -r {r}/g/app {r}/g/copied",),
        unordered=True,
        program="gcrane",
    ),
    # What is crane's.
    *_lines("""
        --help
        help
        help ls
        help gc
        help nope
        gc --help
        ls --help
        auth --help
        auth get --help
        registry
        registry --help
        registry serve --help
        registry serve extra
        registry serve --nope
        registry serve --address 127.0.0.1:no
        registry serve --disk layout --blobs-to-disk
        completion
        completion bash
        completion fish --no-descriptions
        completion powershell
        lss {r}/app
        nope
        __complete ""
        __complete co
        __complete ls -
        __complete copy --
        __complete gc ""
        __complete help a
        __completeNoDesc g
        digest {r}/app:one
        digest --full-ref {r}/app:one
        config {r}/app:one
        catalog {r}
        blob {r}/app@{layer:one}
        pull {r}/app:one out.tar
        export {r}/app:one out.tar
        tag {r}/app:one again
        delete {r}/app@{digest:app:one}
        validate --remote {r}/app:one
        layout gc layout
        index list {r}/app:index
        index filter {r}/app:index --platform linux/arm/v7 -t {r}/app:filtered
        append -t {r}/new:one
        validate --remote {r}/app:index --fast
    """),
    *_lines(
        """
        push image.tar {r}/new:one
        index append {r}/app:index -m {r}/app:one -t {r}/app:appended
        append -f layer.tar -t {r}/new:one
        append -f layer.tar -b {r}/app:one -t {r}/new:one
        mutate {r}/app:one --label a=b -t {r}/app:mutated
        rebase {r}/app:one --old_base {r}/base:old --new_base {r}/base:new -t {r}/app:rebased
        """,
        unordered=True,
    ),
    *_lines("""
        auth get {r}
        auth login reg.example.com -u ann -p secret
        auth login reg.example.com
        auth logout reg.example.com
        auth token {r}/app
    """),
    *_lines("flatten {r}/app:one -t {r}/app:flat", timed=True),
    *_lines("edit fs {r}/app:one -f /etc/motd", stdin=b"changed\n", timed=True),
    *_lines("auth get", stdin=b"reg.example.com\n", environment={"DOCKER_AUTH_CONFIG": AUTHS}),
    *_lines("__complete l", environment={"GCRANE_COMPLETION_DESCRIPTIONS": "0"}),
    *_lines("__complete l", environment={"CRANE_COMPLETION_DESCRIPTIONS": "0"}),
]


def seed(server: GoogleRegistry) -> None:
    """Write repositories below ``g/`` through the stand-in, and plan its odd answers."""
    connection = http.client.HTTPConnection(server.host)
    one, index = SEED.manifests["app", "one"], SEED.manifests["app", "index"]
    _put(connection, "g/app", "one", one)
    _put(connection, "g/app", "latest", one)
    _put(connection, "g/app", "oci", SEED.manifests["app", "oci"])
    _put(connection, "g/app", UNTAGGED.digest, UNTAGGED)
    for entry in json.loads(index.content)["manifests"]:
        _put(connection, "g/app/deep", entry["digest"], SEED.manifests["app", entry["digest"]])
    _put(connection, "g/app/deep", "index", index)
    # What a copy of g/app lacks there: a tag, and the image without one.
    _put(connection, "g/part", "one", one)
    _put(connection, "g/part", "oci", SEED.manifests["app", "oci"])
    connection.close()
    server.lists |= {
        "g/empty": [_answer({"name": "g/empty", "child": [], "manifest": {}, "tags": []})],
        "g/odd": [_answer({"manifest": {digest_of(b""): {"imageSizeBytes": 5}}})],
        "g/denied": [_refusal(403, "DENIED")],
        "g/half": [_answer({"child": ["app", "denied"], "manifest": {}})],
        "g/half/app": [_answer({"manifest": {digest_of(b"{}"): {"tag": []}}})],
        "g/half/denied": [_refusal(403, "DENIED")],
        "g/parent": [_answer({"child": ["denied"]})],
        "g/parent/denied": [_refusal(403, "DENIED")],
        "g/upper": [_answer({"child": ["UPPER"]})],
        "g/gone": [_answer({"manifest": {digest_of(b""): {"tag": ["gone"]}}})],
        "g/pages": [
            Answer(200, b'{"tags":["1"]}', {"Link": "</v2/g/pages/tags/list?page=2>"}),
            _answer({"tags": ["2"]}),
        ],
        "g/elsewhere": [Answer(200, b'{"tags":["1"]}', {"Link": "<http://example.com/v2/>"})],
    }


def _put(
    connection: http.client.HTTPConnection, repository: str, reference: str, manifest: Manifest
) -> None:
    path = f"/v2/{repository}/manifests/{reference}"
    connection.request("PUT", path, manifest.content, {"Content-Type": manifest.media_type})
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status == 201, (path, answer.status, said)


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode(), _JSON)


def _refusal(status: int, code: str) -> Answer:
    error = {"code": code, "message": "refused"}
    return Answer(status, json.dumps({"errors": [error]}).encode(), _JSON)
