"""The tables of go-containerregistry's tests of pkg/name: one implementation for both engines."""

from __future__ import annotations

import pytest
from support.upstream_tables import rows

from pyggcr import name
from pyggcr.errors import InvalidReferenceError

DIGESTS = {"{sha256}": "sha256:" + 8 * "deadb33f", "{sha512}": "sha512:" + 16 * "deadb33f"}
MAKE = {
    "tag": name.new_tag,
    "digest": name.new_digest,
    "repository": name.new_repository,
    "registry": name.new_registry,
}


@pytest.fixture
def row(request):
    return filled_in(request.param)


def filled_in(value):
    if isinstance(value, dict):
        return {key: filled_in(it) for key, it in value.items()}
    if isinstance(value, str):
        for placeholder, digest in DIGESTS.items():
            value = value.replace(placeholder, digest)
    return value


def accepts(make, text, **options):
    try:
        make(text, **options)
    except InvalidReferenceError:
        return False
    return True


LISTS = rows(
    "name",
    "goodStrictValidationDigestNames",
    "goodStrictValidationTagDigestNames",
    "goodWeakValidationDigestNames",
    "goodWeakValidationTagDigestNames",
    "badDigestNames",
    "goodStrictValidationTagNames",
    "goodWeakValidationTagNames",
    "badTagNames",
    "goodStrictValidationRepositoryNames",
    "goodWeakValidationRepositoryNames",
    "badRepositoryNames",
    "goodStrictValidationRegistryNames",
    "goodWeakValidationRegistryNames",
    "badRegistryNames",
)


@pytest.mark.parametrize("row", LISTS, indirect=True)
def test_what_is_accepted_weakly_and_strictly(row):
    makers = [MAKE[row["make"]]]
    if row["make"] == "registry":
        makers.append(name.new_insecure_registry)
    for make in makers:
        assert accepts(make, row["text"]) is row["weak"]
        assert accepts(make, row["text"], strict=True) is row["strict"]
        if "name" in row:
            assert make(row["text"], strict=True).name() == row["name"]


REFERENCES = [it for it in LISTS if it.values[0]["make"] in ("tag", "digest")]


@pytest.mark.parametrize("row", REFERENCES, indirect=True)
def test_a_reference_is_a_tag_or_a_digest(row):
    for strict in (False, True):
        wanted = row["strict" if strict else "weak"]
        assert accepts(name.parse_reference, row["text"], strict=strict) is wanted
        if wanted:
            made = MAKE[row["make"]](row["text"], strict=strict)
            assert name.parse_reference(row["text"], strict=strict) == made


@pytest.mark.parametrize("row", rows("name", "Components"), indirect=True)
def test_the_parts(row):
    made = MAKE[row["make"]](row["text"], strict=True)
    assert made.registry_str() == row["registry"]
    asked = {
        "name": str,
        "repository": lambda it: it.repository_str(),
        "identifier": lambda it: it.identifier(),
        "context": lambda it: str(it.context()),
    }
    for part in asked.keys() & row.keys():
        assert asked[part](made) == row[part]


@pytest.mark.parametrize("row", rows("name", "Scopes"), indirect=True)
def test_scopes(row):
    made = MAKE[row["make"]](row["text"], strict=True)
    assert made.scope(row["action"]) == row["scope"]


@pytest.mark.parametrize("row", rows("name", "TestParseReferenceDefaulting"), indirect=True)
def test_defaults_of_references(row):
    defaults = {"default_registry": "registry.upbound.io", "default_tag": "stable"}
    assert name.parse_reference(row["text"], **defaults).name() == row["name"]


@pytest.mark.parametrize("row", rows("name", "Defaults"), indirect=True)
def test_defaults(row):
    assert MAKE[row["make"]](row["text"], **row["options"]).name() == row["name"]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("row", rows("name", "TestParseReferenceURLScheme"), indirect=True)
def test_addresses_are_no_references(row, strict):
    with pytest.raises(InvalidReferenceError, match="URL scheme"):
        name.parse_reference(row, strict=strict)


@pytest.mark.parametrize("row", rows("name", "TestParseReferenceWithTagAndDigest"), indirect=True)
def test_a_tag_before_a_digest(row):
    made = name.parse_reference(row["text"], strict=True)
    assert isinstance(made, name.Digest)
    assert (made.identifier(), made.name(), str(made)) == (
        row["identifier"],
        row["name"],
        row["text"],
    )


@pytest.mark.parametrize("row", rows("name", "TestIsRFC1918"), indirect=True)
def test_private_addresses_speak_plain_http(row):
    assert (name.new_registry(row["host"]).scheme() == "http") is row["private"]


@pytest.mark.parametrize("row", rows("name", "TestRegistryScheme"), indirect=True)
def test_schemes(row):
    assert name.new_registry(row["host"]).scheme() == row["scheme"]
    assert name.new_insecure_registry(row["host"]).scheme() == "http"


@pytest.mark.parametrize("row", rows("name", "TestRepositoryChildren"), indirect=True)
def test_children_of_an_insecure_repository(row):
    repository = name.new_repository("example.com/repo", insecure=True)
    child = getattr(repository, row["child"])(row["of"])
    assert (str(child), child.scheme()) == (row["name"], row["scheme"])


@pytest.mark.parametrize("row", rows("name", "TestBadName"), indirect=True)
def test_a_bad_name(row):
    with pytest.raises(InvalidReferenceError) as raised:
        name.parse_reference(row["text"])
    assert str(raised.value) == row["error"]


@pytest.mark.parametrize("row", rows("name", "TestRepositoryBadDefaulting"), indirect=True)
def test_a_repository_of_docker_hub_needs_its_namespace(row):
    with pytest.raises(InvalidReferenceError):
        name.new_repository(row, strict=True)
