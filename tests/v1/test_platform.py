"""Platforms: what is parsed, written and compared, as pkg/v1/platform.go does it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr._gostd.json import marshal
from pyggcr.errors import Error, InvalidPlatformError
from pyggcr.v1.manifest import parse_index_manifest
from pyggcr.v1.platform import Platform, parse_platform

FULL = Platform(
    os="windows",
    architecture="amd64",
    variant="v2",
    os_version="10.0.20348.1",
    os_features=["win32k", "other"],
    features=["sse4", "aes"],
)


class TestText:
    @pytest.mark.parametrize(
        ("text", "platform"),
        [
            ("", Platform()),
            ("linux", Platform(os="linux")),
            ("linux/amd64", Platform(os="linux", architecture="amd64")),
            ("linux/arm64/v8", Platform(os="linux", architecture="arm64", variant="v8")),
            ("darwin:11.0", Platform(os="darwin", os_version="11.0")),
            (
                "windows/amd64:10.0",
                Platform(os="windows", architecture="amd64", os_version="10.0"),
            ),
            (
                "linux/arm/v7:5.4",
                Platform(os="linux", architecture="arm", variant="v7", os_version="5.4"),
            ),
        ],
    )
    def test_a_platform_is_read_and_written_alike(self, text: str, platform: Platform) -> None:
        assert parse_platform(text) == platform
        assert str(platform) == text

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            (" linux\n", "linux"),
            ("\u00a0linux/amd64\u3000", "linux/amd64"),
            ("linux/amd64:1:2", "linux/amd64"),
            ("linux//v8", "linux/v8"),
            ("linux/amd64/:", "linux/amd64"),
            ("/amd64", ""),
            (":11.0", ""),
        ],
    )
    def test_an_odd_text_is_written_otherwise(self, text: str, written: str) -> None:
        assert str(parse_platform(text)) == written

    @pytest.mark.parametrize("space", ["\x1c", "\x1f", "\u200b", "\udc85"])
    def test_what_go_takes_for_no_space_remains(self, space: str) -> None:
        assert parse_platform(space + "linux" + space).os == space + "linux" + space

    def test_a_version_may_have_slashes(self) -> None:
        assert parse_platform("linux/amd64:a/b/c/d").os_version == "a/b/c/d"

    def test_more_than_three_parts_are_refused(self) -> None:
        with pytest.raises(InvalidPlatformError) as raised:
            parse_platform(" linux/arm/v7/x:1 ")
        assert str(raised.value) == "too many slashes in platform spec:  linux/arm/v7/x:1 "


class TestEquals:
    def test_the_order_of_features_does_not_matter(self) -> None:
        assert Platform(features=["a", "b"], os_features=["c", "d"]).equals(
            Platform(features=["b", "a"], os_features=["d", "c"])
        )

    def test_comparing_changes_no_order(self) -> None:
        platform = Platform(features=["b", "a"])
        assert platform.equals(Platform(features=["a", "b"]))
        assert platform.features == ["b", "a"]

    def test_nil_equals_empty(self) -> None:
        assert Platform(features=None, os_features=[]).equals(Platform(features=[]))

    @pytest.mark.parametrize(
        "other",
        [
            Platform(),
            Platform(os="linux"),
            Platform(architecture="arm"),
            Platform(variant="v7"),
            Platform(os_version="1"),
            Platform(features=["a"]),
            Platform(features=["a", "a"]),
            Platform(os_features=["a"]),
        ],
    )
    def test_each_field_counts(self, other: Platform) -> None:
        platform = Platform(features=["a", "b"])
        assert not platform.equals(other)
        assert not other.equals(platform)


class TestSatisfies:
    def test_what_is_not_asked_for_does_not_matter(self) -> None:
        assert FULL.satisfies(Platform())

    def test_a_platform_satisfies_itself(self) -> None:
        assert FULL.satisfies(FULL)

    def test_more_features_than_asked_for_are_fine(self) -> None:
        assert FULL.satisfies(Platform(features=["aes"], os_features=["win32k", "win32k"]))

    @pytest.mark.parametrize(
        "spec",
        [
            Platform(os="linux"),
            Platform(architecture="arm"),
            Platform(variant="v7"),
            Platform(os_version="1"),
            Platform(features=["sse4", "avx"]),
            Platform(os_features=["avx"]),
        ],
    )
    def test_what_is_asked_for_must_be_there(self, spec: Platform) -> None:
        assert not FULL.satisfies(spec)

    def test_it_does_not_hold_both_ways(self) -> None:
        linux = Platform(os="linux")
        assert linux.satisfies(Platform())
        assert not Platform().satisfies(linux)


def test_a_platform_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL


class TestJSON:
    def test_it_is_read_and_written_within_a_descriptor(self) -> None:
        index = parse_index_manifest(
            b'{"manifests":[{"platform":{"OS":"windows","os.version":"10","os.features":["w"],'
            b'"architecture":"amd64","variant":"v2","features":["b","a"],"more":1}}]}'
        )
        assert marshal(index.manifests[0].platform) == (
            b'{"architecture":"amd64","os":"windows","os.version":"10","os.features":["w"],'
            b'"variant":"v2","features":["b","a"]}'
        )

    def test_what_is_empty_is_left_out_but_for_system_and_processor(self) -> None:
        assert marshal(Platform(features=[])) == b'{"architecture":"","os":""}'


_TEXTS = st.lists(
    st.sampled_from(
        ("linux", "arm64", "v8", "/", "/", ":", " ", "\n", "\x1c", "\x85", "\u2003", "\u200b", "é")
    ),
    max_size=8,
).map("".join)


@given(_TEXTS)
def test_go_reads_the_same(go: Callable[[str, bytes], bytes], text: str) -> None:
    assert outcome(lambda: parse_platform(text)) == outcome(lambda: go_platform(go, text))


def go_platform(go: Callable[[str, bytes], bytes], text: str) -> Platform:
    """What Go's ParsePlatform makes of a text."""
    fields = json.loads(go("platform", text.encode()))
    return Platform(**{key.replace("os.version", "os_version"): fields[key] for key in fields})


def outcome(parse: Callable[[], Platform]) -> Platform | tuple[type[Error], str]:
    """The platform, or class and text of the error."""
    try:
        return parse()
    except Error as error:
        return type(error), str(error)


@pytest.fixture(scope="module")
def go(require: Callable[[str, str], None]) -> Callable[[str, bytes], bytes]:
    """The functions of the real Go."""
    from pyggcr import _go
    from pyggcr._go import gostd

    info = _go.describe()
    if not info.available:
        require("go", info.reason)
    return gostd.call
