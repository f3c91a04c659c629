"""The small parts of the Python engine's transport: challenges, addresses, URLs, proxies, waits."""

from __future__ import annotations

import email.utils
import time

import pytest

from pyggcr._python.remote.addresses import is_private_or_link_local, matches_host
from pyggcr._python.remote.challenge import Parsed, parse_challenges, pick
from pyggcr._python.remote.proxies import proxy_from_environment
from pyggcr._python.remote.retry import retry_after, retrying
from pyggcr._python.remote.urls import encode_query, redacted, unparsed
from pyggcr._values.remote import Retry


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        ("Basic", "basic", {}),
        ('Basic realm="a b"', "basic", {"realm": "a b"}),
        (
            'BEARER Realm="https://t.example.com/x?y=z",service=s , scope="a:b:c,d"',
            "bearer",
            {"realm": "https://t.example.com/x?y=z", "service": "s", "scope": "a:b:c,d"},
        ),
        (r'Bearer realm="a\"b\\c"', "bearer", {"realm": 'a"b\\c'}),
        ('Bearer realm="never closed', "bearer", {}),
        ('Bearer realm=""', "bearer", {}),
        ("Bearer realm", "bearer", {}),
        ('Bearer a="1" b="2"', "bearer", {"a": "1"}),
    ],
)
def test_a_challenge_is_read_as_go_reads_it(header, scheme, parameters):
    assert parse_challenges([header]) == [Parsed(scheme, parameters)]


def test_a_challenge_of_a_megabyte_is_read_in_one_pass():
    header = "Bearer " + "a=b," * 250_000 + 'realm="r"'

    assert parse_challenges([header]) == [Parsed("bearer", {"a": "b", "realm": "r"})]


def test_what_is_shown_of_a_megabyte_of_slashes_is_found_in_one_pass():
    slashes = "/" * 1_000_000

    assert unparsed(f"http:{slashes}") == f"http:{slashes}"
    assert unparsed("http://user:secret@[host/a@b?q#f") == "http://b"


def test_no_proxy_is_chosen_for_a_port_that_is_none(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com")

    assert proxy_from_environment("http://registry.example.com:99999/v2/") is None


def test_a_header_without_a_scheme_is_no_challenge():
    assert parse_challenges(["", '"quoted"']) == []


def test_the_first_challenge_that_is_understood_is_picked():
    challenges = parse_challenges(["Negotiate", 'Bearer realm="r"', "Basic"])

    assert pick(challenges).scheme == "bearer"
    assert pick(challenges[:1]).scheme == "negotiate"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:10.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_an_address_inside_a_network_is_private(host):
    assert is_private_or_link_local(host)


@pytest.mark.parametrize(
    "host",
    [
        *("8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "example.com", "10.example.com"),
        *("", "1.2.3.4.5", "256.1", "08.1", "100.64.0.1", "224.0.1.1"),
    ],
)
def test_an_address_or_name_outside_is_not(host):
    assert not is_private_or_link_local(host)


@pytest.mark.parametrize(
    ("registry", "host", "scheme", "same"),
    [
        ("r.example.com", "r.example.com:443", "https", True),
        ("r.example.com:80", "r.example.com", "http", True),
        ("r.example.com", "r.example.com:5000", "https", False),
        ("[::1]:5000", "[::1]:5000", "http", True),
        ("r.example.com", "other.example.com", "https", False),
    ],
)
def test_hosts_are_compared_with_their_default_ports(registry, host, scheme, same):
    assert matches_host(registry, host, scheme) is same


def test_a_url_is_shown_without_what_may_be_a_secret():
    url = "https://ann:hunter2@blobs.example.com/x?sig=abc&digest=sha256:1&sig=def"

    assert redacted(url) == (
        "https://ann:xxxxx@blobs.example.com/x?digest=sha256%3A1&sig=REDACTED&sig=REDACTED"
    )


def test_a_query_is_sorted_and_escaped_as_go_does():
    assert encode_query([("b", "x y/~"), ("a", "ä&")]) == "a=%C3%A4%26&b=x+y%2F~"


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://r.example.com/v2/", "http://secure.example.com:3128"),
        ("http://r.example.com/v2/", "http://plain.example.com:3128"),
        ("http://localhost:5000/v2/", None),
        ("http://127.0.0.2:5000/v2/", None),
        ("https://inner.example.org/v2/", None),
        ("https://a.inner.example.org/v2/", None),
        ("https://port.example.net:5000/", None),
        ("https://port.example.net/", "http://secure.example.com:3128"),
        ("https://192.0.2.7/", None),
        ("https://198.51.100.7/", "http://secure.example.com:3128"),
    ],
)
def test_the_environment_names_proxies_as_in_go(monkeypatch, url, proxy):
    monkeypatch.setenv("HTTPS_PROXY", "http://secure.example.com:3128")
    monkeypatch.setenv("HTTP_PROXY", "plain.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "inner.example.org, port.example.net:5000,192.0.2.0/24")
    monkeypatch.delenv("REQUEST_METHOD", raising=False)

    assert proxy_from_environment(url) == proxy


def test_waits_grow_by_the_factor():
    retry = Retry(duration=1.0, factor=3.0, jitter=0.0, steps=4)

    assert list(retry.waits()) == [1.0, 3.0, 9.0]


def test_jitter_only_makes_waits_longer():
    for wait in Retry(duration=1.0, factor=1.0, jitter=0.5, steps=50).waits():
        assert 1.0 <= wait <= 1.5


def test_what_fails_for_good_is_not_tried_again():
    tries = []

    def work() -> None:
        tries.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        retrying(work, Retry(0.0, 1.0, 0.0, 5), lambda _: None)
    assert len(tries) == 1


def test_what_may_pass_is_tried_as_often_as_there_are_steps():
    tries = []

    def work() -> None:
        tries.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        retrying(work, Retry(0.0, 1.0, 0.0, 3), lambda _: 0.0)
    assert len(tries) == 3


def test_a_server_asks_to_wait_by_seconds_or_by_a_date():
    soon = email.utils.formatdate(time.time() + 30, usegmt=True)

    assert retry_after("7") == 7.0
    assert 20 < retry_after(soon) <= 30
    assert retry_after("100000") == 60.0
    assert retry_after("tomorrow") == 0.0
    assert retry_after("") == 0.0
