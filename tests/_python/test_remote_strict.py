"""Answers of registries that break off in their head, or whose head is none, are none."""

from __future__ import annotations

import pytest
from support.raw_registry import registry_that_says

from pyggcr import name
from pyggcr._python import remote
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
