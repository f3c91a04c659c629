"""References: what pkg/name accepts and refuses, what its values tell."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr import name
from pyggcr.errors import Error, InvalidReferenceError

SHA256 = "sha256:" + 8 * "deadb33f"
SHA384 = "sha384:" + 12 * "deadb33f"
SHA512 = "sha512:" + 16 * "deadb33f"

FULL_TAGS = (
    "gcr.io/g-convoy/hello-world:latest",
    "gcr.io/project-id/with-nums:v2",
    "us.gcr.io/project-id/image:with.period.in.tag",
    "gcr.io/project-id/image:w1th-alpha_num3ric.PLUScaps",
    "domain.with.port:9001/image:latest",
    "localhost/image:1",
    "[::1]:5000/image:1",
)
SHORT_TAGS = (
    "namespace/pathcomponent/image",
    "library/ubuntu",
    "gcr.io/project-id/implicit-latest",
    "www.example.test:12345/repo/path",
    "ubuntu:22.04",
)
BAD_TAGS = {
    "": "a repository name must be specified",
    "library/ubuntu:": "library/ubuntu: must specify a tag name after the colon",
    "a:white space": (
        "tag can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-."
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ`: white space"
    ),
    "a:" + 129 * "t": "tag must be between 1 and 128 characters in length: " + 129 * "t",
    "a:" + 129 * "é": "tag must be between 1 and 128 characters in length: " + 129 * "é",
    "a:" + 129 * "\udcff": "tag must be between 1 and 128 characters in length: " + 129 * "\udcff",
    "Ubuntu": (
        "repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`:"
        " Ubuntu"
    ),
    "gcr.io/": "repository must be between 1 and 255 characters in length: ",
    256 * "r": "repository must be between 1 and 255 characters in length: " + 256 * "r",
    "a.b:port/c": "registries must be valid RFC 3986 URI authorities: a.b:port",
    "a%2eb.c/d": "registries must be valid RFC 3986 URI authorities: a%2eb.c",
    "user@host.example/a": "registries must be valid RFC 3986 URI authorities: user@host.example",
}
FULL_DIGESTS = (
    "gcr.io/g-convoy/hello-world@" + SHA256,
    "us.gcr.io/project-id/sub-repo@" + SHA384,
    "example.text/foo/bar@" + SHA512,
)
BAD_DIGESTS = {
    "a": "a digest must contain exactly one '@' separator (e.g. registry/repository@digest) saw: a",
    f"a@{SHA256}@{SHA256}": (
        "a digest must contain exactly one '@' separator (e.g. registry/repository@digest) saw: "
        f"a@{SHA256}@{SHA256}"
    ),
    "a@": "invalid checksum digest format: ",
    "a@sha256": "invalid checksum digest format: sha256",
    "a@:" + 64 * "a": "invalid checksum digest format: :" + 64 * "a",
    "a@sha256:": "invalid checksum digest format: sha256:",
    "a@unknown:abc123": "unsupported digest algorithm: unknown:abc123",
    "a@md5:" + 32 * "d": "unsupported digest algorithm: md5:" + 32 * "d",
    "a@UPPER:abc": "invalid checksum digest format: UPPER:abc",
    "a@md5:abc\n": "invalid checksum digest format: md5:abc\n",
    "a@sha256:d34db33f": "invalid checksum digest length: sha256:d34db33f",
    "a@sha512:d34db33f": "invalid checksum digest length: sha512:d34db33f",
    # Bytes are counted: 62 and 2 are 64.
    "a@sha256:" + 62 * "a" + "é": "invalid checksum digest format: sha256:" + 62 * "a" + "é",
    "a@sha256:" + 64 * "é": "invalid checksum digest length: sha256:" + 64 * "é",
    "a@sha256:" + 64 * "A": "invalid checksum digest format: sha256:" + 64 * "A",
    f"library/nginx:@{SHA256}": (
        "repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`:"
        " library/nginx:"
    ),
}


class TestTag:
    @pytest.mark.parametrize("text", FULL_TAGS)
    def test_a_full_name_is_kept(self, text: str) -> None:
        tag = name.new_tag(text, strict=True)
        assert (tag.name(), str(tag)) == (text, text)

    @pytest.mark.parametrize("text", SHORT_TAGS)
    def test_a_short_name_is_accepted_unless_strict(self, text: str) -> None:
        assert str(name.new_tag(text)) == text
        with pytest.raises(InvalidReferenceError):
            name.new_tag(text, strict=True)

    @pytest.mark.parametrize("text", BAD_TAGS)
    def test_what_is_wrong_is_told_as_in_go(self, text: str) -> None:
        with pytest.raises(InvalidReferenceError) as raised:
            name.new_tag(text)
        assert str(raised.value) == BAD_TAGS[text]

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("gcr.io/a", "tag must be between 1 and 128 characters in length: "),
            ("a:1", "strict validation requires the registry to be explicitly defined"),
            (
                "docker.io/a:1",
                "strict validation requires the full repository path (missing 'library')",
            ),
        ],
    )
    def test_strict_validation_tells_what_is_missing(self, text: str, fault: str) -> None:
        with pytest.raises(InvalidReferenceError) as raised:
            name.new_tag(text, strict=True)
        assert str(raised.value) == fault

    def test_its_parts(self) -> None:
        tag = name.new_tag("ubuntu:22.04")
        assert tag.context() == name.new_repository("ubuntu")
        assert tag.identifier() == tag.tag_str() == "22.04"
        assert tag.registry_str() == "index.docker.io"
        assert tag.repository_str() == "library/ubuntu"
        assert tag.scope("pull") == "repository:library/ubuntu:pull"
        assert tag.scheme() == "https"
        assert tag.name() == "index.docker.io/library/ubuntu:22.04"

    def test_a_port_is_not_a_tag(self) -> None:
        assert name.new_tag("localhost:5000/a").name() == "localhost:5000/a:latest"

    def test_defaults_can_be_chosen_and_are_not_checked(self) -> None:
        tag = name.new_tag("ubuntu", default_registry="my registry", default_tag="the tag")
        assert tag.name() == "my registry/ubuntu:the tag"

    def test_without_a_default_registry_there_is_none(self) -> None:
        assert name.new_tag("ubuntu", default_registry="").name() == "ubuntu:latest"


class TestDigest:
    @pytest.mark.parametrize("text", FULL_DIGESTS)
    def test_a_full_name_is_kept(self, text: str) -> None:
        digest = name.new_digest(text, strict=True)
        assert (digest.name(), str(digest)) == (text, text)

    @pytest.mark.parametrize("text", BAD_DIGESTS)
    def test_what_is_wrong_is_told_as_in_go(self, text: str) -> None:
        with pytest.raises(InvalidReferenceError) as raised:
            name.new_digest(text)
        assert str(raised.value) == BAD_DIGESTS[text]

    def test_a_tag_before_it_remains_in_the_original_only(self) -> None:
        digest = name.new_digest(f"nginx:1.25@{SHA256}")
        assert str(digest) == f"nginx:1.25@{SHA256}"
        assert digest.name() == f"index.docker.io/library/nginx@{SHA256}"

    def test_a_default_registry_that_looks_like_a_path_counts_twice(self) -> None:
        # As in Go: the base is parsed a second time, with its registry.
        digest = name.new_digest(f"nginx@{SHA256}", default_registry="mirror")
        assert digest.name() == f"mirror/mirror/nginx@{SHA256}"

    def test_its_parts(self) -> None:
        digest = name.new_digest(f"gcr.io/project/image@{SHA256}")
        assert digest.context().name() == "gcr.io/project/image"
        assert digest.identifier() == digest.digest_str() == SHA256
        assert digest.registry_str() == "gcr.io"
        assert digest.repository_str() == "project/image"
        assert digest.scope("push") == "repository:project/image:push"


class TestReference:
    @pytest.mark.parametrize("text", FULL_TAGS)
    def test_a_tag_is_a_tag(self, text: str) -> None:
        assert name.parse_reference(text, strict=True) == name.new_tag(text, strict=True)

    @pytest.mark.parametrize("text", [*FULL_DIGESTS, f"gcr.io/a:v1@{SHA256}"])
    def test_a_digest_is_a_digest_even_with_a_tag(self, text: str) -> None:
        assert name.parse_reference(text, strict=True) == name.new_digest(text, strict=True)

    @pytest.mark.parametrize("text", ["", "white space", "a@sha256:short", "a:b:c"])
    def test_anything_else_is_refused_without_a_reason(self, text: str) -> None:
        with pytest.raises(InvalidReferenceError) as raised:
            name.parse_reference(text)
        assert str(raised.value) == f"could not parse reference: {text}"

    @pytest.mark.parametrize("text", ["https://gcr.io/a/b", "http://localhost:5000/a"])
    def test_a_url_is_refused_with_advice(self, text: str) -> None:
        with pytest.raises(InvalidReferenceError) as raised:
            name.parse_reference(text)
        assert str(raised.value) == (
            f"image reference must not contain a URL scheme (http:// or https://): {text}; "
            "to connect to a registry over plain HTTP, use name.Insecure"
        )


class TestRepository:
    def test_official_images_are_in_the_namespace_library(self) -> None:
        assert name.new_repository("ubuntu").name() == "index.docker.io/library/ubuntu"

    def test_on_other_registries_there_is_no_such_namespace(self) -> None:
        assert name.new_repository("gcr.io/ubuntu").name() == "gcr.io/ubuntu"

    def test_a_first_element_without_dot_or_colon_is_a_namespace(self) -> None:
        assert name.new_repository("team/app").registry_str() == "index.docker.io"

    def test_it_makes_tags_and_digests_unchecked(self) -> None:
        repository = name.new_repository("example.com/app", insecure=True)
        assert str(repository.tag("any thing")) == "example.com/app:any thing"
        assert str(repository.digest("any thing")) == "example.com/app@any thing"
        assert repository.tag("1").scheme() == repository.digest("1").scheme() == "http"


class TestRegistry:
    def test_docker_io_is_written_in_full(self) -> None:
        assert name.new_registry("docker.io").name() == "index.docker.io"

    def test_an_empty_one_is_the_default(self) -> None:
        assert name.new_registry("").name() == "index.docker.io"
        assert name.new_registry("", default_registry="gcr.io").name() == "gcr.io"

    def test_strict_validation_refuses_an_empty_one(self) -> None:
        with pytest.raises(InvalidReferenceError, match="requires the registry to be explicitly"):
            name.new_registry("", strict=True)

    def test_its_scope_is_the_catalog(self) -> None:
        assert name.new_registry("gcr.io").scope("whatever") == "registry:catalog:*"

    def test_it_makes_repositories_of_clean_paths(self) -> None:
        registry = name.new_registry("gcr.io")
        assert registry.repo("a", "", "b/../c").name() == "gcr.io/a/c"

    @pytest.mark.parametrize(
        "host",
        [
            "localhost:5000",
            "localhost:",
            "registry.localhost",
            "registry.localhost:12345",
            "127.0.0.1",
            "127.0.0.1:5000",
            "::1",
            "[::1]",
            "[::1]:5000",
            "10.2.3.4:5000",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.3.4",
        ],
    )
    def test_local_and_private_hosts_speak_plain_http(self, host: str) -> None:
        assert name.Registry(host).scheme() == "http"

    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "localhost.example",
            "registry.localhost:123456",
            "registry.localhost\n",
            "127.0.0.1:x",
            "127.0.0.2",
            "::1:5000",
            "[::1]:",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "10.256.0.0:5000",
            "10.01.0.0",
            "10.0.0",
            "10.0.0.0.0",
            "10.0.0.0\n",
        ],
    )
    def test_all_other_hosts_speak_https(self, host: str) -> None:
        assert name.Registry(host).scheme() == "https"

    def test_an_insecure_one_speaks_plain_http(self) -> None:
        assert name.new_registry("gcr.io", insecure=True).scheme() == "http"
        assert name.new_insecure_registry("gcr.io").scheme() == "http"


class TestValues:
    @pytest.mark.parametrize(
        "value",
        [
            name.new_registry("gcr.io"),
            name.new_repository("ubuntu"),
            name.new_tag("ubuntu"),
            name.new_digest(f"ubuntu@{SHA256}"),
        ],
    )
    def test_they_can_be_pickled_and_hashed(self, value: object) -> None:
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert len({again, value}) == 1

    def test_two_spellings_of_a_name_are_two_values(self) -> None:
        short, full = name.new_tag("ubuntu"), name.new_tag("ubuntu:latest")
        assert short != full
        assert short.name() == full.name()

    def test_tags_and_digests_are_references(self) -> None:
        assert isinstance(name.new_tag("ubuntu"), name.Reference)
        assert isinstance(name.new_digest(f"ubuntu@{SHA256}"), name.Reference)


# Pieces that decide something somewhere in parsing, and characters that may stand between them.
_PIECES = st.sampled_from(
    (
        *"/:@.[]%#?-_ aA0\n\x7f~é",
        "%25",
        "%c3%a9",
        "\ufffd",
        "localhost",
        ".localhost",
        "docker.io",
        "index.docker.io",
        "gcr.io:443",
        "127.0.0.1",
        "10.0.0.1",
        "172.31.0.1",
        "[::1]",
        "[fe80::1%25eth0]",
        "library/",
        "ubuntu",
        ":latest",
        "@" + SHA256,
        "@" + SHA384,
        "@" + SHA512[:-1],
        "@md5:abc",
        128 * "t",
        255 * "r",
    )
)
_NAMES = st.one_of(st.lists(_PIECES, max_size=7).map("".join), st.text(max_size=20))
_HOSTS = st.one_of(
    st.lists(_PIECES, max_size=4).map("".join),
    st.lists(st.sampled_from(("", "0", "ffff", "1.2.3.4", "12345")), max_size=9).map(
        lambda groups: f"[{':'.join(groups)}]"
    ),
    st.lists(st.integers(0, 300), min_size=3, max_size=5).map(lambda n: ".".join(map(str, n))),
)
# Not empty, which native/gostd_name.go takes for "not chosen".
_DEFAULTS = st.one_of(st.sampled_from(("index.docker.io", "docker.io", "m")), _HOSTS.filter(bool))

_PARSERS: dict[str, Callable[..., name.Registry | name.Repository | name.Reference]] = {
    "registry": name.new_registry,
    "repository": name.new_repository,
    "tag": name.new_tag,
    "digest": name.new_digest,
    "reference": name.parse_reference,
}


def answer(
    go: Callable[[str, bytes], bytes], op: str, question: dict[str, object]
) -> dict[str, str] | tuple[type[Error], str]:
    """What Go's values tell, or class and text of the error."""
    try:
        return json.loads(go(op, json.dumps(question).encode()))
    except Error as error:
        return type(error), str(error)


