"""Both engines say the same of an index and of what it lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.boundary import ListIndex, Wrapped

from pyggcr import engines, tarball, v1, validate
from pyggcr.errors import ValidationError

ARCHIVE = Path(__file__).parents[1] / "data" / "docker" / "25.0.2" / "app-id.tar"


class Layered(ListIndex):
    """An index that may list layers."""

    def layer(self, digest):
        return self.children[str(digest)]


class Edited(ListIndex):
    """An index whose entries are not what they should be: a function edits the document."""

    def __init__(self, *children, edit, **more):
        super().__init__(*children, **more)
        self.edit = edit

    def raw_manifest(self):
        document = json.loads(super().raw_manifest())
        self.edit(document)
        return json.dumps(document).encode()


@pytest.fixture
def image(go_engine):
    assert engines()["go"].available
    with tarball.image_from_path(ARCHIVE, engine="python") as image:
        yield image


def findings(index, engine, **options):
    try:
        validate.index(index, engine=engine, **options)
    except ValidationError as error:
        return str(error)
    return None


def agreed(index, **options):
    """What both engines say."""
    said = {engine: findings(index, engine, **options) for engine in ("go", "python")}
    assert said["go"] == said["python"]
    return said["go"]


@pytest.mark.parametrize("fast", [False, True])
def test_a_good_index(image, fast):
    index = ListIndex(image, ListIndex(image), platforms=("linux/amd64",))
    assert agreed(index, fast=fast) is None


def test_a_platform_that_the_config_does_not_have(image):
    wrong = ListIndex(image, platforms=("plan9/386",))
    assert "mismatched OS: linux != plan9" in agreed(wrong)


def test_features_that_the_config_does_not_have(image):
    def edit(document):
        document["manifests"][0]["platform"] |= {
            "features": ["sse4", "aes"],
            "os.features": ["win32k", "a"],
        }

    wrong = Edited(image, platforms=("linux/amd64",), edit=edit)
    assert "mismatched OSFeatures: [], [win32k a]" in agreed(wrong)


def test_a_media_type_that_the_image_does_not_have(image):
    def edit(document):
        document["manifests"][0]["mediaType"] = "application/vnd.oci.image.manifest.v1+json"

    assert "mismatched mediaType: MediaType() = " in agreed(Edited(image, edit=edit))


def test_a_nested_index_with_a_bad_image(image):
    bad = Wrapped(image, size=lambda: 7)
    said = agreed(ListIndex(image, ListIndex(bad)))
    assert "failed to validate index Manifests[1]" in said
    assert "mismatched manifest size: Size()=7" in said


def test_layers_are_checked_where_the_index_gives_them(image):
    good, bad = image.layers()[:2]
    bad.size = lambda: 1
    assert agreed(Layered(good)) is None
    assert agreed(ListIndex(bad)) is None
    said = agreed(Layered(bad))
    assert f"failed to validate layer Manifests[0]({bad.digest()}): mismatched size" in said


def test_an_index_that_contradicts_itself(image):
    wrong = ListIndex(image)
    wrong.digest = image.digest
    wrong.size = lambda: 3
    said = agreed(wrong)
    assert "mismatched manifest digest" in said
    assert "mismatched manifest size: Size()=3" in said


def test_an_index_that_is_no_json(image):
    wrong = ListIndex(image)
    wrong.raw_manifest = lambda: b"{"
    wrong.index_manifest = lambda: v1.parse_index_manifest(b"{}")
    assert agreed(wrong) == "validating index manifest: unexpected EOF"
