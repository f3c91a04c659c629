"""The conforming registry, where the conformance suites do not look."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import threading

import pytest

from pyggcr import registry
from pyggcr.errors import FileAccessError, UnsupportedOptionError

BLOB = b"what a layer holds" * 50_000
MANIFEST = json.dumps(
    {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
).encode()
TYPE = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}


def digest_of(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


DIGEST = digest_of(BLOB)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "registry"


@pytest.fixture
def ask(folder):
    with registry.serve(conforming=True, folder=folder) as server:
        yield asking(server)


def asking(server):
    def do(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(server.host, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.body = response.read()
        finally:
            connection.close()
        return response

    do.host = server.host
    return do


def refused(response):
    assert response.headers["Content-Type"] == "application/json"
    (error,) = json.loads(response.body)["errors"]
    return response.status, error["code"]


def push(ask, repository="a", blob=BLOB):
    return ask("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(blob)}", blob)


@pytest.mark.parametrize(
    "name",
    [
        *("..", "../x", "a/../b", "a//b", "A", "_blobs", "a/_tags", "a%2f..%2fb", "%00", "a/", "."),
        *(256 * "a", "a%0a", "%ff"),
    ],
)
@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("POST", "blobs/uploads/"),
        ("GET", f"blobs/{DIGEST}"),
        ("PUT", "manifests/1"),
        ("GET", "tags/list"),
        ("GET", f"referrers/{DIGEST}"),
    ],
)
def test_a_name_that_is_none_reaches_no_file(ask, folder, name, method, rest):
    before = sorted(folder.parent.rglob("*"))
    response = ask(method, f"/v2/{name}/{rest}", b"{}" if method == "PUT" else None, TYPE)
    assert refused(response) in ((400, "NAME_INVALID"), (404, "NAME_UNKNOWN"))
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("tag", ["..", ".x", "%2e%2e", "a%2fb", 129 * "a", "-a", "a%0a"])
def test_a_tag_that_is_none(ask, tag):
    assert ask("PUT", f"/v2/a/manifests/{tag}", MANIFEST, TYPE).status in (400, 404)
    assert ask("GET", f"/v2/a/manifests/{tag}").status == 404


@pytest.mark.parametrize("identifier", ["..", "%2e%2e%2fx", 32 * "0", "x", 32 * "g"])
def test_an_upload_that_is_none(ask, identifier):
    response = ask("PATCH", f"/v2/a/blobs/uploads/{identifier}", b"x")
    assert refused(response) in ((404, "BLOB_UPLOAD_UNKNOWN"), (404, "NAME_UNKNOWN"))


def test_an_upload_belongs_to_its_repository(ask):
    place = ask("POST", "/v2/a/blobs/uploads/").headers["Location"]
    stolen = place.replace("/v2/a/", "/v2/b/")
    assert refused(ask("PATCH", stolen, b"x")) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_everything_outlives_the_registry_and_uploads_go_on(folder):
    with registry.serve(conforming=True, folder=folder) as first:
        ask = asking(first)
        push(ask)
        ask("PUT", "/v2/a/manifests/1", MANIFEST, TYPE)
        place = ask("POST", "/v2/b/blobs/uploads/").headers["Location"]
        ask("PATCH", place, BLOB[:1000])
    with registry.serve(conforming=True, folder=folder) as second:
        ask = asking(second)
        assert ask("GET", f"/v2/a/blobs/{DIGEST}").body == BLOB
        assert ask("GET", "/v2/a/manifests/1").body == MANIFEST
        assert json.loads(ask("GET", "/v2/_catalog").body) == {"repositories": ["a"]}
        told = ask("GET", place)
        assert (told.status, told.headers["Range"]) == (204, "0-999")
        assert ask("PATCH", place, b"x", {"Content-Range": "5-5"}).headers["Range"] == "0-999"
        rest = {"Content-Range": f"1000-{len(BLOB) - 1}"}
        assert ask("PUT", f"{place}?digest={DIGEST}", BLOB[1000:], rest).status == 201
        assert ask("GET", f"/v2/b/blobs/{DIGEST}").body == BLOB
    assert list((folder / "uploads").iterdir()) == []


def test_whoever_comes_last_goes_on_with_an_upload(ask):
    """A connection that broke for the client may live on for the registry."""
    place = ask("POST", "/v2/a/blobs/uploads/").headers["Location"]
    stalled = http.client.HTTPConnection(ask.host, timeout=10)
    stalled.putrequest("PATCH", place)
    stalled.putheader("Content-Length", str(len(BLOB)))
    stalled.endheaders()
    stalled.send(BLOB[:500])
    while ask("GET", place).headers["Range"] != "0-499":
        pass
    rest = {"Content-Range": f"500-{len(BLOB) - 1}"}
    with contextlib.closing(stalled):
        assert ask("PATCH", place, BLOB[500:], rest).status == 202
        stalled.send(BLOB[500:1000])
        assert stalled.getresponse().status == 416
    assert ask("PUT", f"{place}?digest={DIGEST}").status == 201
    assert ask("GET", f"/v2/a/blobs/{DIGEST}").body == BLOB


def test_a_repository_has_only_the_blobs_that_were_pushed_or_mounted_to_it(ask, folder):
    push(ask)
    assert ask("HEAD", f"/v2/b/blobs/{DIGEST}").status == 404
    mounted = ask("POST", f"/v2/b/blobs/uploads/?mount={DIGEST}&from=a")
    assert (mounted.status, mounted.headers["Location"]) == (201, f"/v2/b/blobs/{DIGEST}")
    assert ask("DELETE", f"/v2/a/blobs/{DIGEST}").status == 202
    assert ask("GET", f"/v2/a/blobs/{DIGEST}").status == 404
    assert ask("GET", f"/v2/b/blobs/{DIGEST}").body == BLOB
    assert ask("DELETE", f"/v2/b/blobs/{DIGEST}").status == 202
    assert [it for it in (folder / "blobs").rglob("*") if it.is_file()] == []


def test_a_blob_that_the_disk_damaged_does_not_arrive(ask, folder):
    push(ask)
    (path,) = [it for it in (folder / "blobs").rglob("*") if it.is_file()]
    with path.open("r+b") as file:
        file.write(b"X")
    with pytest.raises(http.client.IncompleteRead):
        ask("GET", f"/v2/a/blobs/{DIGEST}")
    assert push(ask).status == 201
    assert ask("GET", f"/v2/a/blobs/{DIGEST}").body == BLOB


def test_a_manifest_or_tag_that_the_disk_damaged_is_not_served(ask, folder):
    ask("PUT", "/v2/a/manifests/1", MANIFEST, TYPE)
    (path,) = (folder / "repositories" / "a" / "_manifests" / "sha256").iterdir()
    path.write_bytes(path.read_bytes() + b" ")
    assert refused(ask("GET", "/v2/a/manifests/1")) == (500, "MANIFEST_INVALID")
    (folder / "repositories" / "a" / "_tags" / "1").write_bytes(b"")
    assert refused(ask("GET", "/v2/a/manifests/1")) == (404, "MANIFEST_UNKNOWN")


@pytest.mark.parametrize(
    ("body", "headers", "refusal"),
    [
        (b"{", TYPE, (400, "MANIFEST_INVALID")),
        (b"[]", TYPE, (400, "MANIFEST_INVALID")),
        (b"{}", {}, (400, "MANIFEST_INVALID")),
        (MANIFEST, {"Content-Type": "text/plain"}, (400, "MANIFEST_INVALID")),
        (b'{"subject":3}', TYPE, (400, "MANIFEST_INVALID")),
        (b'{"subject":{"digest":"sha256:x"}}', TYPE, (400, "MANIFEST_INVALID")),
        (b'{"mediaType":3}', TYPE, (400, "MANIFEST_INVALID")),
        (100_000 * b"[", TYPE, (400, "MANIFEST_INVALID")),
        ((4 << 20) * b" " + b"{}", TYPE, (413, "SIZE_INVALID")),
    ],
)
def test_a_manifest_that_is_none(ask, body, headers, refusal):
    assert refused(ask("PUT", "/v2/a/manifests/1", body, headers)) == refusal
    assert ask("GET", "/v2/a/manifests/1").status == 404


def test_a_manifest_is_compared_with_its_digest(ask):
    wrong = f"sha256:{64 * '0'}"
    refusal = refused(ask("PUT", f"/v2/a/manifests/{wrong}", MANIFEST, TYPE))
    assert refusal == (400, "DIGEST_INVALID")
    digest = digest_of(MANIFEST)
    pushed = ask("PUT", f"/v2/a/manifests/{digest}?tag=x&tag=y", MANIFEST, TYPE)
    assert (pushed.status, pushed.headers["OCI-Tag"]) == (201, "x, y")
    assert ask("DELETE", f"/v2/a/manifests/{digest}").status == 202
    assert json.loads(ask("GET", "/v2/a/tags/list").body) == {"name": "a", "tags": []}


def test_tags_come_in_pages_with_links(ask):
    for tag in ("b", "a", "c"):
        ask("PUT", f"/v2/a/manifests/{tag}", MANIFEST, TYPE)
    first = ask("GET", "/v2/a/tags/list?n=2")
    assert json.loads(first.body)["tags"] == ["a", "b"]
    assert first.headers["Link"] == '</v2/a/tags/list?n=2&last=b>; rel="next"'
    second = ask("GET", "/v2/a/tags/list?n=2&last=b")
    assert (json.loads(second.body)["tags"], second.headers["Link"]) == (["c"], None)
    none = ask("GET", "/v2/a/tags/list?n=0")
    assert (json.loads(none.body)["tags"], none.headers["Link"]) == ([], None)
    assert refused(ask("GET", "/v2/a/tags/list?n=x")) == (400, "PAGINATION_NUMBER_INVALID")


def test_referrers_go_with_the_manifests_that_name_them(ask):
    subject = {"mediaType": TYPE["Content-Type"], "digest": DIGEST, "size": 1}
    artifact = json.dumps(
        {"artifactType": "application/x-sbom", "subject": subject, "annotations": {"a": "b"}}
    ).encode()
    pushed = ask("PUT", f"/v2/a/manifests/{digest_of(artifact)}", artifact, TYPE)
    assert pushed.headers["OCI-Subject"] == DIGEST
    found = ask("GET", f"/v2/a/referrers/{DIGEST}?artifactType=application/x-sbom")
    assert found.headers["OCI-Filters-Applied"] == "artifactType"
    (entry,) = json.loads(found.body)["manifests"]
    assert (entry["digest"], entry["annotations"]) == (digest_of(artifact), {"a": "b"})
    other = ask("GET", f"/v2/a/referrers/{DIGEST}?artifactType=x")
    assert json.loads(other.body)["manifests"] == []
    ask("DELETE", f"/v2/a/manifests/{digest_of(artifact)}")
    assert json.loads(ask("GET", f"/v2/a/referrers/{DIGEST}").body)["manifests"] == []


def test_old_uploads_are_removed_when_it_starts(folder):
    with registry.serve(conforming=True, folder=folder) as server:
        old = asking(server)("POST", "/v2/a/blobs/uploads/").headers["Location"]
        new = asking(server)("POST", "/v2/a/blobs/uploads/").headers["Location"]
    for path in (folder / "uploads").glob(f"{old.rpartition('/')[2]}*"):
        os.utime(path, (0, 0))
    with registry.serve(conforming=True, folder=folder) as server:
        assert asking(server)("GET", old).status == 404
        assert asking(server)("GET", new).status == 204


def test_many_clients_push_the_same_blob(ask):
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(push(ask).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == 8 * [201]
    assert ask("GET", f"/v2/a/blobs/{DIGEST}").body == BLOB


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileAccessError, match="^mkdir .*/file/x: not a directory$"):
        registry.serve(conforming=True, folder=tmp_path / "file" / "x")


@pytest.mark.parametrize("options", [{"engine": "go"}, {"warnings": {1.0: "x"}}])
def test_options_that_only_the_mirror_has(options):
    with pytest.raises(UnsupportedOptionError, match="conforming"):
        registry.serve(conforming=True, **options)
