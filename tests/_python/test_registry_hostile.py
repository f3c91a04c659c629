"""Requests that are none do not harm the registry of the Python engine."""

from __future__ import annotations

import contextlib
import json
import socket

import pytest

from pyggcr import registry


@pytest.fixture
def send():
    """``send(bytes)``: the status and all that the registry answers to them, until it hangs up."""
    with registry.serve(engine="python", referrers=True) as server:
        host, port = server.host.rsplit(":", 1)

        def talk(request: bytes) -> tuple[int, bytes]:
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                connection.sendall(request)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            return int(answer.split(b" ", 2)[1]) if answer else 0, answer

        yield talk


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body


def test_a_name_with_ends_of_lines_makes_no_header(send):
    status, answer = send(request("POST /v2/a%0d%0aX-Evil:%20y/blobs/uploads/"))
    assert status == 202
    assert b"\r\nX-Evil" not in answer
    assert b"Location: /v2/a  X-Evil: y/blobs/uploads/" in answer


def test_a_name_that_is_no_latin_is_answered_in_utf_8(send):
    status, answer = send(request("POST /v2/%E6%97%A5/blobs/uploads/"))
    assert status == 202
    assert "Location: /v2/日/blobs/uploads/".encode() in answer


def test_tags_that_are_no_utf_8_can_be_listed(send):
    assert send(request("PUT /v2/a/manifests/%ff", "Content-Length: 2", body=b"{}"))[0] == 201
    status, answer = send(request("GET /v2/a/tags/list"))
    assert status == 200
    assert len(json.loads(answer.partition(b"\r\n\r\n")[2])["tags"]) == 1


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("OPTIONS *", [], 200),
        ("GET http://[x/v2/", [], 400),
        ("POST /v2/a/blobs/uploads/", ["Content-Length: x"], 400),
        ("POST /v2/a/blobs/uploads/", ["Content-Length: -5"], 400),
        ("POST /v2/a/blobs/uploads/", ["Content-Length: " + 5000 * "9"], 400),
        ("GET /v2/a/tags/list?n=" + 5000 * "9", [], 404),
        ("GET /v2/_catalog?n=" + 5000 * "9", [], 200),
        ("PATCH /v2/a/blobs/uploads/1", ["Content-Range: " + 5000 * "9" + "-1"], 416),
        ("PATCH /v2/a/blobs/uploads/1", ["Transfer-Encoding: chunked"], 202),
    ],
)
def test_what_makes_no_sense_is_answered_as_go_does(send, line, headers, status):
    assert send(request(line, *headers, body=b"-1\r\n" + 100 * b"x"))[0] == status
    assert send(request("GET /v2/"))[0] == 200


def test_too_large_a_page(send):
    send(request("PUT /v2/a/manifests/1", "Content-Length: 2", body=b"{}"))
    status, answer = send(request("GET /v2/a/tags/list?n=" + 50 * "9"))
    assert status == 400
    assert b"value out of range" in answer
