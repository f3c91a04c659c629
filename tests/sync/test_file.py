"""The file: every mistake is an error that names the line, and no input takes long."""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr import sync
from pyggcr.errors import ConfigurationError, Error, UnsupportedOptionError

GOOD = """\
version: 1
x-tags: &released {semver: ">=1.0", newest: 3}
jobs: 2
defaults:
  referrers: true
  timeout: 30.5
sync:
  - image: registry.example.com/app:1.10
    to: localhost:5000/app:stable
  - image: [app:1, other@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
    to: localhost:5000/mirror/
  - repository: registry.example.com/app
    tags: *released
    platforms: [linux/amd64, linux/arm64/v8]
    to: [localhost:5000/app, localhost:5001/app]
  - repository: alpine
    tags: [1.10, "no", 'yes*']
    referrers: false
    to: oci:layout
  - registry: registry.example.com
    repositories: {include: ["team/*"], exclude: [team/old], regex: .*}
    to: localhost:5000
"""


def parse(text: str) -> sync.Config:
    return sync.parse_config(textwrap.dedent(text).encode(), "sync.yaml")


def test_everything_is_read():
    config = parse(GOOD)
    assert config.jobs == 2
    first, second, third, fourth, fifth = config.entries
    assert (first.targets[0].text, first.targets[0].tag) == ("localhost:5000/app", "stable")
    assert (first.options.referrers, first.options.timeout) == (True, 30.5)
    assert (len(second.sources), second.targets[0].is_prefix) == (2, True)
    assert (third.tags.newest, [str(it) for it in third.options.platforms]) == (
        3,
        ["linux/amd64", "linux/arm64/v8"],
    )
    assert fourth.targets[0].kind == "oci"
    assert [it.pattern for it in fourth.tags.names.include] == ["1\\.10", "no", "yes[^/]*"]
    assert not fourth.options.referrers
    assert [fifth.repositories.allow(it) for it in ("team/app", "team/old")] == [True, False]


def test_json_is_yaml():
    document = {"version": 1, "sync": [{"image": "app:1", "to": "localhost:5000/app"}]}
    assert len(sync.parse_config(json.dumps(document).encode()).entries) == 1


HEAD = "version: 1\nsync:\n"
ENTRY = HEAD + "- image: app:1\n  to: localhost:5000/app\n"
REPO = HEAD + "- repository: app\n  to: localhost:5000/app\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "sync.yaml: empty"),
        ("version: 1", "sync.yaml:1: the file lacks the key sync"),
        ("version: 1\nsync: []", "sync.yaml:2: sync is empty"),
        ("version: 2\nsync: [{image: a, to: b}]", "sync.yaml:1: version must be 1, not 2"),
        ("version: '1'\nsync: []", "sync.yaml:1: version must be an integer, not '1'"),
        ("- a", "sync.yaml:1: the file must be a mapping, not a list"),
        (
            ENTRY + "  refferrers: true",
            "sync.yaml:5: there is no key 'refferrers' here; did you mean referrers?",
        ),
        (ENTRY + "  digest_tags: true", "did you mean digest-tags?"),
        (ENTRY + "  zzz: 1", "there are image, repository"),
        ("synk: []\n" + ENTRY, "sync.yaml:1: there is no key 'synk' here; did you mean sync?"),
        (
            REPO + "  tags: {newst: 1}",
            "sync.yaml:5: there is no key 'newst' here; did you mean newest?",
        ),
        (ENTRY + "  referrers: yes", "sync.yaml:5: referrers must be true or false, not 'yes'"),
        (ENTRY + "  referrers: 'true'", "must be true or false"),
        (ENTRY + "  timeout: soon", "timeout must be a number, not 'soon'"),
        (ENTRY + "  timeout: 0", "timeout must be greater than 0"),
        (ENTRY + "  timeout:", "timeout must be a number, and nothing is there"),
        (REPO + "  tags: {newest: 0}", "newest must be greater than 0"),
        (REPO + "  tags: {newest: -1}", "newest must be an integer, not '-1'"),
        (REPO + "  tags: {newest: 1.5}", "newest must be an integer, not '1.5'"),
        (REPO + "  tags: {newest: 1, by: age}", "by must be semver or created, not 'age'"),
        (REPO + "  tags: {by: created}", "sync.yaml:5: by is for newest"),
        (REPO + "  tags: {prereleases: true}", "prereleases is for semver"),
        (REPO + "  tags: {semver: newest}", "sync.yaml:5: 'newest' is no range of versions"),
        (REPO + "  tags:\n    regex: (", "sync.yaml:6: '(' is no regular expression"),
        (REPO + "  tags: []", "tags is an empty list"),
        (REPO + "  tags: [[a]]", "tags must be a text, not a list"),
        (REPO + "  tags: 1\n  tags: 2", "sync.yaml:6: tags is there twice"),
        (ENTRY + "  tags: a", "sync.yaml:5: tags is for repository and registry"),
        (REPO + "  repositories: a", "repositories is for registry"),
        (ENTRY + "  repository: b", "sync.yaml:3: an entry has one of the keys image"),
        (HEAD + "- to: b", "sync.yaml:3: an entry has one of the keys image"),
        (HEAD + "- image: app:1", "entry 1 lacks the key to"),
        (HEAD + "- image: APP:1\n  to: b/c", "sync.yaml:3: could not parse reference"),
        (HEAD + "- repository: app:1\n  to: b/c", "sync.yaml:3: "),
        (HEAD + "- image: app:1\n  to: B", "sync.yaml:4: "),
        (HEAD + "- image: app:1\n  to: dir:x", "sync.yaml:4: dir:x: images are copied to"),
        (HEAD + "- image: app:1\n  to: oci:x:name", "name a folder"),
        (HEAD + "- image: app:1\n  to: b@sha256:1", "a target has no digest"),
        (HEAD + "- repository: app\n  to: b.c/d:1", "tags keep their names"),
        (HEAD + "- image: [a, b]\n  to: c.d/e", "sync.yaml:4: c.d/e is one repository"),
        (HEAD + "- {image: a, to: 'oci:x', referrers: true}", "oci: holds no referrers"),
        (
            HEAD + "- {image: a, to: 'oci:x', overwrite: false}",
            "overwrite: false is for registries",
        ),
        (
            ENTRY + "  platform: linux/amd64\n  platforms: linux/arm64",
            "sync.yaml:6: platform copies one",
        ),
        (ENTRY + "  platform: a/b/c/d/e", "sync.yaml:5: "),
        ("a: [", "sync.yaml:1: "),
        ("a: b: c", "sync.yaml:1: mapping values are not allowed here"),
        (
            "a: !!python/object/apply:os.system [x]",
            "sync.yaml:1: the tag tag:yaml.org,2002:python/",
        ),
        ("a: *b", "sync.yaml:1: no anchor &b before its alias"),
        ("a: &a [*a]", "no anchor &a before its alias"),
        ("? [a]\n: b", "a key must be a word"),
        ("<<: [a]", "<< merges mappings only"),
        ("a: 1\n---\na: 2", "sync.yaml:3: a second document"),
        ("a: \x00", "sync.yaml: "),
    ],
)
def test_a_mistake_is_named_with_its_line(text, error):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert error in str(caught.value)
    assert str(caught.value).startswith("sync.yaml")


