"""The registry in this process: what it answers, on both engines, and that it goes away."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import threading

import pytest

from pyggcr import registry
from pyggcr.errors import EngineUnavailableError, TransportError

BLOB = b"what a layer holds" * 1000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
OTHER = "sha256:" + 64 * "0"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {"mediaType": "text/a"}}).encode()
MANIFEST_DIGEST = "sha256:" + hashlib.sha256(MANIFEST).hexdigest()
UPLOADS = "/v2/team/app/blobs/uploads/"


@pytest.fixture(params=["in memory", "in a folder"])
def served(engine, request, tmp_path, require):
    folder = tmp_path / "blobs" if request.param == "in a folder" else None
    if folder is not None:
        folder.mkdir()
    try:
        server = registry.serve(engine=engine, referrers=True, folder=folder)
    except EngineUnavailableError as error:
        require(f"registry of {engine}", str(error))
    with server:
        yield server


@pytest.fixture
def ask(served):
    """``ask(method, path, body, **headers)``: the answer, its body read; one connection for all."""
    connection = http.client.HTTPConnection(served.host, timeout=10)

    def do(method, path, body=None, headers=None):
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.body = response.read()
        return response

    yield do
    connection.close()


def refused(response) -> tuple[int, str, str]:
    (error,) = json.loads(response.body)["errors"]
    return response.status, error["code"], error["message"]


def push(ask, target="1", manifest=MANIFEST, media_type=MANIFEST_TYPE, repository="team/app"):
    path = f"/v2/{repository}/manifests/{target}"
    return ask("PUT", path, manifest, {"Content-Type": media_type})


def test_it_says_that_it_is_a_registry(ask):
    response = ask("GET", "/v2/")
    assert response.status == 200
    assert response.headers["Docker-Distribution-API-Version"] == "registry/2.0"


def test_it_says_so_too_where_it_does_not_know_the_path(ask):
    response = ask("GET", "/v2/bad")
    assert refused(response) == (404, "METHOD_UNKNOWN", "We don't understand your method + url")
    assert response.headers["Docker-Distribution-API-Version"] == "registry/2.0"


@pytest.mark.parametrize("path", [f"/v2/a/blobs/{DIGEST}", "/v2/a/manifests/1", "/v2/a/tags/list"])
@pytest.mark.parametrize("method", ["FOO", "TRACE", "get", "M-SEARCH"])
def test_methods_that_no_registry_has(ask, method, path):
    refusal = (400, "METHOD_UNKNOWN", "We don't understand your method + url")
    assert refused(ask(method, path)) == refusal


def test_a_blob_in_one_go(ask):
    posted = ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
    assert (posted.status, posted.headers["Docker-Content-Digest"]) == (201, DIGEST)
    got = ask("GET", f"/v2/team/app/blobs/{DIGEST}")
    assert (got.status, got.body) == (200, BLOB)
    head = ask("HEAD", f"/v2/team/app/blobs/{DIGEST}")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(BLOB)), b"")


def test_a_blob_in_a_stream(ask):
    place = ask("POST", UPLOADS).headers["Location"]
    patched = ask("PATCH", place, iter([BLOB[:7], BLOB[7:]]))
    assert (patched.status, patched.headers["Range"]) == (202, f"0-{len(BLOB) - 1}")
    done = ask("PUT", f"{patched.headers['Location']}?digest={DIGEST}")
    assert done.status == 201
    assert ask("GET", f"/v2/team/app/blobs/{DIGEST}").body == BLOB


def test_a_blob_in_pieces(ask):
    place = ask("POST", UPLOADS).headers["Location"]
    assert ask("PATCH", place, BLOB[:7], {"Content-Range": "0-6"}).status == 202
    again = ask("PATCH", place, BLOB[:7], {"Content-Range": "0-6"})
    assert refused(again) == (
        416,
        "BLOB_UPLOAD_UNKNOWN",
        "Your content range doesn't match what we have",
    )
    rest = {"Content-Range": f"7-{len(BLOB) - 1}"}
    assert ask("PATCH", place, BLOB[7:], rest).headers["Range"] == f"0-{len(BLOB) - 1}"
    assert ask("PUT", f"{place}?digest={DIGEST}").status == 201
    assert ask("GET", f"/v2/team/app/blobs/{DIGEST}").body == BLOB


@pytest.mark.parametrize("body", [BLOB[:-1], BLOB + b"a", b""])
def test_a_blob_with_another_digest_is_not_taken(ask, body):
    place = ask("POST", UPLOADS).headers["Location"]
    ask("PATCH", place, body)
    put = ask("PUT", f"{place}?digest={DIGEST}")
    assert refused(put) == (400, "DIGEST_INVALID", "digest does not match contents")
    assert ask("HEAD", f"/v2/team/app/blobs/{DIGEST}").status == 404


def test_a_range_of_a_blob(ask):
    ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
    got = ask("GET", f"/v2/team/app/blobs/{DIGEST}", headers={"Range": "bytes=5-11"})
    assert (got.status, got.body) == (206, BLOB[5:12])
    assert got.headers["Content-Range"] == f"bytes 5-11/{len(BLOB)}"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("bytes=5-", "We don't understand your Range"),
        (f"bytes=5-{len(BLOB)}", f"range end {len(BLOB) + 1} > {len(BLOB)} size"),
    ],
)
def test_a_range_that_is_not_there(ask, wanted, message):
    ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
    got = ask("GET", f"/v2/team/app/blobs/{DIGEST}", headers={"Range": wanted})
    assert refused(got) == (416, "BLOB_UNKNOWN", message)


def test_a_blob_can_be_deleted(ask):
    ask("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
    assert ask("DELETE", f"/v2/team/app/blobs/{DIGEST}").status == 202
    gone = ask("GET", f"/v2/team/app/blobs/{DIGEST}")
    assert refused(gone) == (404, "BLOB_UNKNOWN", "Unknown blob")


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/v2/x", (404, "METHOD_UNKNOWN", "We don't understand your method + url")),
        ("GET", f"/v2/a/blobs/{OTHER}", (404, "BLOB_UNKNOWN", "Unknown blob")),
        ("GET", "/v2/a/blobs/nonsense", (400, "NAME_INVALID", "invalid digest")),
        (
            "GET",
            f"/blobs/{OTHER}/x",
            (404, "METHOD_UNKNOWN", "We don't understand your method + url"),
        ),
        ("GET", f"/v2/blobs/{OTHER}", (400, "NAME_INVALID", "blobs must be attached to a repo")),
        (
            "POST",
            "/v2/a/blobs/x",
            (400, "METHOD_UNKNOWN", "POST to /blobs must be followed by /uploads, got x"),
        ),
        (
            "PATCH",
            "/v2/a/blobs/x",
            (400, "METHOD_UNKNOWN", "PATCH to /blobs must be followed by /uploads, got blobs"),
        ),
        ("PUT", "/v2/a/blobs/uploads/1", (400, "DIGEST_INVALID", "digest not specified")),
        (
            "OPTIONS",
            f"/v2/a/blobs/{OTHER}",
            (400, "METHOD_UNKNOWN", "We don't understand your method + url"),
        ),
        ("GET", "/v2/a/manifests/1", (404, "NAME_UNKNOWN", "Unknown name")),
        ("DELETE", "/v2/a/manifests/1", (404, "NAME_UNKNOWN", "Unknown name")),
        ("GET", "/v2/a/tags/list", (404, "NAME_UNKNOWN", "Unknown name")),
        ("GET", "/v2/a/referrers/1", (400, "UNSUPPORTED", "Target must be a valid digest")),
        ("GET", f"/v2/a/referrers/{OTHER}", (404, "NAME_UNKNOWN", "Unknown name")),
        (
            "POST",
            "/v2/_catalog",
            (400, "METHOD_UNKNOWN", "We don't understand your method + url"),
        ),
    ],
)
def test_what_is_refused(ask, method, path, refusal):
    assert refused(ask(method, path)) == refusal


def test_a_manifest_by_tag_and_by_digest(ask):
    pushed = push(ask)
    assert (pushed.status, pushed.headers["Docker-Content-Digest"]) == (201, MANIFEST_DIGEST)
    for target in ("1", MANIFEST_DIGEST):
        got = ask("GET", f"/v2/team/app/manifests/{target}")
        assert (got.status, got.body) == (200, MANIFEST)
        assert got.headers["Content-Type"] == MANIFEST_TYPE
        assert got.headers["Docker-Content-Digest"] == MANIFEST_DIGEST
        assert ask("HEAD", f"/v2/team/app/manifests/{target}").headers["Content-Length"] == str(
            len(MANIFEST)
        )
    gone = ask("GET", "/v2/team/app/manifests/2")
    assert refused(gone) == (404, "MANIFEST_UNKNOWN", "Unknown manifest")


def test_a_tag_can_be_deleted_and_the_digest_stays(ask):
    push(ask)
    assert ask("DELETE", "/v2/team/app/manifests/1").status == 202
    assert ask("GET", "/v2/team/app/manifests/1").status == 404
    assert ask("GET", f"/v2/team/app/manifests/{MANIFEST_DIGEST}").status == 200


def test_an_index_needs_its_manifests(ask):
    entry = {"mediaType": MANIFEST_TYPE, "digest": MANIFEST_DIGEST, "size": len(MANIFEST)}
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    refusal = refused(push(ask, "all", index, INDEX_TYPE))
    assert refusal == (404, "MANIFEST_UNKNOWN", f'Sub-manifest "{MANIFEST_DIGEST}" not found')
    push(ask)
    assert push(ask, "all", index, INDEX_TYPE).status == 201
    assert refused(push(ask, "bad", b"{", INDEX_TYPE)) == (
        400,
        "MANIFEST_INVALID",
        "unexpected EOF",
    )


def test_tags_are_sorted_and_come_in_pages(ask):
    for tag in ("b", "a", "c"):
        push(ask, tag)

    def tags(query):
        return json.loads(ask("GET", f"/v2/team/app/tags/list{query}").body)["tags"]

    assert tags("") == ["a", "b", "c"]
    assert tags("?n=2") == ["a", "b"]
    assert tags("?last=a&n=1") == ["b"]
    assert refused(ask("GET", "/v2/team/app/tags/list?n=x")) == (
        400,
        "BAD_REQUEST",
        'parsing n: strconv.Atoi: parsing "x": invalid syntax',
    )


def test_the_catalog_has_every_repository(ask):
    assert ask("GET", "/v2/_catalog").body == b'{"repositories":null}'
    push(ask, repository="team/app")
    push(ask, repository="team/other")
    names = json.loads(ask("GET", "/v2/_catalog").body)["repositories"]
    assert sorted(names) == ["team/app", "team/other"]
    assert len(json.loads(ask("GET", "/v2/_catalog?n=1").body)["repositories"]) == 1


def test_referrers_are_found_by_their_subject(ask):
    push(ask)
    subject = {"mediaType": MANIFEST_TYPE, "digest": MANIFEST_DIGEST, "size": len(MANIFEST)}
    signature = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": "application/x-signature"},
            "subject": subject,
            "annotations": {"by": "ann"},
        }
    ).encode()
    push(ask, "signature", signature)
    response = ask("GET", f"/v2/team/app/referrers/{MANIFEST_DIGEST}")
    assert response.headers["Content-Type"] == INDEX_TYPE
    (found,) = json.loads(response.body)["manifests"]
    assert found == {
        "mediaType": MANIFEST_TYPE,
        "size": len(signature),
        "digest": "sha256:" + hashlib.sha256(signature).hexdigest(),
        "annotations": {"by": "ann"},
        "artifactType": "application/x-signature",
    }


def test_many_clients_at_once(served):
    failed = []

    def client(number):
        body = b"%d" % number * 50_000
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        connection = http.client.HTTPConnection(served.host, timeout=20)
        connection.request("POST", f"{UPLOADS}?digest={digest}", body)
        connection.getresponse().read()
        connection.request("GET", f"/v2/team/app/blobs/{digest}")
        if connection.getresponse().read() != body:
            failed.append(number)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_close_cuts_connections_and_can_be_repeated(served):
    connection = http.client.HTTPConnection(served.host, timeout=10)
    connection.request("GET", "/v2/")
    connection.getresponse().read()
    served.close()
    served.close()
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        connection.request("GET", "/v2/")
        connection.getresponse()
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.host.rsplit(":", 1), timeout=10)


def test_an_address_that_is_taken(served):
    with pytest.raises(TransportError) as caught:
        registry.serve(served.host, engine=served.engine)
    assert str(caught.value) == f"listen tcp {served.host}: bind: address already in use"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "address nonsense: missing port in address"),
        ("127.0.0.1:65536", "address 65536: invalid port"),
        ("127.0.0.1:-1", "address -1: invalid port"),
        ("127.0.0.1:1_0", "lookup tcp/1_0: unknown port"),
        ("::1:0", "address ::1:0: too many colons in address"),
        ("[::1", "address [::1: missing ']' in address"),
        ("[::1:0", "address [::1:0: missing ']' in address"),
    ],
)
def test_an_address_that_is_none(served, address, said):
    with pytest.raises(TransportError) as caught:
        registry.serve(address, engine=served.engine)
    assert str(caught.value) == f"listen tcp: {said}"


@pytest.mark.parametrize("address", ["127.0.0.1:", "[::1]:0"])
def test_an_address_without_a_port_or_of_ipv6(served, address):
    with registry.serve(address, engine=served.engine) as server:
        assert server.host.startswith(address.rpartition(":")[0])


def test_a_folder_outlives_the_registry_and_damage_in_it_is_seen(tmp_path):
    with registry.serve(engine="python", folder=tmp_path) as first:
        connection = http.client.HTTPConnection(first.host, timeout=10)
        connection.request("POST", f"{UPLOADS}?digest={DIGEST}", BLOB)
        connection.getresponse().read()
        connection.close()
    with registry.serve(engine="python", folder=tmp_path) as second:
        connection = http.client.HTTPConnection(second.host, timeout=10)
        connection.request("GET", f"/v2/a/blobs/{DIGEST}")
        assert connection.getresponse().read() == BLOB
        (tmp_path / "sha256" / DIGEST[7:]).write_bytes(BLOB[:-1] + b"x")
        connection.request("GET", f"/v2/a/blobs/{DIGEST}")
        response = connection.getresponse()
        response.read()
        assert response.status == 404
        connection.close()
    assert [it.name for it in tmp_path.iterdir()] == ["sha256"]
