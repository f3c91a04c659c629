"""The registry of pkg/registry, served in this process."""

from __future__ import annotations

import http.client
import socket
import urllib.request

import pytest
from support.boundary import Served, client_of, serve

from pyggcr.errors import TransportError


def test_it_speaks_http_on_loopback(go):
    with serve(go) as registry:
        host, port = registry.address.rsplit(":", 1)
        assert host == "127.0.0.1"
        assert int(port) > 0
        with urllib.request.urlopen(f"http://{registry.address}/v2/") as response:
            assert response.status == 200


def test_closing_it_cuts_connections_and_frees_the_port(go):
    registry = serve(go)
    host, port = registry.address.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(1 << 16)
        registry.close()
        registry.close()
        assert connection.recv(1) == b""
    with serve(go, registry.address) as again:
        assert again.address == registry.address


def test_a_port_that_is_taken_is_an_error(go):
    with (
        serve(go) as registry,
        pytest.raises(TransportError, match="address already in use"),
    ):
        serve(go, registry.address)


def test_blobs_may_be_kept_in_a_folder(go, tmp_path, open_image, small_archive):
    with serve(go, folder=str(tmp_path)) as registry:
        image = open_image(small_archive)
        go.remote.write(
            reference=Served(registry.address)("a:1"),
            image=image,
            client=client_of(go),
        )
        kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
        assert image.layers()[0].digest().hex in kept


@pytest.mark.parametrize(("asked_for", "code"), [(True, "NAME_UNKNOWN"), (False, "METHOD_UNKNOWN")])
def test_the_referrers_api_is_there_if_asked_for(go, asked_for, code):
    path = "/v2/a/referrers/sha256:" + 64 * "0"
    with serve(go, referrers=asked_for) as registry:
        connection = http.client.HTTPConnection(registry.address)
        connection.request("GET", path)
        answer = connection.getresponse().read()
        connection.close()
        assert code in answer.decode()
