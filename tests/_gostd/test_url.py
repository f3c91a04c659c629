"""What net/url takes for a host, which decides what may be a registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr._gostd.url import is_host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "EXAMPLE.com:5000",
        "port-may-be-empty:",
        "a:b:c:1",
        "any!\"$&'()*+,;<=>_~character",
        "closing]bracket",
        "münchen.example",
        "\u0085",
        "not\udcffUTF-8",
        "[::1]",
        "[::1]:",
        "[::1]:5000",
        "[2001:DB8::ffff]",
        "[1:2:3:4:5:6:7::]",
        "[::ffff:1.2.3.4]",
    ],
)
def test_a_host_is_one_that_parsing_leaves_as_it_is(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "a/b",
        "a?b",
        "a#b",
        "user@host",
        "@",
        "white space",
        "line\nbreak",
        "end\n",
        "\x00",
        "\x7f",
        "back\\slash",
        "^",
        "`",
        "{}",
        "|",
    ],
)
def test_a_host_has_no_delimiters_and_no_control_characters(text: str) -> None:
    assert not is_host(text)


@pytest.mark.parametrize("text", ["%", "%zz", "%41", "%c3%a9", "a%2fb", "[fe80::1%25eth0]"])
def test_a_host_has_nothing_that_is_decoded(text: str) -> None:
    assert not is_host(text)


@pytest.mark.parametrize("text", ["a:b", "a:1b", "a: 1", "a:1:b", "a:\u0661", "[::1]x", "[::1]:x"])
def test_a_port_is_ascii_digits(text: str) -> None:
    assert not is_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[]",
        "[::1",
        "a[::1]",
        "[[::1]",
        "[::1]]",
        "[1.2.3.4]",
        "[example]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1:2:3:4::5:6:7:8]",
        "[::1::2]",
        "[12345::]",
        "[::01.2.3.4]",
        "[::\u0661]",
    ],
)
def test_brackets_hold_an_ipv6_address(text: str) -> None:
    assert not is_host(text)


@given(
    st.text(alphabet="abf019:.", max_size=12).filter(lambda text: text.count(":") < 2),
    st.sampled_from(("", ":", ":80")),
)
def test_without_two_colons_there_is_no_ipv6_address(text: str, port: str) -> None:
    assert not is_host(f"[{text}]{port}")