def test_bytes_that_are_no_utf_8_are_named_with_their_line():
    with pytest.raises(ConfigurationError, match="sync.yaml:2: not UTF-8"):
        sync.parse_config(b"a: 1\nb: \xff", "sync.yaml")


def test_keys_are_merged_and_own_ones_win():
    config = parse(
        HEAD.replace("sync", "x-own: &own {to: localhost:5000/a, referrers: true}\nsync")
        + "- {<<: *own, image: app:1}\n- {<<: [*own], image: app:2, referrers: false}\n"
    )
    assert [it.options.referrers for it in config.entries] == [True, False]


def test_aliases_do_not_explode():
    lines = ["x-0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
    lines += [f"x-{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 15)]
    with pytest.raises(ConfigurationError, match="more than 100000 values"):
        parse("\n".join(lines))


def test_merges_do_not_explode():
    lines = ["x-0: &x0 {a: 1, b: 2}"]
    lines += [f"x-{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}'] * 20)}]}}" for n in range(1, 15)]
    with pytest.raises(ConfigurationError, match="more than"):
        parse("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 500)), "{a: " * 9999],
)
def test_depth_is_bounded(text):
    with pytest.raises(ConfigurationError, match="sync.yaml:"):
        parse(text)


def test_depth_through_aliases_is_bounded():
    lines = [f"x-{n}: &x{n} [*x{n - 1}]" for n in range(1, 30)]
    with pytest.raises(ConfigurationError, match="more than 20 levels"):
        parse("\n".join(["x-0: &x0 [a]", *lines]))


def test_size_is_bounded():
    with pytest.raises(ConfigurationError, match="larger than"):
        sync.parse_config(b"#" * (2 << 20))


@given(
    st.binary(max_size=200)
    | st.text(alphabet="{}[]:,-&*!|>'\"%@`# \nab1<", max_size=80).map(str.encode)
)
def test_any_bytes_are_a_file_or_an_error(data):
    with contextlib.suppress(ConfigurationError):
        sync.parse_config(data, "sync.yaml")


def test_without_pyyaml_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(UnsupportedOptionError, match=r"pip install 'pyggcr\[sync\]'"):
        parse(ENTRY)


def test_the_schema_takes_what_is_right_and_refuses_what_is_wrong():
    import yaml

    schema = sync.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert not [*validator.iter_errors(yaml.safe_load(GOOD))]
    for text in (
        "version: 2\nsync: []",
        ENTRY + "  refferrers: true",
        ENTRY + "  timeout: 0",
        ENTRY + "  repository: b",
        REPO + "  tags: {newest: 0}",
        REPO + "  tags: {by: age}",
        REPO + "  tags: []",
    ):
        assert [*validator.iter_errors(yaml.safe_load(text))], text
        with pytest.raises(Error):
            parse(text)
