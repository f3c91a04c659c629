"""Options of registries, and a registry's errors in Go's words."""

from __future__ import annotations

import pytest

from pyggcr import authn
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import Diagnostic, UnsupportedOptionError


def test_the_defaults_are_those_of_go():
    options = RemoteOptions()
    assert (str(options.platform), options.jobs, options.page_size) == ("linux/amd64", 4, 1000)
    assert options.retry == Retry(duration=1, factor=3, jitter=0.1, steps=3)
    assert sorted(options.retry_statuses) == [408, 429, 499, 500, 502, 503, 504, 522]
    assert options.referrers_tag_fallback
    assert not options.insecure


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"auth": authn.ANONYMOUS, "keychain": authn.DEFAULT_KEYCHAIN},
            "provide an option for either authn.Authenticator or authn.Keychain, not both",
        ),
        ({"jobs": 0}, "jobs must be greater than zero"),
        ({"jobs": 2**63}, "jobs and page_size must not be greater than 2147483647"),
        ({"page_size": 2**31}, "jobs and page_size must not be greater than 2147483647"),
        ({"client_key": "key.pem"}, "client_key needs client_certificate"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, text):
    with pytest.raises(UnsupportedOptionError) as caught:
        RemoteOptions(**options)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"jobs": "3"}, "jobs takes int, not str"),
        ({"platform": None}, "platform takes Platform, not NoneType"),
        ({"retry": 3}, "retry takes Retry, not int"),
        ({"page_size": 1.5}, "page_size takes int, not float"),
    ],
)
def test_options_of_another_type_are_refused(option, text):
    with pytest.raises(TypeError) as caught:
        RemoteOptions(**option)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": -1}, {"duration": float("inf")}, {"jitter": float("nan")}]
)
def test_tries_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UnsupportedOptionError, match="^retry needs "):
        Retry(**wrong)


def test_options_are_compared_by_value():
    assert RemoteOptions(jobs=2) == RemoteOptions(jobs=2)
    assert RemoteOptions(jobs=2) != RemoteOptions(jobs=3)


def test_options_do_not_show_secrets():
    options = RemoteOptions(
        auth=authn.Basic("ann", "PASS-1"), proxy="http://ann:PASS-2@proxy.example.com:3128"
    )
    assert "PASS" not in repr(options)


# The texts are those that Go 1.26 prints with %v of the value that encoding/json makes of it.
@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ("text", "text"),
        ("", ""),
        (True, "true"),
        (1, "1"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (100000, "100000"),
        (999999.5, "999999.5"),
        (1000000, "1e+06"),
        (1048576.25, "1.04857625e+06"),
        (123456789012345680000, "1.2345678901234568e+20"),
        (10**21, "1e+21"),
        (1.25e22, "1.25e+22"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (5e-324, "5e-324"),
        ([1, None, "a"], "[1 <nil> a]"),
        ({"b": [{}], "a": {"c": 2}}, "map[a:map[c:2] b:[map[]]]"),
    ],
)
def test_a_diagnostic_prints_its_detail_as_go_does(detail, text):
    assert str(Diagnostic("DENIED", "no", detail)) == f"DENIED: no; {text}"


def test_a_diagnostic_without_a_detail():
    assert str(Diagnostic("DENIED")) == "DENIED: "
