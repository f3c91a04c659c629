"""Many clients at once, and a registry that is killed while they push."""

from __future__ import annotations

import hashlib
import http.client

import pytest
from support.registry_load import Load, Served, blob, stored


@pytest.mark.parametrize(
    ("clients", "blobs"), [(8, 120), pytest.param(64, 10_000, marks=pytest.mark.full)]
)
def test_a_registry_that_is_killed_serves_nothing_damaged_and_goes_on(clients, blobs, tmp_path):
    served = Served(tmp_path)
    try:
        place, content = half_an_upload(served.host)
        load = Load(served.host, clients, blobs)
        load.wait_for(blobs // 2)
        served.kill()
        damaged = [it for it in stored(tmp_path) if digest_of(it.read_bytes()) != it.name]
        served.start()
        load.join()

        assert damaged == []
        assert load.resumed > 0 or clients < 64
        assert load.failed == []
        assert sorted(load.done) == list(range(blobs))
        finish(served.host, place, content)
        for number in range(blobs):
            expect(served.host, f"load/{number % 7}", blob(number))
        assert sum(1 for _ in stored(tmp_path)) == blobs + 1
        assert all(digest_of(it.read_bytes()) == it.name for it in stored(tmp_path))
    finally:
        served.kill()


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def half_an_upload(host):
    """The address of an upload that is half there, and all of its content."""
    content = blob(-1) + b"the rest"
    status, headers, _ = ask(host, "POST", "/v2/a/blobs/uploads/")
    place = headers["Location"]
    status, headers, _ = ask(host, "PATCH", place, content[:-8])
    assert (status, headers["Range"]) == (202, f"0-{len(content) - 9}")
    return place, content


def finish(host, place, content):
    status, headers, _ = ask(host, "GET", place)
    assert (status, headers["Range"]) == (204, f"0-{len(content) - 9}")
    status, *_ = ask(host, "PUT", f"{place}?digest=sha256:{digest_of(content)}", content[-8:])
    assert status == 201
    expect(host, "a", content)


def expect(host, repository, content):
    status, _, body = ask(host, "GET", f"/v2/{repository}/blobs/sha256:{digest_of(content)}")
    assert (status, body == content) == (200, True)


def ask(host, method, path, body=None):
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()
