"""Answers of registries that break off in their head, or whose head is none, are none."""

from __future__ import annotations

import contextlib

import pytest
from support.raw_registry import registry_that_says

from pyggcr import name
from pyggcr._python import remote
from pyggcr._python.remote import http1
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import TransportError
from pyggcr.remote import list_tags

ONCE = Retry(steps=1)
BROKEN = "net/http: HTTP/1.x transport connection broken: "


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 202 Accepted\r\n", "unexpected EOF"),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n", "unexpected EOF"),
        (
            b"HTTP/1.1 202 Accepted\r\nContent-Le",
            'malformed MIME header: missing colon: "Content-Le"',
        ),
        (
            b"HTTP/1.1 202 Accepted\r\nnonsense\r\n\r\n",
            'malformed MIME header: missing colon: "nonsense"',
        ),
    ],
)
def test_nothing_was_deleted_as_far_as_anybody_knows(answer, reason):
    with registry_that_says(answer) as host, pytest.raises(TransportError) as raised:
        remote.delete(
            reference=name.new_tag(f"{host}/a/b:1"), client=remote.client(options=RemoteOptions())
        )
    assert str(raised.value) == (f'Delete "http://{host}/v2/a/b/manifests/1": {BROKEN}{reason}')


def test_an_interim_answer_has_a_head_of_its_own():
    answer = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 202 Accepted\r\nX: folded\r\n  line\r\nContent-Length: 0\r\n\r\n"
    )
    with registry_that_says(answer) as host:
        remote.delete(
            reference=name.new_tag(f"{host}/a/b:1"), client=remote.client(options=RemoteOptions())
        )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("Content-Length: abc", 'bad Content-Length "abc"'),
        ("Content-Length: -5", 'bad Content-Length "-5"'),
        ("Content-Length: 1_7", 'bad Content-Length "1_7"'),
        ("Content-Length: 17, 17", 'bad Content-Length "17, 17"'),
        ("Content-Length: 9223372036854775808", 'bad Content-Length "9223372036854775808"'),
        ("Content-Length:", 'invalid empty Content-Length ""'),
        (
            "Content-Length: 17\r\nContent-Length: 5",
            'http: message cannot contain multiple Content-Length headers; got ["17" "5"]',
        ),
        ("Transfer-Encoding: gzip", 'unsupported transfer encoding: "gzip"'),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            'too many transfer encodings: ["chunked" "chunked"]',
        ),
    ],
)
def test_a_body_of_no_length_is_not_waited_for(engine, fields, reason):
    answer = f'HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{{"tags": ["one"]}}'.encode()
    with registry_that_says(answer) as host, pytest.raises(TransportError) as raised:
        list_tags(f"{host}/a/b", engine=engine, retry=ONCE, timeout=10)
    url = f"http://{host}/v2/a/b/tags/list?n=1000"
    assert str(raised.value) == f'Get "{url}": {BROKEN}{reason}'


@pytest.mark.parametrize("length", ["017", " 17 ", "17\r\nContent-Length: 17"])
def test_a_length_may_be_told_oddly(length):
    answer = f'HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{"tags": ["one"]}}'
    with registry_that_says(answer.encode()) as host:
        assert list_tags(f"{host}/a/b", engine="python", timeout=10) == ["one"]


@pytest.mark.parametrize(("length", "good"), [(b"5", True), (b"abc", False)])
def test_a_length_beside_chunks_has_to_be_one_and_means_nothing(engine, length, good):
    body = b'{"tags": ["one"]}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"%X\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    told = (
        contextlib.nullcontext() if good else pytest.raises(TransportError, match="bad Content-L")
    )
    with registry_that_says(head % length + chunks) as host, told:
        assert list_tags(f"{host}/a/b", engine=engine, retry=ONCE, timeout=10) == ["one"]


@pytest.mark.parametrize("status", [b"204 No Content", b"202 Accepted"])
def test_an_answer_that_can_have_no_body_is_not_waited_for(status):
    head = b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"" if status.startswith(b"204") else b"0\r\n\r\n"
    with registry_that_says(head + chunks) as host:
        client = remote.client(options=RemoteOptions())
        reference = name.new_tag(f"{host}/a/b:1")
        if status.startswith(b"204"):
            with pytest.raises(TransportError, match="204 No Content"):
                remote.delete(reference=reference, client=client)
        else:
            remote.delete(reference=reference, client=client)


def test_so_many_headers_that_they_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(http1, "_MOST_MEMORY", 1 << 20)
    fields = b"".join(b"%x:\r\n" % number for number in range(6000))
    answer = b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n"
    with registry_that_says(answer) as host, pytest.raises(TransportError) as raised:
        list_tags(f"{host}/a/b", engine="python", retry=ONCE, timeout=60)
    assert str(raised.value).endswith("server response headers exceeded 10485760 bytes; aborted")