def facts(op: str, **question: object) -> dict[str, str] | tuple[type[Error], str]:
    """What Python's values tell, in the form of the Go engine's answer."""
    try:
        value = _PARSERS[op](question.pop("name"), **question)
    except Error as error:
        return type(error), str(error)
    told = {
        "name": value.name(),
        "string": str(value),
        "scope": value.scope("pull"),
        "scheme": value.scheme(),
        "registry_str": value.registry_str(),
        "registry_name": value.registry_str(),
    }
    if isinstance(value, name.Reference):
        told["identifier"] = value.identifier()
        if op == "reference":
            told["kind"] = "tag" if isinstance(value, name.Tag) else "digest"
        else:
            told[f"{op}_str"] = value.identifier()
        told["repository_name"] = value.context().name()
    if isinstance(value, name.Repository):
        told["repository_name"] = value.name()
    if not isinstance(value, name.Registry):
        told["repository_str"] = value.repository_str()
    return told


@pytest.mark.parametrize("op", _PARSERS)
@given(
    text=st.one_of(_NAMES, _HOSTS),
    strict=st.booleans(),
    registry=_DEFAULTS,
    tag=st.one_of(st.just("latest"), _NAMES.filter(bool)),
)
def test_go_says_the_same(
    go: Callable[[str, bytes], bytes], op: str, text: str, strict: bool, registry: str, tag: str
) -> None:
    question = {
        "name": text,
        "strict": strict,
        "default_registry": registry,
        "default_tag": tag,
    }
    assert facts(op, **question) == answer(go, op, question)


@pytest.fixture(scope="module")
def go(require: Callable[[str, str], None]) -> Callable[[str, bytes], bytes]:
    """The functions of the real Go."""
    from pyggcr import _go
    from pyggcr._go import gostd

    info = _go.describe()
    if not info.available:
        require("go", info.reason)
    return gostd.call
