"""The tests' own tools: the real registry answers, and the proxy fails as it is told to."""

from __future__ import annotations

import base64
import http.client
import ssl
import threading

import pytest
from support.faulty_proxy import Fault, answer, corrupt, drop, drop_upload, stall, truncate
from support.registries import PASSWORD, USER

BLOB = "GET", "/blobs/"


@pytest.fixture
def ask():
    """``ask(host, method, path, …)``: the status and the body."""
    connections = []

    def do(host, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(host, timeout=10)
        connections.append(connection)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()

    yield do
    for connection in connections:
        connection.close()


def ping(host: str) -> tuple[str, str, str]:
    """A request whose answer is ``{}``."""
    return host, "GET", "/v2/"


def test_an_open_registry(real_registry, ask):
    assert ask(real_registry.host, "GET", "/v2/") == (200, b"{}")


def test_a_registry_with_a_password(locked_registry, ask):
    assert ask(locked_registry.host, "GET", "/v2/")[0] == 401
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert ask(locked_registry.host, "GET", "/v2/", Authorization=f"Basic {pair}")[0] == 200


def test_a_registry_behind_tls(tls_registry, tls_certificate):
    context = ssl.create_default_context(cafile=str(tls_certificate.certificate))
    connection = http.client.HTTPSConnection(tls_registry.host, context=context, timeout=10)
    connection.request("GET", "/v2/")
    assert connection.getresponse().status == 200
    connection.close()


def test_without_faults_everything_is_passed_on(real_registry, faulty, ask, repository):
    proxy = faulty(real_registry.host)
    status, _ = ask(proxy.host, "POST", f"/v2/{repository}/blobs/uploads/")
    assert status == 202
    assert proxy.paths("POST") == [f"/v2/{repository}/blobs/uploads/"]


def test_drop(real_registry, faulty, ask):
    proxy = faulty(real_registry.host, Fault("GET", "/v2/$", drop()))
    with pytest.raises(http.client.RemoteDisconnected):
        ask(*ping(proxy.host))
    assert ask(*ping(proxy.host))[0] == 200


def test_truncate(real_registry, faulty, ask):
    proxy = faulty(real_registry.host, Fault("GET", "/v2/$", truncate(1)))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(*ping(proxy.host))
    assert caught.value.partial == b"{"


def test_corrupt(real_registry, faulty, ask):
    whole = ask(*ping(real_registry.host))[1]
    proxy = faulty(real_registry.host, Fault("GET", "/v2/$", corrupt(1)))
    changed = ask(*ping(proxy.host))[1]
    assert [at for at, (a, b) in enumerate(zip(whole, changed, strict=True)) if a != b] == [1]


def test_answer(real_registry, faulty, ask):
    proxy = faulty(real_registry.host, Fault("GET", "/v2/$", answer(429, b"later"), times=2))
    assert [ask(*ping(proxy.host))[0] for _ in range(3)] == [429, 429, 200]


def test_drop_upload(real_registry, faulty, ask):
    proxy = faulty(real_registry.host, Fault("PUT", "/manifests/", drop_upload(10)))
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        ask(proxy.host, "PUT", "/v2/tests/dropped/manifests/a", b"x" * 100_000)


def test_stall_ends_when_the_proxy_does(real_registry, faulty):
    proxy = faulty(real_registry.host, Fault("GET", "/v2/$", stall(1)))
    connection = http.client.HTTPConnection(proxy.host, timeout=10)
    connection.request("GET", "/v2/")
    response = connection.getresponse()
    assert response.read(1) == b"{"
    closing = threading.Timer(0.1, proxy.close)
    closing.start()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    closing.join()
    connection.close()
