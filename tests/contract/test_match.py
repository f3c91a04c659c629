"""Matchers: which descriptors of an index they take, as pkg/v1/match does."""

from __future__ import annotations

import pickle

import pytest

from pyggcr import match, partial
from pyggcr.errors import InvalidHashError
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, new_hash
from pyggcr.v1.manifest import Descriptor, IndexManifest
from pyggcr.v1.platform import Platform

REF_NAME = "org.opencontainers.image.ref.name"
ONE = "sha256:" + 64 * "1"
TWO = "sha256:" + 64 * "2"
AMD64 = Platform(os="linux", architecture="amd64")
ARM64 = Platform(os="linux", architecture="arm64", variant="v8")


class TestAnnotation:
    def test_it_takes_the_value_of_its_key(self) -> None:
        matcher = match.annotation("key", "value")
        assert matcher(Descriptor(annotations={"key": "value", "other": "value"}))
        assert not matcher(Descriptor(annotations={"key": "another"}))
        assert not matcher(Descriptor(annotations={"other": "value"}))

    def test_an_empty_value_is_not_an_absent_one(self) -> None:
        matcher = match.annotation("key", "")
        assert matcher(Descriptor(annotations={"key": ""}))
        assert not matcher(Descriptor(annotations={}))
        assert not matcher(Descriptor())

    def test_a_name_is_an_annotation(self) -> None:
        assert match.name("v1") == match.annotation(REF_NAME, "v1")
        assert match.name("v1")(Descriptor(annotations={REF_NAME: "v1"}))


class TestPlatforms:
    def test_it_takes_any_one_of_its_platforms(self) -> None:
        matcher = match.platforms(AMD64, ARM64)
        assert matcher(Descriptor(platform=AMD64))
        assert matcher(Descriptor(platform=ARM64))
        assert not matcher(Descriptor(platform=Platform(os="linux", architecture="arm64")))

    def test_the_order_of_features_does_not_matter(self) -> None:
        matcher = match.platforms(Platform(os="linux", features=["a", "b"]))
        assert matcher(Descriptor(platform=Platform(os="linux", features=["b", "a"])))

    def test_it_never_takes_a_descriptor_without_a_platform(self) -> None:
        assert not match.platforms(Platform())(Descriptor())
        assert match.platforms(Platform())(Descriptor(platform=Platform()))

    def test_no_platforms_take_nothing(self) -> None:
        assert not match.platforms()(Descriptor(platform=AMD64))


class TestMediaTypes:
    def test_it_takes_any_one_of_its_types(self) -> None:
        matcher = match.media_types(MediaType.OCI_LAYER, "text/plain")
        assert matcher(Descriptor(media_type=MediaType.OCI_LAYER))
        assert matcher(Descriptor(media_type=MediaType("text/plain")))
        assert not matcher(Descriptor(media_type=MediaType.DOCKER_LAYER))

    def test_it_never_takes_an_empty_type(self) -> None:
        assert not match.media_types("")(Descriptor(media_type=MediaType("")))


class TestDigests:
    def test_it_takes_any_one_of_its_digests(self) -> None:
        matcher = match.digests(new_hash(ONE), TWO)
        assert matcher(Descriptor(digest=new_hash(ONE)))
        assert matcher(Descriptor(digest=new_hash(TWO)))
        assert not matcher(Descriptor(digest=Hash("sha512", 64 * "1")))

    def test_a_text_must_be_a_digest(self) -> None:
        with pytest.raises(InvalidHashError, match='cannot parse hash: "latest"'):
            match.digests("latest")


@pytest.mark.parametrize(
    ("matcher", "spec"),
    [
        (match.name("v1"), {"kind": "annotation", "key": REF_NAME, "value": "v1"}),
        (
            match.platforms(ARM64),
            {
                "kind": "platforms",
                "platforms": [{"architecture": "arm64", "os": "linux", "variant": "v8"}],
            },
        ),
        (
            match.media_types(MediaType.OCI_LAYER),
            {"kind": "media_types", "media_types": ["application/vnd.oci.image.layer.v1.tar+gzip"]},
        ),
        (match.digests(ONE), {"kind": "digests", "digests": [ONE]}),
    ],
)
def test_a_matcher_can_be_told_as_data_and_pickled(
    matcher: match.AnnotationMatcher, spec: object
) -> None:
    assert matcher.spec() == spec
    assert pickle.loads(pickle.dumps(matcher)) == matcher


@pytest.mark.parametrize(
    "matcher",
    [
        match.name("v1"),
        match.platforms(Platform(os="linux", architecture="amd64", features=["a", "b"])),
        match.media_types(MediaType.OCI_MANIFEST_SCHEMA1),
        match.digests(ONE),
        lambda descriptor: descriptor.size == 1,
    ],
)
def test_both_engines_choose_the_same_of_an_index(engine: str, matcher: match.Matcher) -> None:
    wanted = Descriptor(
        media_type=MediaType.OCI_MANIFEST_SCHEMA1,
        size=1,
        digest=new_hash(ONE),
        annotations={REF_NAME: "v1"},
        platform=Platform(os="linux", architecture="amd64", features=["b", "a"]),
    )
    other = Descriptor(digest=new_hash(TWO), platform=ARM64)
    index = IndexManifest(manifests=[other, wanted, other])
    assert partial.find_manifests(index, matcher, engine=engine) == [wanted]
