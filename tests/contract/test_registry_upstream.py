"""go-containerregistry's own tests of registries: their table, and themselves with our registry."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil

import pytest
from support import upstream_tests
from support.upstream_tables import rows

from pyggcr import registry

# What asks a registry for most, and takes a few seconds.
SAMPLE = ("pkg/registry",)


@pytest.fixture(scope="module")
def copied(require, tmp_path_factory):
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")
    return upstream_tests.copy(tmp_path_factory.mktemp("upstream"))


def with_both(copied, packages, engine, *options):
    """What comes out with their registry, and otherwise with ours."""
    theirs, printed = upstream_tests.run(copied, packages, *options)
    assert theirs, printed
    assert set(theirs.values()) <= {"pass", "skip"}, printed
    with upstream_tests.registries(engine) as address:
        ours, printed = upstream_tests.run(copied, packages, *options, address=address)
    assert upstream_tests.differences(theirs, ours) == [], printed
    return theirs


def test_their_tests_of_the_registry(copied, engine):
    # Without those that look at packages, and at no registry.
    cases = with_both(copied, SAMPLE, engine, "-short")
    assert len(cases) >= 121


@pytest.mark.full
def test_their_tests_of_all_that_talks_to_a_registry(copied, engine):
    cases = with_both(copied, upstream_tests.PACKAGES, engine)
    assert len(cases) >= 338


def test_the_comparison_sees_a_registry_that_does_not_answer(copied):
    options = ("-run", "TestPushAndPullContainer")
    theirs, _ = upstream_tests.run(copied, SAMPLE, *options)
    ours, printed = upstream_tests.run(copied, SAMPLE, *options, address="http://127.0.0.1:1")
    assert "connection refused" in printed
    difference = "pkg/registry TestPushAndPullContainer: pass, with pyggcr fail"
    assert upstream_tests.differences(theirs, ours) == [difference]


def of(content: str) -> str:
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


INDEX = json.dumps(
    {
        "manifests": [
            {"digest": of("foo"), "mediaType": media_type}
            for media_type in (
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                "application/xml",
                "application/vnd.oci.image.manifest.v1+json",
            )
        ]
    }
)


def filled_in(text: str) -> str:
    texts = {"{foo}": of("foo"), "{missing}": of("nonexistant"), "<index>": INDEX}
    for placeholder, value in texts.items():
        text = text.replace(placeholder, value)
    return text


@pytest.mark.parametrize("row", rows("registry", "TestCalls"))
def test_calls(engine, row):
    with registry.serve(engine=engine, referrers=True) as served:
        connection = http.client.HTTPConnection(served.host, timeout=10)

        def ask(method, path, body=None, headers=None):
            content = None if body is None else filled_in(body).encode()
            connection.request(method, filled_in(path), content, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()

        for path, manifest in row.get("manifests", {}).items():
            assert ask("PUT", f"/v2/{path}", manifest)[0].status == 201
        for blob in row.get("blobs", ()):
            path = f"/v2/foo/blobs/uploads/1?digest={of(blob)}"
            assert ask("PUT", path, blob)[0].status == 201
        for upload, piece in row.get("uploads", {}).items():
            assert ask("PATCH", f"/v2/foo/blobs/uploads/{upload}", piece)[0].status == 202
        answer, body = ask(*row["asked"].split(" "), row.get("body"), row.get("headers"))
        connection.close()
    assert answer.status == row["status"]
    for name, value in row.get("answered", {}).items():
        assert answer.headers[name] == filled_in(value)
    if "text" in row:
        assert body.decode() == row["text"]
