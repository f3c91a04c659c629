"""HTTP that is none, or that two servers would read in two ways: refused, on both ways to serve."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading

import pytest

from pyggcr import crane, registry

UPLOAD = "POST /v2/a/blobs/uploads/"
SECOND = b"GET /v2/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(params=["mirror", "conforming"])
def send(request):
    """``send(bytes)``: status and bytes of all answers until the registry hangs up."""
    conforming = request.param == "conforming"
    options = {"conforming": True} if conforming else {"engine": "python"}
    with registry.serve(**options) as server:

        def talk(data):
            with socket.create_connection(server.host.rsplit(":", 1), timeout=10) as connection:
                connection.sendall(data)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            return int(answer.split(b" ", 2)[1]) if answer else 0, answer

        talk.conforming = conforming
        yield talk


def request(line, *headers, host="Host: x", body=b""):
    return "\r\n".join([f"{line} HTTP/1.1", host, *headers, "", ""]).encode() + body


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (request(UPLOAD, "Content-Length: 0", "Content-Length: 40", body=SECOND), 400),
        (request(UPLOAD, "Content-Length: 0, 40", body=SECOND), 400),
        (request(UPLOAD, "Content-Length: +5", body=SECOND), 400),
        (request(UPLOAD, "Content-Length: 0x5", body=SECOND), 400),
        (request(UPLOAD, "Transfer-Encoding: xchunked", "Content-Length: 0", body=SECOND), 501),
        (request(UPLOAD, "Transfer-Encoding: chunked, identity", body=SECOND), 501),
        (request(UPLOAD, "Transfer-Encoding : chunked", body=SECOND), 400),
        (request(UPLOAD, "X\x00: y", body=SECOND), 400),
        (request(UPLOAD, "no colon", body=SECOND), 400),
        (b"GET /v2/ HTTP/1.1\r\n\r\n" + SECOND, 400),
        (request("GET /v2/", "Host: y") + SECOND, 400),
        (b"GET /v2/ x HTTP/1.1\r\nHost: x\r\n\r\n" + SECOND, 400),
        (b"GET\t/v2/ HTTP/1.1\r\nHost: x\r\n\r\n" + SECOND, 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + 50 * b"\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
def test_what_is_no_request_is_answered_once_and_hung_up_on(send, message, status):
    got, answer = send(message)
    assert got == status
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()
    head, _, body = answer.partition(b"\r\n\r\n")
    if send.conforming:
        assert b"Content-Type: application/json" in head
        assert len(json.loads(body)["errors"]) == 1
    else:
        assert b"Content-Type: text/plain; charset=utf-8" in head


def test_two_lengths_are_one_too_many(send):
    message = request(
        UPLOAD, "Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n" + SECOND
    )
    got, answer = send(message)
    if send.conforming:
        assert (got, answer.count(b"HTTP/1.1 ")) == (400, 1)
    else:  # as in Go, the chunks count
        assert (got, answer.count(b"HTTP/1.1 ")) == (202, 2)


def test_a_head_may_have_a_megabyte_as_in_go(send):
    lines = [f"X-{number}: {'y' * 100}" for number in range(1000)]
    assert send(request("GET /v2/", *lines, "Connection: close"))[0] == 200
    assert send(request("GET /v2/", "X: " + 2_000_000 * "y"))[0] == 431


@pytest.mark.parametrize(
    "chunks",
    [b"-1\r\nx\r\n", b"5\r\nabc", b"zz\r\n", b"3\r\nabcd\r\n0\r\n\r\n", 400 * b"f" + b"\r\n"],
)
def test_a_body_that_makes_no_sense_ends_the_connection(send, chunks):
    digest = f"sha256:{64 * '0'}"
    message = request(f"{UPLOAD}?digest={digest}", "Transfer-Encoding: chunked", body=chunks)
    got, answer = send(message + SECOND)
    assert got == (400 if send.conforming else 500)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_pipelined_requests_are_answered_in_order(send):
    got, answer = send(request("GET /v2/") + request("GET /v2/nothing", "Connection: close"))
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert (got, statuses) == (200, [b"200", b"404"])


def test_continue_is_said_before_a_body_is_read(send):
    message = request(UPLOAD, "Expect: 100-continue", "Content-Length: 1", "Connection: close")
    _, answer = send(message + b"x")
    assert b"HTTP/1.1 202" in answer


@pytest.mark.parametrize("method", ["FOO", "TRACE", "PATCH"])
def test_a_method_that_an_address_lacks(send, method):
    got, answer = send(request(f"{method} /v2/a/tags/list", "Connection: close"))
    code = json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["code"]
    assert (got, code) == ((405, "UNSUPPORTED") if send.conforming else (400, "METHOD_UNKNOWN"))
    assert (b"Allow: GET, HEAD" in answer) == send.conforming


def test_a_process_with_very_many_files_can_serve():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip("this system allows no 2000 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with registry.serve(engine="python") as server:
            assert crane.catalog(server.host, engine="python") == []
    finally:
        for descriptor in files:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_connection_that_gets_no_thread_is_closed(monkeypatch):
    with registry.serve(engine="python") as server:
        start = threading.Thread.start

        def refuse(thread: threading.Thread) -> None:
            if thread.name.startswith("Thread-"):
                raise RuntimeError("can't start new thread")
            start(thread)

        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            host, port = server.host.split(":")
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                assert connection.recv(1) == b""
        assert crane.catalog(server.host, engine="python") == []
